import type { Finding } from "@fairway/model";
import { isFinished } from "../budgets.ts";
import { type ClusterCheck, isPlatform, subjectOf } from "../check.ts";
import { poolsFor } from "../drain/simulate-drain.ts";
import type { ClusterFacts, PodFacts } from "../facts.ts";

/** FW014: without one a replica counts, and gets traffic, from the moment its process starts. */
export const checkProbes: ClusterCheck = (facts) =>
  perWorkload(facts).flatMap((pod) => {
    const without = pod.containers.filter(({ hasReadiness }) => !hasReadiness).map(({ name }) => name);
    if (without.length === 0 || isJob(pod)) return [];
    const evidence = `${without.join(", ")}: the drain goes on although the new replica does not serve yet`;
    const fix = "Add readinessProbe: {httpGet: {path: /ready, port: PORT}} to the container.";
    return [finding("FW014", "recommended", pod, evidence, fix)];
  });

/** FW015: nothing is finished in no time, and nothing outlives the drain timeout of its pool. */
export const checkGrace: ClusterCheck = (facts, upgrade) =>
  perWorkload(facts).flatMap((pod) => {
    const pool = facts.pools.find(({ name }) => name === facts.nodes.find((node) => node.name === pod.node)?.pool);
    const timeoutSeconds = (pool?.drainTimeoutMinutes ?? defaultDrainTimeoutMinutes) * 60;
    const fix = "Set terminationGracePeriodSeconds to what the app needs to finish its work.";
    if (pod.graceSeconds === 0)
      return [finding("FW015", "recommended", pod, "grace period 0: it is killed in the middle of its work", fix)];
    if (pod.graceSeconds < timeoutSeconds || (pool && !upgrade.pools.includes(pool.name))) return [];
    const evidence = `a grace period of ${pod.graceSeconds} s is longer than the ${timeoutSeconds} s that a drain may take`;
    return [
      finding(
        "FW015",
        "required",
        pod,
        evidence,
        `${fix} Or raise upgradeSettings.drainTimeoutInMinutes of ${pool?.name ?? "the pool"}.`,
      ),
    ];
  });

/** AKS docs, node pool upgrade settings. */
const defaultDrainTimeoutMinutes = 30;

/** FW017: their pool is the only place for them; a second pool of its kind could take them. */
export const checkSinglePool: ClusterCheck = (facts, upgrade) =>
  perWorkload(facts).flatMap((pod) => {
    if (facts.pools.length < 2 || !isBound(pod)) return [];
    const pools = poolsFor(facts, pod);
    const [only] = pools;
    if (pools.length !== 1 || only === undefined || !upgrade.pools.includes(only)) return [];
    const why =
      pod.zones.length > 0 ? `its volume is in ${pod.zones.join(", ")}` : "its selector, affinity or toleration";
    return [
      finding(
        "FW017",
        "recommended",
        pod,
        `only ${only} takes it (${why})`,
        `Give the upgrade a spare pool like it: fairway upgrade run --strategy node-pool --spare ${only}`,
      ),
    ];
  });

function isBound({ nodeSelector, nodeTerms, zones, tolerations }: PodFacts): boolean {
  const own = tolerations.filter(({ key = "" }) => !key.startsWith("node.kubernetes.io/"));
  return Object.keys(nodeSelector).length > 0 || nodeTerms.length > 0 || zones.length > 0 || own.length > 0;
}

/** FW018: the scheduler takes them for nothing, and packs the new nodes beyond what they hold. */
export const checkRequests: ClusterCheck = (facts) =>
  perWorkload(facts).flatMap((pod) => {
    const without = pod.containers.filter(({ hasRequests }) => !hasRequests).map(({ name }) => name);
    if (without.length === 0) return [];
    const fix = "Set resources.requests.cpu and .memory to what the container uses.";
    return [finding("FW018", "recommended", pod, `${without.join(", ")} asks for no CPU or no memory`, fix)];
  });

/** FW032 */
export const checkDockerSocket: ClusterCheck = (facts) =>
  perWorkload(facts).flatMap((pod) => {
    const path = pod.hostPaths.find((one) => one.endsWith("docker.sock"));
    if (path === undefined) return [];
    return [
      finding(
        "FW032",
        "required",
        pod,
        `it mounts ${path}, which nodes with containerd do not have`,
        "Build images with BuildKit or in a pipeline, and read logs through the API.",
      ),
    ];
  });

/** FW035: bare pods do not come back, emptyDir volumes start empty, and Jobs start over. */
export const checkLosses: ClusterCheck = (facts, upgrade) =>
  perWorkload(facts).flatMap((pod): readonly Finding[] => {
    const pool = facts.nodes.find(({ name }) => name === pod.node)?.pool;
    if (pod.isMirror || pool === undefined || !upgrade.pools.includes(pool)) return [];
    if (!pod.owner) {
      return [
        finding(
          "FW035",
          "required",
          pod,
          "nothing owns it: a drain deletes it for good",
          "Run it from a Deployment, a StatefulSet or a Job.",
        ),
      ];
    }
    if (!pod.isSafeToEvict) {
      return [
        finding(
          "FW035",
          "recommended",
          pod,
          "it says of itself that it is not safe to evict; the drain of an upgrade evicts it all the same",
          "Wait for its end, or give it a disruption budget.",
        ),
      ];
    }
    if (isJob(pod) && pod.phase === "Running") {
      return [
        finding(
          "FW035",
          "recommended",
          pod,
          "a running Job starts over on another node",
          'Wait for its end, or suspend the Job: kubectl patch job NAME -p \'{"spec":{"suspend":true}}\'',
        ),
      ];
    }
    if (pod.scratchVolumes.length === 0) return [];
    return [
      finding(
        "FW035",
        "recommended",
        pod,
        `emptyDir ${pod.scratchVolumes.join(", ")} starts empty on the next node`,
        "Use a PersistentVolumeClaim for what must stay.",
      ),
    ];
  });

/** One pod for each workload, and every pod without one: what is wrong with a template is told once. */
function perWorkload({ pods }: ClusterFacts): readonly PodFacts[] {
  const seen = new Map<string, PodFacts>();
  for (const pod of pods) {
    if (isPlatform(pod.namespace) || isFinished(pod) || pod.isMirror || pod.owner?.kind === "DaemonSet") continue;
    const key = pod.owner ? `${pod.namespace}/${pod.owner.kind}/${pod.owner.name}` : `${pod.namespace}/${pod.name}`;
    if (!seen.has(key)) seen.set(key, pod);
  }
  return [...seen.values()];
}

function isJob({ owner }: PodFacts): boolean {
  return owner?.kind === "Job" || owner?.kind === "CronJob";
}

function finding(
  code: Finding["code"],
  severity: Finding["severity"],
  pod: PodFacts,
  evidence: string,
  fix: string,
): Finding {
  const subject = subjectOf({
    kind: pod.owner?.kind ?? "Pod",
    namespace: pod.namespace,
    name: pod.owner?.name ?? pod.name,
  });
  return { code, severity, subject, evidence, fix };
}
