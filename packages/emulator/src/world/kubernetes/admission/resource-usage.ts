import type { KubeObject } from "../../objects.ts";
import { type JsonRecord, listAt, recordAt, textAt } from "../json.ts";
import { parseQuantity } from "../validation/quantities.ts";

/** Amounts by resource name, in base units: cores, bytes, pieces. */
export type Amounts = ReadonlyMap<string, number>;

/** What an object takes of a quota: itself as a piece, and what its pods or claims ask for. */
export function usageOf(object: KubeObject, plural: string, group: string): Amounts {
  const qualified = group === "" ? plural : `${plural}.${group}`;
  const usage = new Map<string, number>([[`count/${qualified}`, 1]]);
  if (group === "" && pieces.has(plural)) usage.set(plural, 1);
  if (plural === "pods" && group === "") addPod(usage, object);
  if (plural === "services" && group === "") addService(usage, object);
  if (plural === "persistentvolumeclaims" && group === "") addClaim(usage, object);
  return usage;
}

/** Kinds that a quota can name without `count/` (kubernetes: pkg/quota/v1/evaluator/core). */
const pieces: ReadonlySet<string> = new Set([
  "configmaps",
  "persistentvolumeclaims",
  "pods",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "services",
]);

function addPod(usage: Map<string, number>, pod: KubeObject): void {
  for (const side of ["requests", "limits"] as const) {
    for (const [name, amount] of podResources(pod, side)) {
      usage.set(`${side}.${name}`, amount);
      if (side === "requests" && (name === "cpu" || name === "memory")) usage.set(name, amount);
    }
  }
}

/** The sum of the containers, or the largest init container where that is more. */
export function podResources(pod: KubeObject, side: "requests" | "limits"): Amounts {
  const sum = new Map<string, number>();
  for (const container of listAt(pod, "spec", "containers")) {
    for (const [name, amount] of amountsOf(recordAt(container, "resources", side))) {
      sum.set(name, (sum.get(name) ?? 0) + amount);
    }
  }
  for (const container of listAt(pod, "spec", "initContainers")) {
    for (const [name, amount] of amountsOf(recordAt(container, "resources", side))) {
      sum.set(name, Math.max(sum.get(name) ?? 0, amount));
    }
  }
  return sum;
}

function addService(usage: Map<string, number>, service: KubeObject): void {
  const type = textAt(service, "spec", "type");
  const ports = listAt(service, "spec", "ports").length;
  if (type === "LoadBalancer") usage.set("services.loadbalancers", 1);
  if (type === "NodePort" || type === "LoadBalancer") usage.set("services.nodeports", ports);
}

function addClaim(usage: Map<string, number>, claim: KubeObject): void {
  const storage = parseQuantity(recordAt(claim, "spec", "resources", "requests")["storage"]) ?? 0;
  usage.set("requests.storage", storage);
  const storageClass = textAt(claim, "spec", "storageClassName");
  if (storageClass === undefined) return;
  usage.set(`${storageClass}.storageclass.storage.k8s.io/requests.storage`, storage);
  usage.set(`${storageClass}.storageclass.storage.k8s.io/persistentvolumeclaims`, 1);
}

export function amountsOf(quantities: JsonRecord): Amounts {
  const entries = Object.entries(quantities).map(([name, value]) => [name, parseQuantity(value)] as const);
  return new Map(entries.filter((entry): entry is [string, number] => entry[1] !== undefined));
}

/** As Kubernetes writes it: `250m`, `1536Mi`, `3`. */
export function quantityText(name: string, amount: number): string {
  if (/memory|storage/.test(name)) return bytesText(amount);
  return Number.isInteger(amount) ? String(amount) : `${Math.round(amount * 1_000)}m`;
}

const binaryUnits = ["Ki", "Mi", "Gi", "Ti", "Pi"];

function bytesText(amount: number): string {
  let value = amount;
  let unit = "";
  for (const next of binaryUnits) {
    if (value < 1_024 || value % 1_024 !== 0) break;
    value /= 1_024;
    unit = next;
  }
  return `${value}${unit}`;
}
