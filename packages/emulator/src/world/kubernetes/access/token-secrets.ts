import type { Cluster } from "../../cluster.ts";
import type { KubeObject } from "../../objects.ts";
import { recordAt, textAt } from "../json.ts";
import type { ServiceAccountTokens } from "./service-account-tokens.ts";

const secrets = { group: "", resource: "secrets" };
const accounts = { group: "", resource: "serviceaccounts" };
const nameAnnotation = "kubernetes.io/service-account.name";
const uidAnnotation = "kubernetes.io/service-account.uid";

/**
 * Fills in the secrets that people make for the token of a service account, and removes them with it. Returns the function
 * that ends it. Source: kubernetes/kubernetes pkg/controller/serviceaccount tokens_controller.go.
 */
export function createTokenSecretLifecycle(cluster: Cluster, tokens: ServiceAccountTokens, caPem: string): () => void {
  const { store, world } = cluster;
  const due = new Set<string>();
  function runDue(): void {
    const namespaces = [...due];
    due.clear();
    for (const namespace of namespaces) {
      for (const secret of store.list(secrets, namespace)) if (isTokenSecret(secret)) reconcile(secret);
    }
  }
  function reconcile(secret: KubeObject): void {
    const { namespace = "", name, annotations = {} } = secret.metadata;
    const account = store.get(accounts, namespace, annotations[nameAnnotation] ?? "");
    const uid = account?.metadata.uid ?? "";
    if (!account || (annotations[uidAnnotation] ?? uid) !== uid) {
      store.delete(secrets, namespace, name);
      return;
    }
    const kept = recordAt(secret, "data");
    if (kept["token"] !== undefined && kept["ca.crt"] !== undefined && kept["namespace"] !== undefined) return;
    const data = {
      "ca.crt": base64(caPem),
      namespace: base64(namespace),
      token: kept["token"] ?? base64(tokens.issueForSecret(account, name)),
    };
    store.update(secrets, namespace, name, (current) => ({
      ...current,
      metadata: { ...current.metadata, annotations: { ...current.metadata.annotations, [uidAnnotation]: uid } },
      data: { ...recordAt(current, "data"), ...data },
    }));
  }
  return store.subscribe(({ type, resource, object }) => {
    const concerns =
      resource.group === "" &&
      ((resource.resource === "secrets" && isTokenSecret(object)) ||
        (resource.resource === "serviceaccounts" && type === "DELETED"));
    if (!concerns) return;
    if (due.size === 0) world.clock.after(0, runDue);
    due.add(object.metadata.namespace ?? "");
  });
}

function isTokenSecret(secret: KubeObject): boolean {
  return textAt(secret, "type") === "kubernetes.io/service-account-token";
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
