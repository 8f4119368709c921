import type { ObjectMeta } from "../../world/objects.ts";
import type { Pod, PodSpec, PodTemplate, Toleration } from "./pod-types.ts";

/** A pod as the API server completes one that a controller makes from a template. */
export function newPod(template: PodTemplate, identity: { name: string; namespace?: string }): Pod {
  const metadata: ObjectMeta = {
    ...identity,
    ...(template.metadata?.labels ? { labels: template.metadata.labels } : {}),
    ...(template.metadata?.annotations ? { annotations: template.metadata.annotations } : {}),
  };
  const spec: PodSpec = {
    restartPolicy: "Always",
    dnsPolicy: "ClusterFirst",
    schedulerName: "default-scheduler",
    terminationGracePeriodSeconds: 30,
    serviceAccountName: "default",
    enableServiceLinks: true,
    ...template.spec,
    tolerations: withDefaultTolerations(template.spec.tolerations ?? []),
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata,
    spec,
    status: { phase: "Pending", qosClass: qosClass(spec) },
  };
}

const defaultTolerated = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

/** 300 s on a node that is gone, unless the pod says otherwise (admission plugin DefaultTolerationSeconds). */
export function withDefaultTolerations(tolerations: readonly Toleration[]): Toleration[] {
  const missing = defaultTolerated.filter((taint) => !tolerations.some((own) => coversNoExecute(own, taint)));
  const added = missing.map((key) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 }));
  return [...tolerations, ...added];
}

function coversNoExecute({ key, effect }: Toleration, taint: string): boolean {
  return (key === taint || !key) && (effect === "NoExecute" || !effect);
}

/** Guaranteed: limits equal requests for CPU and memory everywhere; BestEffort: neither anywhere. */
function qosClass({ containers }: PodSpec): string {
  const resources = containers.map((container) => container.resources ?? {});
  if (resources.every(({ requests = {}, limits = {} }) => Object.keys({ ...requests, ...limits }).length === 0)) {
    return "BestEffort";
  }
  const guaranteed = resources.every(({ requests = {}, limits = {} }) =>
    ["cpu", "memory"].every((name) => limits[name] !== undefined && (requests[name] ?? limits[name]) === limits[name]),
  );
  return guaranteed ? "Guaranteed" : "Burstable";
}
