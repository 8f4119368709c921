import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { KubeApi } from "../src/world/kubernetes/kube-api.ts";
import type { KubeObject } from "../src/world/objects.ts";
import { createTestWorld, nodeSpec, type TestWorld } from "./controllers-world.ts";

/** What Kubernetes 1.36.2 made of some objects: events and status, names and times left out. */
interface Outcome {
  readonly name: string;
  readonly objects: readonly KubeObject[];
  /** Until somebody looked. */
  readonly seconds: number;
  readonly events: readonly string[];
  /** By `Kind/name`. */
  readonly status: Readonly<Record<string, unknown>>;
}

const file = new URL("./recorded/controller-outcomes.json", import.meta.url);
const outcomes = JSON.parse(readFileSync(file, "utf8")) as readonly Outcome[];

const plurals: Readonly<Record<string, string>> = {
  Endpoints: "endpoints",
  LimitRange: "limitranges",
  PodDisruptionBudget: "poddisruptionbudgets",
};

/** `image:r2000-x1-a300`: ready after so long (or `never`), or ended with a code after a time. */
function behaviourOf({ image }: { readonly image: string }) {
  const parts = (image.split(":")[1] ?? "").split("-").map((part) => [part.charAt(0), part.slice(1)] as const);
  const told = new Map(parts);
  const ready = told.get("r");
  const code = told.get("x");
  return {
    createMs: 300,
    listenAfterMs: ready === "never" ? 1e9 : Number(ready ?? 0),
    stopMs: Number(told.get("s") ?? 200),
    crash: { afterMs: code === undefined ? 1e9 : Number(told.get("a") ?? 1_000), exitCode: Number(code ?? 0) },
  };
}

function play({ objects, seconds }: Outcome): TestWorld {
  const t = createTestWorld({ nodes: 4, kubernetesVersion: "1.36.2", behaviour: behaviourOf });
  const api = new KubeApi(t.cluster);
  t.run(2);
  for (const object of objects) {
    const { kind, apiVersion } = object;
    const base = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const path = `${base}/namespaces/default/${plurals[kind] ?? `${kind.toLowerCase()}s`}`;
    const call = { method: "POST", path, query: new URLSearchParams(), accept: "", userAgent: "test" };
    api.handle({ ...call, contentType: "application/json", body: Buffer.from(JSON.stringify(object)) });
    t.run(0.2);
  }
  t.run(seconds);
  return t;
}

interface ToldEvent {
  readonly involvedObject: { readonly kind: string; readonly name: string };
  readonly source: { readonly component?: string };
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

const readEvent = (event: KubeObject) => event as unknown as ToldEvent;

/** A kubelet had nobody to speak for it where these were recorded. */
const isOfController = ({ involvedObject, source }: ToldEvent) =>
  involvedObject.kind !== "Node" && source.component !== "kubelet";

const textOf = ({ involvedObject: { kind, name }, type, reason, message }: ToldEvent) =>
  `${kind} ${name} ${type} ${reason}: ${message}`;

/** What differs from run to run gets the same word everywhere. */
function masked(t: TestWorld, text: string): string {
  const of = (resource: string) => t.cluster.store.list({ group: "apps", resource });
  const labels = ["pod-template-hash", "controller.kubernetes.io/hash", "controller-revision-hash"];
  const marked = [...of("replicasets"), ...of("controllerrevisions")].flatMap(({ metadata }) =>
    labels.map((label) => metadata.labels?.[label] ?? ""),
  );
  const hashes = [...new Set(marked)].filter((hash) => hash !== "");
  let masked = text;
  for (const [index, hash] of hashes.entries()) masked = masked.replaceAll(hash, `<H${index + 1}>`);
  return masked
    .replaceAll("default/", "NS/")
    .replaceAll(/"default"/g, '"NS"')
    .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "UID")
    .replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, "TIME")
    .replaceAll(new RegExp(`${nodeSpec(0).name.slice(0, -1)}\\d`, "g"), "NODE")
    .replaceAll(/-([bcdfghjklmnpqrstvwxz2456789]{5})(?![a-z0-9-])/g, "-RAND");
}

describe("what Kubernetes makes of", () => {
  it.each(outcomes.map((outcome) => [outcome.name, outcome] as const))("%s", (_name, outcome) => {
    const t = play(outcome);
    const { store } = t.cluster;
    const events = store
      .list({ group: "", resource: "events" }, "default")
      .map(readEvent)
      .filter(isOfController)
      .map(textOf);
    expect([...new Set(events.map((text) => masked(t, text)))].toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
      outcome.events,
    );
    for (const [key, status] of Object.entries(outcome.status)) {
      const [kind = "", name = ""] = key.split("/");
      const group = kind === "Job" ? "batch" : kind === "PodDisruptionBudget" ? "policy" : "apps";
      const found = store
        .list({ group, resource: plurals[kind] ?? `${kind.toLowerCase()}s` }, "default")
        .find(({ metadata }) => masked(t, metadata.name) === name.replace(/#.*/, ""));
      expect(JSON.parse(masked(t, JSON.stringify(found?.["status"] ?? null)))).toEqual(status);
    }
    t.cluster.close();
  });
});
