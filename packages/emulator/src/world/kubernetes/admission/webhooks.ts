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
  /** The kind of what is sent, where it is not that of the resource. */
  readonly shownAs?: { readonly group: string; readonly version: string; readonly kind: string };
}

/** One webhook that wants to see an attempt. */
export interface Webhook {
  readonly kind: "mutating" | "validating";
  readonly name: string;
  readonly url: string;
  /** PEM; undefined: the system's own authorities. */
  readonly caPem: string | undefined;
  readonly failOpen: boolean;
  /** Expressions: it is asked only where all hold. */
  readonly conditions: readonly unknown[];
  /** A mutating one that is asked again when others have changed the object after it. */
  readonly asksAgain: boolean;
  readonly timeoutMs: number;
  /** Why it cannot be reached at all. */
  readonly unreachable: string | undefined;
  /** Behind a service of the cluster. What only stands for a pod cannot be asked: it says yes. */
  readonly backend: WebhookBackend | undefined;
}

export interface WebhookBackend {
  /** What its certificate has to name. */
  readonly host: string;
  readonly podUid: string;
  readonly port: number;
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

function matches(cluster: Pick<Cluster, "store">, webhook: JsonRecord, attempt: Attempt): boolean {
  const isAbout = listAt(webhook, "rules").some((rule) => ruleMatches(rule, attempt));
  return isAbout && selectorsMatch(cluster, webhook, attempt);
}

/** A namespace is looked at by its own labels; what is in none matches any selector. */
export function selectorsMatch({ store }: Pick<Cluster, "store">, selectors: unknown, attempt: Attempt): boolean {
  const { type, object, oldObject } = attempt;
  const isNamespace = type.kind === "Namespace" && type.group === "";
  const namespace = isNamespace ? (object ?? oldObject) : store.get(namespaces, undefined, attempt.namespace ?? "");
  const inNamespace = !namespace || selectsLabels(at(selectors, "namespaceSelector"), namespace.metadata.labels ?? {});
  const objects = [object, oldObject].filter((one) => one !== undefined);
  return (
    inNamespace && objects.some(({ metadata }) => selectsLabels(at(selectors, "objectSelector"), metadata.labels ?? {}))
  );
}

/** Whether a rule of a webhook or a policy is about an attempt. */
export function ruleMatches(rule: unknown, { operation, type, subresource }: Attempt): boolean {
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
  const service = isRecord(client["service"]) ? serviceOf(cluster, client["service"]) : undefined;
  const bundle = textAt(client, "caBundle");
  const timeoutSeconds = numberAt(webhook, "timeoutSeconds") ?? 10;
  return {
    kind,
    name: textAt(webhook, "name") ?? "",
    url: `${service ? service.url : (textAt(client, "url") ?? "")}?timeout=${timeoutSeconds}s`,
    caPem: bundle === undefined ? undefined : Buffer.from(bundle, "base64").toString("utf8"),
    failOpen: textAt(webhook, "failurePolicy") === "Ignore",
    conditions: listAt(webhook, "matchConditions"),
    asksAgain: textAt(webhook, "reinvocationPolicy") === "IfNeeded",
    timeoutMs: timeoutSeconds * 1_000,
    unreachable: service?.unreachable,
    backend: service?.backend,
  };
}

interface WebhookService {
  readonly url: string;
  readonly unreachable?: string;
  readonly backend?: WebhookBackend;
}

/** Where the service of a webhook leads to now. */
function serviceOf({ store }: Pick<Cluster, "store">, client: JsonRecord): WebhookService {
  const name = textAt(client, "name") ?? "";
  const namespace = textAt(client, "namespace") ?? "";
  const port = numberAt(client, "port") ?? 443;
  const host = `${name}.${namespace}.svc`;
  const url = `https://${host}:${port}${textAt(client, "path") ?? ""}`;
  const service = store.get({ group: "", resource: "services" }, namespace, name);
  if (!service) return { url, unreachable: `service ${JSON.stringify(name)} not found` };
  const opened = listAt(service, "spec", "ports").find((one) => numberAt(one, "port") === port);
  if (!opened) return { url, unreachable: `no service port ${port} found for service ${JSON.stringify(name)}` };
  const portName = textAt(opened, "name") ?? "";
  const ready = store
    .list({ group: "discovery.k8s.io", resource: "endpointslices" }, namespace)
    .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === name)
    .flatMap((slice) => readyEndpoints(slice, portName));
  const [first] = ready;
  if (!first) return { url, unreachable: `no endpoints available for service ${JSON.stringify(name)}` };
  return { url, backend: { host, ...first } };
}

function readyEndpoints(slice: KubeObject, portName: string): { podUid: string; port: number }[] {
  const port = listAt(slice, "ports").find((one) => (textAt(one, "name") ?? "") === portName);
  return listAt(slice, "endpoints")
    .filter((endpoint) => at(endpoint, "conditions", "ready") !== false)
    .map((endpoint) => ({ podUid: textAt(endpoint, "targetRef", "uid") ?? "", port: numberAt(port, "port") ?? 0 }));
}

/** The AdmissionReview that a webhook is sent. */
export function reviewOf(
  attempt: Attempt,
  uid: string,
  user: { username: string; groups: readonly string[] },
): JsonRecord {
  const { type, operation, subresource, namespace, name, object, oldObject, dryRun } = attempt;
  const { group: ofGroup, version, kind, plural } = type;
  const gvk = attempt.shownAs ?? { group: ofGroup, version, kind };
  const gvr = { group: ofGroup, version, resource: plural };
  const shown = (one: KubeObject | undefined): unknown =>
    one ? { ...one, apiVersion: apiVersionOf(gvk), kind: gvk.kind } : null;
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
