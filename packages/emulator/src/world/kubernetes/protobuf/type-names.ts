import { protobufFields } from "../generated/protobuf-fields.ts";

/** Kinds whose name in the type table does not follow from version and kind. */
const named: Readonly<Record<string, string>> = {
  "v1/Event": "CoreV1Event",
  "events.k8s.io/v1/Event": "EventsV1Event",
  "authentication.k8s.io/v1/TokenRequest": "AuthenticationV1TokenRequest",
  "resource.k8s.io/v1/ResourceClaim": "ResourceV1ResourceClaim",
};

/** Name in the type table of a kind that travels as protobuf; undefined for others. Options travel in any group. */
export function typeNameOf(apiVersion: string, kind: string): string | undefined {
  const version = (apiVersion.split("/").at(-1) ?? "").toUpperCase();
  const name = named[`${apiVersion}/${kind}`] ?? `${kind === "DeleteOptions" ? "V1" : version}${kind}`;
  return Object.hasOwn(protobufFields, name) ? name : undefined;
}
