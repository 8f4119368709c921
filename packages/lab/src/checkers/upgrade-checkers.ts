import type { TraceRecord } from "@fairway/kernel";
import type { Violation } from "../virtual/record.ts";
import { budgetChecker } from "./budgets.ts";
import type { CheckedObject, Checker, ObjectChange, TrialEnd } from "./checker.ts";
import { skewChecker } from "./version-skew.ts";
import { weightsChecker } from "./weights.ts";

/** All checkers of an upgrade, on one trial. */
export class UpgradeCheckers {
  readonly violations: Violation[] = [];
  readonly #checkers: readonly Checker[] = [
    budgetChecker(),
    skewChecker(),
    weightsChecker(),
    restChecker(),
    namedEndChecker(),
  ];
  /** Everything that happens comes by here: nobody is asked who does not look at it. */
  readonly #ofRecords = this.#checkers.filter(({ onRecord }) => onRecord);
  readonly #ofChanges = this.#checkers.filter(({ onChange }) => onChange);
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  onRecord(record: TraceRecord): void {
    for (const checker of this.#ofRecords) this.#note(checker, checker.onRecord?.(record));
  }

  onChange(change: ObjectChange): void {
    for (const checker of this.#ofChanges) this.#note(checker, checker.onChange?.(change));
  }

  atEnd(end: TrialEnd): void {
    for (const checker of this.#checkers) this.#note(checker, checker.atEnd?.(end));
  }

  #note({ name }: Checker, message: string | undefined): void {
    if (message !== undefined) this.violations.push({ checker: name, atMs: this.#nowMs(), message });
  }
}

/** Everything comes to rest after the faults have healed: nothing is under way, and no pod keeps failing. */
function restChecker(): Checker {
  const restless = new Map<string, string>();
  return {
    name: "at-rest",
    onChange({ cluster, resource, isGone, object }) {
      if (resource !== "pods") return undefined;
      const key = `${cluster}/${object.metadata.namespace}/${object.metadata.name}`;
      const why = isGone ? undefined : restlessness(object);
      if (why === undefined) restless.delete(key);
      else restless.set(key, why);
      return undefined;
    },
    atEnd({ outcome, endState }) {
      const busy = endState.clusters.filter(
        ({ provisioningState }) => !["Succeeded", "Failed", "Canceled"].includes(provisioningState),
      );
      const closed = endState.clusters.flatMap(({ pools }) => pools.filter(({ nodes, ready }) => ready < nodes));
      const [pod] = restless;
      if (busy.length > 0) return `${busy[0]?.name} is still ${busy[0]?.provisioningState}`;
      if (pod) return `${restless.size} pods are not at rest: ${pod[0]} is ${pod[1]}`;
      // What failed in the middle may leave nodes cordoned behind, as Azure does.
      if (outcome === "upgraded" && closed[0]) return `nodes of ${closed[0].name} take no pods`;
      return undefined;
    },
  };
}

function restlessness({ metadata, status }: CheckedObject): string | undefined {
  if (metadata.deletionTimestamp !== undefined) return "about to go";
  const { phase, conditions = [] } = (status ?? {}) as {
    phase?: string;
    conditions?: readonly { type: string; status: string }[];
  };
  if (phase === "Succeeded" || phase === "Failed") return undefined;
  const isReady = conditions.some(({ type, status: value }) => type === "Ready" && value === "True");
  return isReady ? undefined : `${phase ?? "Pending"} and not ready`;
}

/** A plan that says it is finished has everything at its version, and no other plan says so. */
function namedEndChecker(): Checker {
  return {
    name: "named-end",
    atEnd({ outcome, endState: { phase, version, clusters } }) {
      const isThere = clusters.every(
        (cluster) =>
          cluster.version === version && cluster.pools.every(({ nodes, upgraded }) => nodes > 0 && nodes === upgraded),
      );
      if (phase === "finished" && !isThere) return `the journal says finished, and not everything is at ${version}`;
      if (outcome === "upgraded" && !isThere) return `the outcome is upgraded, and not everything is at ${version}`;
      if (phase === "running" && outcome !== "stuck") return `the journal says running, and the outcome is ${outcome}`;
      return undefined;
    },
  };
}
