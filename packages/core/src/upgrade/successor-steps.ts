import { checkSplit, moveWeight, type TrafficWeights } from "@fairway/model";
import { clusterOf, type Gate, nameOf, type Step } from "./plan.ts";
import { invalid } from "./plan-version.ts";
import { type PlannedTarget, StepList } from "./step-list.ts";
import { addCanary, addMove, checkRoute, type TrafficRequest, tryWith } from "./two-cluster-steps.ts";

/** A cluster that takes the place of another one. */
export interface SuccessorRequest {
  /** `aks://SUBSCRIPTION/GROUP/CLUSTER/NAMESPACE`, in the subscription of the other one. */
  readonly address: string;
  /** Whether there is a cluster of that name already. */
  readonly exists: boolean;
  /** Host name or address at which callers will enter it. Default: what its gateway says. */
  readonly host?: string;
  /** How long the old cluster is kept after the switch. Default 60, as AKS keeps blue nodes (AKS docs, blue-green upgrade). */
  readonly keepMinutes?: number;
}

interface SuccessorStepsRequest {
  readonly version: string;
  readonly gates?: readonly Gate[];
  readonly traffic?: TrafficRequest;
  readonly successor?: SuccessorRequest;
}

/** A new cluster like the old one, at the new version, with its apps; tried, given the traffic; the old one deleted later. */
export function successorSteps(request: SuccessorStepsRequest, active: PlannedTarget): readonly Step[] {
  const { successor, traffic, version, gates } = request;
  if (!successor || !traffic) {
    throw invalid(
      "cluster-blue-green needs a name for the new cluster, and what moves traffic to it.",
      "Name them: --standby aks://SUBSCRIPTION/GROUP/NEW-CLUSTER/NAMESPACE --switcher tm://SUBSCRIPTION/GROUP/PROFILE.",
      successor ? "switcher" : "standby",
    );
  }
  checkSuccessor(successor, traffic, active);
  const [old, fresh] = [new StepList(active.address, "", gates), new StepList(successor.address, "new-", gates)];
  const [oldName, newName] = [nameOf(active.address), nameOf(successor.address)];
  old.before(undefined);
  old.add(
    "new-cluster",
    `make cluster ${newName} like ${oldName}, at ${version}: ${active.facts.nodes.length} nodes more`,
    { kind: "create-cluster", cluster: successor.address, version },
    { estimate: { p50Minutes: 6, p95Minutes: 12 } },
  );
  fresh.add(
    "apps",
    `apply the apps of ${oldName} that Fairway manages in ${newName}`,
    { kind: "copy-apps", from: active.address },
    { estimate: { p50Minutes: 3, p95Minutes: 10 } },
  );
  fresh.after("apps");
  addSwitch(fresh, { ...request, successor, traffic }, active);
  const { keepMinutes = 60 } = successor;
  fresh.add(
    "keep",
    `keep ${oldName} for ${keepMinutes} minutes: until then traffic can go back`,
    { kind: "wait", minutes: keepMinutes },
    { estimate: { p50Minutes: keepMinutes, p95Minutes: keepMinutes } },
  );
  fresh.after("keep");
  const noReturn = `${oldName} and all that runs in it are gone`;
  fresh.before(noReturn);
  fresh.add(
    "old-delete",
    `delete cluster ${oldName}, unless it has traffic`,
    { kind: "delete-cluster", cluster: active.address },
    { noReturn, estimate: { p50Minutes: 4, p95Minutes: 7 } },
  );
  fresh.add("old-route", `take the route to ${oldName} away`, { kind: "remove-route", cluster: active.address });
  return [...old.steps, ...fresh.steps];
}

function addSwitch(
  steps: StepList,
  {
    traffic,
    successor,
    gates = [],
  }: SuccessorStepsRequest & { readonly traffic: TrafficRequest; readonly successor: SuccessorRequest },
  active: PlannedTarget,
): void {
  const name = nameOf(successor.address);
  const [own, its] = [clusterOf(successor.address), clusterOf(active.address)];
  const before = checkSplit(traffic.weights);
  const share = before[its] ?? 0;
  const after: TrafficWeights = moveWeight(before, its, own, share);
  const { host } = successor;
  steps.add("route", `add ${name} to what moves traffic, without any`, {
    kind: "add-route",
    cluster: successor.address,
    ...(host === undefined ? {} : { host }),
  });
  steps.before(undefined);
  const trial = tryWith(before, share, own, traffic);
  if (trial) addCanary(steps, { traffic, gates }, before, trial);
  addMove(steps, traffic, { id: "switch", what: `give ${name} the traffic`, from: trial ?? before, weights: after });
  steps.after("switch");
}

function checkSuccessor({ address, exists }: SuccessorRequest, traffic: TrafficRequest, active: PlannedTarget): void {
  const [own, its] = [clusterOf(address), clusterOf(active.address)];
  if (own.toLowerCase() === its.toLowerCase()) {
    throw invalid(`Both are the cluster ${its}.`, "Name the new cluster: --standby.", "standby");
  }
  if (exists) {
    throw invalid(`There is a cluster ${own} already.`, "Name one that is not there yet: --standby.", "standby");
  }
  if (own.split("/")[2]?.toLowerCase() !== its.split("/")[2]?.toLowerCase()) {
    throw invalid(
      `${own} is in another subscription than ${its}.`,
      "A cluster like another one is made in its subscription.",
      "standby",
    );
  }
  checkRoute(traffic, active.address);
  if ((traffic.weights[own] ?? 0) === 0 && (traffic.weights[its] ?? 0) > 0) return;
  throw invalid(
    `${nameOf(active.address)} must have traffic, and ${nameOf(address)} none.`,
    "Look at what the switcher gives to whom.",
    "switcher",
  );
}
