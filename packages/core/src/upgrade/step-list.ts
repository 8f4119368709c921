import type { ClusterFacts } from "../preflight/facts.ts";
import { type Gate, gateTitle, nameOf, type Step } from "./plan.ts";

/** A target with what was read of it. */
export interface PlannedTarget {
  readonly address: string;
  readonly facts: ClusterFacts;
}

/** The steps about one cluster, in order, with the gates that were asked for between them. */
export class StepList {
  readonly steps: Step[] = [];
  readonly target: string;
  /** Of the ids of the steps: empty for the cluster that matters. */
  readonly prefix: string;
  readonly #gates: readonly Gate[];

  constructor(target: string, prefix: string, gates: readonly Gate[] = []) {
    this.target = target;
    this.prefix = prefix;
    this.#gates = gates;
  }

  add(id: string, title: string, action: Step["action"], more: Pick<Step, "noReturn" | "estimate"> = {}): void {
    this.steps.push({ id: `${this.prefix}${id}`, title, target: this.target, action, ...more });
  }

  /** What must hold before something is disturbed; a person is asked where nothing leads back. */
  before(noReturn: string | undefined): void {
    for (const gate of this.#gates) {
      if (gate.kind === "window" || (gate.kind === "person" && noReturn !== undefined)) this.#gate(gate);
    }
  }

  /** Nobody goes on from something that is broken. */
  after(id: string): void {
    this.add(`${id}-verify`, "look whether nodes are ready and apps are healthy", { kind: "verify" });
    for (const gate of this.#gates) if (gate.kind === "command" || gate.kind === "metric") this.#gate(gate);
  }

  #gate(gate: Gate): void {
    const own = gate.kind === "metric" ? { ...gate, query: aboutCluster(gate.query, this.target) } : gate;
    this.add(`gate-${this.steps.length + 1}`, gateTitle(own), { kind: "gate", gate: own });
  }
}

/** `{cluster}` in a query is the name of the cluster that is looked at. */
export function aboutCluster(query: string, target: string): string {
  return query.replaceAll("{cluster}", nameOf(target));
}
