import type { Cluster } from "../../cluster.ts";
import type { GroupResource, KubeObject } from "../../objects.ts";
import { at, isRecord, type JsonRecord, listAt, numberAt, recordAt, textAt } from "../json.ts";
import { apiVersionOf, type ResourceType } from "../resource-type.ts";
import { selectsLabels } from "../validation/workloads.ts";

export type Operation = "CREATE" | "UPDATE" | "DELETE";

/** A change that webhooks are to be asked about. */
export interface Attempt {
  readonly operation: Operation;
  readonly type: ResourceType;
  readonly subresource: string;
  readonly namespace: string | undefined;
  readonly name: string;
  /** Undefined for DELETE. */
  readonly object: KubeObject | undefined;
  /** Undefined for CREATE. */
  readonly oldObject: KubeObject | undefined;
  readonly dryRun: boolean;
}

/** One webhook that wants to see an attempt. */
export interface Webhook {
  readonly kind: "mutating" | "validating";
  readonly name: string;
  readonly url: string;
  /** PEM; undefined: the system's own authorities. */
  readonly caPem: string | undefined;
  readonly failOpen: boolean;
  readonly timeoutMs: number;
  /** Why it cannot be reached at all. */
  readonly unreachable: string | undefined;
  /** A service inside the cluster: whether it would say no is not known, so what answers there says yes. */
  readonly inCluster: boolean;
}

const group = "admissionregistration.k8s.io";
const mutating: GroupResource = { group, resource: "mutatingwebhookconfigurations" };
const validating: GroupResource = { group, resource: "validatingwebhookconfigurations" };
const namespaces: GroupResource = { group: "", resource: "namespaces" };

/** The webhooks that match, mutating ones first, each kind in the order of their configurations' names. */
export function webhooksFor(cluster: Pick<Cluster, "store">, attempt: Attempt): readonly Webhook[] {
  if (attempt.type.group === group) return [];
  return [...matching(cluster, mutating, attempt), ...matching(cluster, validating, attempt)];
}

function matching(cluster: Pick<Cluster, "store">, resource: GroupResource, attempt: Attempt): readonly Webhook[] {
  const configurations = cluster.store.list(resource).toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  return configurations
    .flatMap((configuration) => listAt(configuration, "webhooks").filter(isRecord))
    .filter((webhook) => matches(cluster, webhook, attempt))
    .map((webhook) => webhookOf(cluster, webhook, resource === mutating ? "mutating" : "validating"));
}

function matches({ store }: Pick<Cluster, "store">, webhook: JsonRecord, attempt: Attempt): boolean {
  if (!listAt(webhook, "rules").some((rule) => ruleMatches(rule, attempt))) return false;
  const namespace = store.get(namespaces, undefined, attempt.namespace ?? "");
  const inNamespace = !namespace || selectsLabels(at(webhook, "namespaceSelector"), namespace.metadata.labels ?? {});
  const objects = [attempt.object, attempt.oldObject].filter((one) => one !== undefined);
  return (
    inNamespace && objects.some(({ metadata }) => selectsLabels(at(webhook, "objectSelector"), metadata.labels ?? {}))
  );
}

function ruleMatches(rule: unknown, { operation, type, subresource }: Attempt): boolean {
  const has = (field: string, value: string): boolean => {
    const allowed = listAt(rule, field);
    return allowed.includes("*") || allowed.includes(value);
  };
  const scope = textAt(rule, "scope") ?? "*";
  const path = subresource === "" ? type.plural : `${type.plural}/${subresource}`;
  const resources = listAt(rule, "resources");
  const resource =
    resources.includes(path) ||
    resources.includes("*/*") ||
    (subresource === ""
      ? resources.includes("*")
      : resources.includes(`${type.plural}/*`) || resources.includes(`*/${subresource}`));
  return (
    has("operations", operation) &&
    has("apiGroups", type.group) &&
    has("apiVersions", type.version) &&
    resource &&
    (scope === "*" || scope === (type.namespaced ? "Namespaced" : "Cluster"))
  );
}

function webhookOf(cluster: Pick<Cluster, "store">, webhook: JsonRecord, kind: Webhook["kind"]): Webhook {
  const client = recordAt(webhook, "clientConfig");
  const service = client["service"];
  const bundle = textAt(client, "caBundle");
  const timeoutSeconds = numberAt(webhook, "timeoutSeconds") ?? 10;
  return {
    kind,
    name: textAt(webhook, "name") ?? "",
    url: `${isRecord(service) ? serviceUrl(service) : (textAt(client, "url") ?? "")}?timeout=${timeoutSeconds}s`,
    caPem: bundle === undefined ? undefined : Buffer.from(bundle, "base64").toString("utf8"),
    failOpen: textAt(webhook, "failurePolicy") === "Ignore",
    timeoutMs: timeoutSeconds * 1_000,
    unreachable: isRecord(service) ? whyUnreachable(cluster, service) : undefined,
    inCluster: isRecord(service),
  };
}

function serviceUrl(service: JsonRecord): string {
  const path = textAt(service, "path") ?? "";
  return `https://${textAt(service, "name") ?? ""}.${textAt(service, "namespace") ?? ""}.svc:${numberAt(service, "port") ?? 443}${path}`;
}

function whyUnreachable({ store }: Pick<Cluster, "store">, service: JsonRecord): string | undefined {
  const name = textAt(service, "name") ?? "";
  const namespace = textAt(service, "namespace") ?? "";
  if (!store.get({ group: "", resource: "services" }, namespace, name))
    return `service ${JSON.stringify(name)} not found`;
  const slices = store
    .list({ group: "discovery.k8s.io", resource: "endpointslices" }, namespace)
    .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === name);
  const ready = slices.some((slice) =>
    listAt(slice, "endpoints").some((endpoint) => at(endpoint, "conditions", "ready") !== false),
  );
  return ready ? undefined : `no endpoints available for service ${JSON.stringify(name)}`;
}

/** The AdmissionReview that a webhook is sent. */
export function reviewOf(
  attempt: Attempt,
  uid: string,
  user: { username: string; groups: readonly string[] },
): JsonRecord {
  const { type, operation, subresource, namespace, name, object, oldObject, dryRun } = attempt;
  const { group: ofGroup, version, kind, plural } = type;
  const gvk = { group: ofGroup, version, kind };
  const gvr = { group: ofGroup, version, resource: plural };
  const shown = (one: KubeObject | undefined): unknown =>
    one ? { ...one, apiVersion: apiVersionOf(type), kind } : null;
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid,
      kind: gvk,
      resource: gvr,
      requestKind: gvk,
      requestResource: gvr,
      ...(subresource ? { subResource: subresource, requestSubResource: subresource } : {}),
      name,
      ...(namespace ? { namespace } : {}),
      operation,
      userInfo: user,
      object: shown(object),
      oldObject: shown(oldObject),
      dryRun,
      options: {
        apiVersion: "meta.k8s.io/v1",
        kind: `${operation.charAt(0)}${operation.slice(1).toLowerCase()}Options`,
      },
    },
  };
}
