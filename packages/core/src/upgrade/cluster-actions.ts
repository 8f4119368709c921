import { FairwayError, unreachable } from "@fairway/model";
import { poll } from "../clock.ts";
import { isBusy } from "../provisioning-state.ts";
import { type ClusterAction, clusterOf, nameOf, type StepAction } from "./plan.ts";
import { defaultPollMs, type StepContext } from "./step-context.ts";

export function isClusterAction(action: StepAction): action is ClusterAction {
  const kinds: readonly StepAction["kind"][] = [
    "create-cluster",
    "copy-apps",
    "add-route",
    "remove-route",
    "delete-cluster",
  ];
  return kinds.includes(action.kind);
}

/** Takes one step of whole clusters. Each looks first, and may be repeated. */
export async function takeClusterStep(action: ClusterAction, context: StepContext): Promise<string | undefined> {
  const { target, follow } = context;
  switch (action.kind) {
    case "create-cluster": {
      if ((await settledState(action.cluster, context)) === "Succeeded") return "it is there already";
      await follow(() => target.capability("clusters").create(action.cluster, { version: action.version }));
      return undefined;
    }
    case "copy-apps":
      return await copyApps(action.from, context);
    case "add-route":
      return await addRoute(action, context);
    case "remove-route": {
      const switcher = await context.switcher();
      await follow(() => switcher.removeRoute(clusterOf(action.cluster)));
      return undefined;
    }
    case "delete-cluster": {
      if ((await settledState(action.cluster, context)) === undefined) return "it is gone already";
      await refuseWithTraffic(action.cluster, context);
      await follow(() => target.capability("clusters").remove(action.cluster));
      return undefined;
    }
    default:
      return unreachable(action);
  }
}

/** The new cluster goes again, unless it has become the only one. */
export async function undoClusterStep(action: ClusterAction, context: StepContext): Promise<string | undefined> {
  const { target, follow } = context;
  switch (action.kind) {
    case "create-cluster":
      if ((await settledState(action.cluster, context)) === undefined) return "it is gone";
      if ((await shareOf(action.cluster, context)) > 0) return "it stays, since it has traffic";
      await follow(() => target.capability("clusters").remove(action.cluster));
      return undefined;
    case "add-route": {
      if ((await shareOf(action.cluster, context)) > 0) return "it stays, since it has traffic";
      const switcher = await context.switcher();
      await follow(() => switcher.removeRoute(clusterOf(action.cluster)));
      return undefined;
    }
    case "copy-apps":
      return "they go with the cluster";
    case "remove-route":
      return deletedStays;
    case "delete-cluster": {
      if ((await settledState(action.cluster, context)) !== undefined) return "it is still there";
      // Nothing is left for it to lead to.
      const switcher = await context.switcher();
      await follow(() => switcher.removeRoute(clusterOf(action.cluster)));
      return deletedStays;
    }
    default:
      return unreachable(action);
  }
}

const deletedStays = "what is deleted stays deleted";

async function copyApps(from: string, { ports, target, follow, report }: StepContext): Promise<string> {
  const source = await ports.connect(from);
  const names = await source.apps();
  const clusters = source.capability("clusters");
  // Descriptions first: nothing is applied when one of them cannot be had.
  const apps = await Promise.all(names.map((name) => clusters.describe(name)));
  report(`Applying ${names.length} apps of ${nameOf(from)}`);
  // At the same time: some wait for others to start.
  await Promise.all(apps.map((app) => follow(() => target.apply(app))));
  return `${names.length} apps`;
}

async function addRoute(
  { cluster, host }: Extract<ClusterAction, { readonly kind: "add-route" }>,
  { target, switcher: open, follow }: StepContext,
): Promise<string> {
  const entrance = host ?? (await target.capability("clusters").entrance());
  if (entrance === undefined) {
    throw new FairwayError("upgrade-failed", `${nameOf(cluster)} does not say where callers enter it.`, {
      hint: "Its gateway has no address. Look why and resume; or go back, and name the host: --entrance HOST.",
    });
  }
  const switcher = await open();
  await follow(() => switcher.addRoute(clusterOf(cluster), entrance));
  return entrance;
}

async function refuseWithTraffic(cluster: string, context: StepContext): Promise<void> {
  const share = await shareOf(cluster, context);
  if (share === 0) return;
  throw new FairwayError("conflict", `${nameOf(cluster)} gets ${share} % of the traffic, and is to be deleted.`, {
    hint: "Somebody has moved traffic back. Move it away and resume, or go back: fairway upgrade rollback.",
  });
}

async function shareOf(cluster: string, { switcher }: StepContext): Promise<number> {
  return (await (await switcher()).weights())[clusterOf(cluster)] ?? 0;
}

/** A cluster may take half an hour to come or to go (AKS docs name no figure; longest recorded 57 minutes). */
const patienceMs = 2 * 3_600_000;

/** Its state when nothing runs in it any more: what another process began is waited for. */
async function settledState(
  cluster: string,
  { ports, target, signal, report }: StepContext,
): Promise<string | undefined> {
  const clusters = target.capability("clusters");
  let isTold = false;
  const { state } = await poll(
    ports.clock,
    async () => {
      const state = await clusters.state(cluster);
      if (state === undefined || !isBusy(state)) return { state };
      if (!isTold) report(`Waiting for the end of what runs already: ${nameOf(cluster)} is ${state}`);
      isTold = true;
      return undefined;
    },
    {
      everyMs: ports.pollMs ?? defaultPollMs,
      timeoutMs: patienceMs,
      signal,
      onTimeout: () =>
        new FairwayError("operation-timeout", `An operation of ${nameOf(cluster)} has been running for two hours.`, {
          hint: "Look at it in the portal, then resume.",
        }),
    },
  );
  return state;
}
