import type { TraceRecord } from "@fairway/kernel";
import { budgetChecker } from "../../checkers/budgets.ts";
import { type CheckedResource, type Checker, checkedResources } from "../../checkers/checker.ts";
import { skewChecker } from "../../checkers/version-skew.ts";
import type { VirtualWorld } from "../../virtual/world.ts";
import type { CheckerName, Violation } from "../scenario.ts";
import { Disturbances } from "./disturbances.ts";
import { watchRoutes } from "./routes.ts";
import { type Answering, watchSwitch } from "./switch.ts";

/** Looks at a world from its beginning to its end, and tells of what must never be. */
export interface Watch {
  readonly violations: readonly Violation[];
  /** Of all clusters: `prod/default`. */
  readonly namespaces: ReadonlySet<string>;
  /** From now on it is seen where callers are sent. */
  followCallers(answers: Answering): void;
  end(): void;
}

export type Tell = (checker: CheckerName, message: string) => void;

/** Begins before there is anything: some count for themselves. */
export function watchWorld(world: VirtualWorld): Watch {
  const { kernel, azure } = world;
  const violations: Violation[] = [];
  const tell: Tell = (checker, message) => {
    // The same again and again tells nothing more.
    if (violations.filter((one) => one.checker === checker).length >= mostOfOne) return;
    violations.push({ checker, message: `${new Date(kernel.clock.now()).toISOString()}: ${message}` });
  };
  const disturbances = new Disturbances(kernel.clock);
  const checkers = [
    { name: "budget", checker: budgetChecker() },
    { name: "skew", checker: skewChecker() },
  ] as const;
  const onEach = (look: (checker: Checker) => string | undefined): void => {
    for (const { name, checker } of checkers) {
      const message = look(checker);
      if (message !== undefined) tell(name, message);
    }
  };
  for (const [resource, group] of Object.entries(checkedResources)) {
    azure.onObject({ group, resource }, (cluster, { type, object }) => {
      const change = { cluster, resource: resource as CheckedResource, isGone: type === "DELETED", object };
      onEach((checker) => checker.onChange?.({ ...change, atMs: kernel.clock.now() }));
    });
  }
  const namespaces = new Set<string>();
  azure.onObject({ group: "", resource: "namespaces" }, (cluster, { type, object }) => {
    const name = `${cluster}/${object.metadata.name}`;
    if (type === "DELETED") namespaces.delete(name);
    else namespaces.add(name);
  });
  const endTrace = kernel.trace.follow((record: TraceRecord) => {
    onEach((checker) => checker.onRecord?.(record));
    disturbances.onRecord(record);
    if (bugKinds.has(record.kind)) tell("bug", `${record.kind}: ${String(record.data["message"])}`);
  });
  const endings = [endTrace, watchRoutes(world, disturbances, tell)];
  return {
    violations,
    namespaces,
    followCallers(answers) {
      endings.push(watchSwitch(world, disturbances, answers, tell));
    },
    end() {
      for (const end of endings) end();
    },
  };
}

const mostOfOne = 3;
const bugKinds = new Set(["kubernetes.bug", "arm.bug", "controller.failed"]);
