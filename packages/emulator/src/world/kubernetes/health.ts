import { type KubeResponse, pageNotFound } from "./request.ts";

/** Paths that answer without a token. */
export const healthPaths: readonly string[] = ["healthz", "livez", "readyz"];

/** `ok`, or with `?verbose` one line for each check. */
export function healthOf(root: string, [check, ...tooMany]: readonly string[], query: URLSearchParams): KubeResponse {
  if (tooMany.length > 0) return pageNotFound;
  const checks = checksOf(root);
  if (check !== undefined) return checks.includes(check) ? text("ok") : pageNotFound;
  if (query.get("verbose") === null) return text("ok");
  const excluded = query.getAll("exclude");
  const lines = checks.map((name) => (excluded.includes(name) ? `[+]${name} excluded: ok` : `[+]${name} ok`));
  return text(`${lines.join("\n")}\n${root} check passed\n`);
}

function text(body: string): KubeResponse {
  return { kind: "text", status: 200, text: body };
}

/** In the order of Kubernetes 1.36. */
function checksOf(root: string): readonly string[] {
  return root === "readyz"
    ? ["ping", "log", "etcd", "etcd-readiness", "informer-sync", ...hooks, "shutdown"]
    : ["ping", "log", "loopback-serving-certificate", "etcd", ...hooks];
}

const hooks = [
  "poststarthook/start-apiserver-admission-initializer",
  "poststarthook/generic-apiserver-start-informers",
  "poststarthook/priority-and-fairness-config-consumer",
  "poststarthook/priority-and-fairness-filter",
  "poststarthook/storage-object-count-tracker-hook",
  "poststarthook/start-apiextensions-informers",
  "poststarthook/start-apiextensions-controllers",
  "poststarthook/crd-informer-synced",
  "poststarthook/start-system-namespaces-controller",
  "poststarthook/peer-endpoint-reconciler-controller",
  "poststarthook/start-cluster-authentication-info-controller",
  "poststarthook/start-kube-apiserver-identity-lease-controller",
  "poststarthook/start-kube-apiserver-identity-lease-garbage-collector",
  "poststarthook/storage-readiness",
  "poststarthook/start-legacy-token-tracking-controller",
  "poststarthook/start-service-ip-repair-controllers",
  "poststarthook/rbac/bootstrap-roles",
  "poststarthook/scheduling/bootstrap-system-priority-classes",
  "poststarthook/priority-and-fairness-config-producer",
  "poststarthook/bootstrap-controller",
  "poststarthook/start-kubernetes-service-cidr-controller",
  "poststarthook/start-kube-aggregator-informers",
  "poststarthook/apiservice-status-local-available-controller",
  "poststarthook/apiservice-status-remote-available-controller",
  "poststarthook/apiservice-registration-controller",
  "poststarthook/apiservice-wait-for-first-sync",
  "poststarthook/apiservice-discovery-controller",
  "poststarthook/kube-apiserver-autoregistration",
  "autoregister-completion",
  "poststarthook/apiservice-openapi-controller",
  "poststarthook/apiservice-openapiv3-controller",
];
