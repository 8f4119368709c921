import type { KubeObject } from "../../objects.ts";
import { timestamp } from "../../store.ts";
import { decodeObject, parseObjectBody } from "../body.ts";
import { type Call, readObject } from "../call.ts";
import { isRecord, listAt, numberAt, recordAt, scalarText } from "../json.ts";
import type { KubeResponse } from "../request.ts";
import { defineResource } from "../resource-type.ts";
import { badRequest, methodNotAllowed, notFound } from "../status-error.ts";
import { invalid, invalidValue } from "../validation/field-errors.ts";
import { issuerOf } from "./service-account-tokens.ts";

const tokenRequestType = defineResource({
  group: "authentication.k8s.io",
  version: "v1",
  plural: "tokenrequests",
  kind: "TokenRequest",
  typeName: "AuthenticationV1TokenRequest",
  columns: [],
});

/** Bounds of kubernetes: pkg/apis/authentication/validation/validation.go. */
const shortestSeconds = 600;
const longestSeconds = 2 ** 32;
const defaultSeconds = 3_600;

/** The token subresource of a service account. */
export function requestToken(call: Call): KubeResponse {
  if (call.request.method !== "POST") throw methodNotAllowed();
  const account = readObject(call);
  const sent = parseObjectBody(call.request.contentType, call.request.body);
  const wanted = decodeObject(call, sent, tokenRequestType);
  const seconds = numberAt(wanted, "spec", "expirationSeconds") ?? defaultSeconds;
  checkDuration(seconds);
  checkBinding(call, wanted);
  const named = listAt(wanted, "spec", "audiences").map(String);
  const audiences = named.length > 0 ? named : [issuerOf(call.cluster)];
  const { token, expiresAtMs } = call.tokens.issue(account, audiences, seconds);
  const body: KubeObject = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    metadata: {
      name: account.metadata.name,
      ...(account.metadata.namespace ? { namespace: account.metadata.namespace } : {}),
      creationTimestamp: timestamp(call.cluster.world.clock.now()),
    },
    spec: { ...recordAt(wanted, "spec"), audiences, expirationSeconds: seconds },
    status: { token, expirationTimestamp: timestamp(expiresAtMs) },
  };
  return { kind: "json", status: 201, body };
}

/** What the token is to live no longer than. */
function checkBinding({ cluster, namespace, name }: Call, wanted: KubeObject): void {
  const given = wanted.metadata.name;
  if (given && given !== name) {
    const error = invalidValue("metadata.name", given, "must match the service account name if specified");
    throw invalid(tokenRequestType, name, [error]);
  }
  const bound = recordAt(wanted, "spec")["boundObjectRef"];
  if (!isRecord(bound)) return;
  const { apiVersion = "", kind = "", name: target = "" } = bound;
  const plural = boundKinds[`${scalarText(apiVersion)}/${scalarText(kind)}`];
  if (plural === undefined) {
    const shown = scalarText(apiVersion).includes("/") ? scalarText(apiVersion) : `/${scalarText(apiVersion)}`;
    throw badRequest(`cannot bind token to object of type ${shown}, Kind=${scalarText(kind)}`);
  }
  const place = plural === "nodes" ? undefined : namespace;
  const subject = { group: "", plural, kind: scalarText(kind) };
  if (!cluster.store.get({ group: "", resource: plural }, place, scalarText(target)))
    throw notFound(subject, scalarText(target));
}

const boundKinds: Readonly<Record<string, string>> = { "v1/Node": "nodes", "v1/Pod": "pods", "v1/Secret": "secrets" };

function checkDuration(seconds: number): void {
  const field = "spec.expirationSeconds";
  if (seconds < shortestSeconds) {
    throw invalid(tokenRequestType, "", [
      invalidValue(field, seconds, "may not specify a duration less than 10 minutes"),
    ]);
  }
  if (seconds > longestSeconds) {
    throw invalid(tokenRequestType, "", [
      invalidValue(field, seconds, "may not specify a duration larger than 2^32 seconds"),
    ]);
  }
}
