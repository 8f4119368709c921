import type { Cluster } from "../../cluster.ts";
import type { KubeObject } from "../../objects.ts";
import { isRecord, type JsonRecord, listAt, recordAt, textAt } from "../json.ts";
import type { ResourceType } from "../resource-type.ts";
import { forbidden } from "../status-error.ts";
import { parseQuantity } from "../validation/quantities.ts";
import { type Amounts, amountsOf, podResources, quantityText } from "./resource-usage.ts";

const limitRanges = { group: "", resource: "limitranges" };

/** A new pod with what the limit ranges of its namespace give to containers that say nothing. */
export function withRangeDefaults({ store }: Pick<Cluster, "store">, type: ResourceType, pod: KubeObject): KubeObject {
  if (type.group !== "" || type.plural !== "pods") return pod;
  const items = store.list(limitRanges, pod.metadata.namespace).flatMap(itemsOf);
  const defaults = items.filter((item) => item["type"] === "Container");
  if (defaults.length === 0) return pod;
  const spec = recordAt(pod, "spec");
  const set: string[] = [];
  const filled = (name: string, title: string): JsonRecord =>
    spec[name] === undefined
      ? {}
      : { [name]: listAt(spec, name).map((container) => withDefaults(container, defaults, title, set)) };
  const containers = { ...filled("containers", "container"), ...filled("initContainers", "init container") };
  if (set.length === 0) return pod;
  const annotations = { ...pod.metadata.annotations, [annotation]: `LimitRanger plugin set: ${set.join("; ")}` };
  return { ...pod, metadata: { ...pod.metadata, annotations }, spec: { ...spec, ...containers } };
}

const annotation = "kubernetes.io/limit-ranger";

/** Tells in `set` what it had to fill in. */
function withDefaults(container: unknown, items: readonly JsonRecord[], title: string, set: string[]): unknown {
  if (!isRecord(container)) return container;
  const resources = recordAt(container, "resources");
  const sides = [
    ["requests", "request", "defaultRequest"],
    ["limits", "limit", "default"],
  ] as const;
  const filled = sides.map(([side, word, field]) => {
    const own = recordAt(resources, side);
    const given = Object.assign({}, ...items.map((item) => recordAt(item, field))) as JsonRecord;
    const added = Object.keys(given).filter((name) => !Object.hasOwn(own, name));
    if (added.length > 0)
      set.push(`${added.toSorted().join(", ")} ${word} for ${title} ${textAt(container, "name") ?? ""}`);
    const both = { ...given, ...own };
    return Object.keys(both).length > 0 ? { [side]: both } : {};
  });
  return { ...container, resources: Object.assign({ ...resources }, ...filled) as JsonRecord };
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
      requests: textsOf(podResources(object, "requests")),
      limits: textsOf(podResources(object, "limits")),
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

function textsOf(amounts: Amounts): JsonRecord {
  return Object.fromEntries([...amounts].map(([name, amount]) => [name, quantityText(name, amount)]));
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
  // A claim has no limits: what it asks for is held against them.
  const what = kind === "PersistentVolumeClaim" ? "request" : "limit";
  return Object.entries(recordAt(item, "max")).flatMap(([name, bound]) => {
    const limit = parseQuantity(limits[name]);
    if (limit === undefined) return [`maximum ${name} usage per ${kind} is ${String(bound)}.  No ${what} is specified`];
    return limit > (parseQuantity(bound) ?? Number.POSITIVE_INFINITY)
      ? [`maximum ${name} usage per ${kind} is ${String(bound)}, but ${what} is ${shown(limits[name])}`]
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
