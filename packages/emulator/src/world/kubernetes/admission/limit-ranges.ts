import type { Cluster } from "../../cluster.ts";
import type { KubeObject } from "../../objects.ts";
import { isRecord, type JsonRecord, listAt, recordAt, textAt } from "../json.ts";
import type { ResourceType } from "../resource-type.ts";
import { forbidden } from "../status-error.ts";
import { parseQuantity } from "../validation/quantities.ts";
import { amountsOf, podResources } from "./resource-usage.ts";

const limitRanges = { group: "", resource: "limitranges" };

/** A new pod with what the limit ranges of its namespace give to containers that say nothing. */
export function withRangeDefaults({ store }: Pick<Cluster, "store">, type: ResourceType, pod: KubeObject): KubeObject {
  if (type.group !== "" || type.plural !== "pods") return pod;
  const items = store.list(limitRanges, pod.metadata.namespace).flatMap(itemsOf);
  const defaults = items.filter((item) => item["type"] === "Container");
  if (defaults.length === 0) return pod;
  const spec = recordAt(pod, "spec");
  const filled = (name: string): JsonRecord =>
    spec[name] === undefined
      ? {}
      : { [name]: listAt(spec, name).map((container) => withDefaults(container, defaults)) };
  return { ...pod, spec: { ...spec, ...filled("containers"), ...filled("initContainers") } };
}

function withDefaults(container: unknown, items: readonly JsonRecord[]): unknown {
  if (!isRecord(container)) return container;
  const resources = recordAt(container, "resources");
  const limits = Object.assign(
    {},
    ...items.map((item) => recordAt(item, "default")),
    recordAt(resources, "limits"),
  ) as JsonRecord;
  const requests = Object.assign(
    {},
    ...items.map((item) => recordAt(item, "defaultRequest")),
    recordAt(resources, "requests"),
  ) as JsonRecord;
  const some = (record: JsonRecord, name: string): JsonRecord =>
    Object.keys(record).length > 0 ? { [name]: record } : {};
  return { ...container, resources: { ...resources, ...some(limits, "limits"), ...some(requests, "requests") } };
}

/** Refuses with 403 what lies outside the limit ranges of its namespace (kubernetes: plugin/pkg/admission/limitranger). */
export function checkLimitRanges({ store }: Pick<Cluster, "store">, type: ResourceType, object: KubeObject): void {
  if (type.group !== "" || (type.plural !== "pods" && type.plural !== "persistentvolumeclaims")) return;
  const errors = store
    .list(limitRanges, object.metadata.namespace)
    .flatMap(itemsOf)
    .flatMap((item) => violations(item, type, object));
  if (errors.length === 0) return;
  const message = errors.length === 1 ? (errors[0] ?? "") : `[${errors.join(", ")}]`;
  throw forbidden(type, object.metadata.name, message);
}

function itemsOf(range: KubeObject): readonly JsonRecord[] {
  return listAt(range, "spec", "limits").filter(isRecord);
}

function violations(item: JsonRecord, type: ResourceType, object: KubeObject): readonly string[] {
  const kind = textAt(item, "type") ?? "";
  if (kind === "PersistentVolumeClaim" && type.plural === "persistentvolumeclaims") {
    const requests = recordAt(object, "spec", "resources", "requests");
    return compare(item, kind, { requests, limits: requests });
  }
  if (type.plural !== "pods") return [];
  if (kind === "Pod") {
    return compare(item, kind, {
      requests: Object.fromEntries(podResources(object, "requests")),
      limits: Object.fromEntries(podResources(object, "limits")),
    });
  }
  if (kind !== "Container") return [];
  return [...listAt(object, "spec", "containers"), ...listAt(object, "spec", "initContainers")].flatMap((container) =>
    compare(item, kind, {
      requests: recordAt(container, "resources", "requests"),
      limits: recordAt(container, "resources", "limits"),
    }),
  );
}

interface Asked {
  readonly requests: JsonRecord;
  readonly limits: JsonRecord;
}

function compare(item: JsonRecord, kind: string, asked: Asked): readonly string[] {
  return [...minima(item, kind, asked), ...maxima(item, kind, asked), ...ratios(item, kind, asked)];
}

function minima(item: JsonRecord, kind: string, { requests }: Asked): readonly string[] {
  return Object.entries(recordAt(item, "min")).flatMap(([name, bound]) => {
    const request = parseQuantity(requests[name]);
    if (request === undefined)
      return [`minimum ${name} usage per ${kind} is ${String(bound)}.  No request is specified`];
    return request < (parseQuantity(bound) ?? 0)
      ? [`minimum ${name} usage per ${kind} is ${String(bound)}, but request is ${shown(requests[name])}`]
      : [];
  });
}

function maxima(item: JsonRecord, kind: string, { limits }: Asked): readonly string[] {
  return Object.entries(recordAt(item, "max")).flatMap(([name, bound]) => {
    const limit = parseQuantity(limits[name]);
    if (limit === undefined) return [`maximum ${name} usage per ${kind} is ${String(bound)}.  No limit is specified`];
    return limit > (parseQuantity(bound) ?? Number.POSITIVE_INFINITY)
      ? [`maximum ${name} usage per ${kind} is ${String(bound)}, but limit is ${shown(limits[name])}`]
      : [];
  });
}

function ratios(item: JsonRecord, kind: string, { requests, limits }: Asked): readonly string[] {
  const requested = amountsOf(requests);
  const limited = amountsOf(limits);
  return Object.entries(recordAt(item, "maxLimitRequestRatio")).flatMap(([name, bound]) => {
    const request = requested.get(name) ?? 0;
    const limit = limited.get(name) ?? 0;
    if (request === 0 || limit === 0) {
      return [
        `${name} max limit to request ratio per ${kind} is ${String(bound)}, but no request is specified or request is 0`,
      ];
    }
    const ratio = limit / request;
    return ratio > (parseQuantity(bound) ?? Number.POSITIVE_INFINITY)
      ? [
          `${name} max limit to request ratio per ${kind} is ${String(bound)}, but provided ratio is ${ratio.toFixed(6)}`,
        ]
      : [];
  });
}

function shown(quantity: unknown): string {
  return typeof quantity === "number" ? String(quantity) : JSON.stringify(quantity).replaceAll('"', "");
}
