import type { Finding } from "@fairway/model";
import { covers, isFinished } from "../budgets.ts";
import { type ClusterCheck, isPlatform, subjectOf } from "../check.ts";
import type { ClusterFacts, PodFacts, WorkloadFacts } from "../facts.ts";

/** FW009 and FW012: nothing makes a drain wait for the replicas of a workload, or there is but one. */
export const checkReplicas: ClusterCheck = (facts) =>
  ownWorkloads(facts).flatMap((workload): readonly Finding[] => {
    const { namespace, name, replicas } = workload;
    const subject = subjectOf(workload);
    if (replicas === 1) {
      const evidence = "its only replica goes away with its node: callers are not served until the next one is ready";
      const fix = `kubectl scale -n ${namespace} ${workload.kind.toLowerCase()}/${name} --replicas=2`;
      return [{ code: "FW012", severity: "recommended", subject, evidence, fix }];
    }
    const [pod] = podsOf(facts, workload);
    if (!pod || facts.budgets.some((budget) => covers(budget, pod))) return [];
    const evidence = `nothing keeps a drain from taking all of its ${replicas} replicas at once`;
    const fix = budgetManifest(workload, pod);
    return [{ code: "FW009", severity: "recommended", subject, evidence, fix }];
  });

/** FW013: a replica that must be ready for long before it counts makes each node wait, and a StatefulSet for every replica. */
export const checkMinReady: ClusterCheck = (facts) =>
  ownWorkloads(facts)
    .filter(({ minReadySeconds }) => minReadySeconds > 0)
    .map((workload) => ({
      code: "FW013",
      severity: workload.minReadySeconds >= longMinReadySeconds ? "required" : "recommended",
      subject: subjectOf(workload),
      evidence: `minReadySeconds ${workload.minReadySeconds}, for each of ${workload.replicas} replicas`,
      fix: "Leave minReadySeconds out and let a readiness probe tell when a replica serves.",
    }));

/** Longer than half of the time that AKS gives a drain by default. */
const longMinReadySeconds = 900;

/** FW016 */
export const checkSpread: ClusterCheck = (facts) =>
  ownWorkloads(facts).flatMap((workload): readonly Finding[] => {
    const placed = podsOf(facts, workload).filter(({ node }) => node !== undefined);
    const [first] = placed;
    if (!first || placed.length < 2 || facts.nodes.length < 2 || placed.some(({ node }) => node !== first.node))
      return [];
    const evidence = `all ${placed.length} replicas are on ${first.node ?? ""}`;
    const fix =
      "Add topologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway, labelSelector: …}] to the pod template.";
    return [{ code: "FW016", severity: "recommended", subject: subjectOf(workload), evidence, fix }];
  });

/** FW019: counted by what its target asks for, which is there before the autoscaler has looked for the first time. */
export const checkAutoscalers: ClusterCheck = ({ autoscalers, workloads }) =>
  autoscalers.flatMap((one): readonly Finding[] => {
    const { namespace, name, target, maxReplicas } = one;
    const scaled = workloads.find(
      (workload) => workload.namespace === namespace && workload.kind === target.kind && workload.name === target.name,
    );
    const replicas = scaled?.replicas ?? one.currentReplicas;
    if (maxReplicas === 0 || replicas < maxReplicas) return [];
    const evidence = `${replicas} of ${maxReplicas} replicas: it cannot make up for those that a drain takes`;
    const fix = `kubectl patch -n ${namespace} hpa/${name} -p '{"spec":{"maxReplicas":${Math.ceil(maxReplicas * 1.5)}}}'`;
    const subject = subjectOf({ kind: "HorizontalPodAutoscaler", namespace, name });
    return [{ code: "FW019", severity: "recommended", subject, evidence, fix }];
  });

/** FW036 */
export const checkEndpoints: ClusterCheck = ({ services, pods }) =>
  services.flatMap((service): readonly Finding[] => {
    const wanted = Object.entries(service.selector);
    if (isPlatform(service.namespace) || wanted.length === 0) return [];
    const serving = pods.filter(
      (pod) =>
        pod.namespace === service.namespace && pod.isReady && wanted.every(([key, value]) => pod.labels[key] === value),
    );
    if (serving.length !== 1) return [];
    const evidence = `${serving[0]?.name ?? ""} alone answers for it`;
    const fix = "Run two replicas or more behind it.";
    return [
      { code: "FW036", severity: "recommended", subject: subjectOf({ kind: "Service", ...service }), evidence, fix },
    ];
  });

function ownWorkloads({ workloads }: ClusterFacts): readonly WorkloadFacts[] {
  return workloads.filter(
    ({ namespace, kind, replicas }) => !isPlatform(namespace) && kind !== "DaemonSet" && replicas > 0,
  );
}

function podsOf({ pods }: ClusterFacts, { namespace, kind, name }: WorkloadFacts): readonly PodFacts[] {
  return pods.filter(
    (pod) => pod.namespace === namespace && pod.owner?.kind === kind && pod.owner.name === name && !isFinished(pod),
  );
}

function budgetManifest({ namespace, name }: WorkloadFacts, { labels }: PodFacts): string {
  const [key, value] = Object.entries(labels).find(
    ([label]) => label === "app.kubernetes.io/name" || label === "app",
  ) ?? ["app", name];
  return `{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: ${name}, namespace: ${namespace}}, spec: {maxUnavailable: 1, selector: {matchLabels: {${key}: ${value}}}}}`;
}
