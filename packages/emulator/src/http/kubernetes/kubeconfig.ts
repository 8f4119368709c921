import { stringify } from "yaml";

export interface KubeconfigOptions {
  /** Name of the cluster, and of the context. */
  readonly clusterName: string;
  /** `https://host:port` of the API server. */
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
  /** As AKS names it: `clusterUser_<resource group>_<cluster>`. */
  readonly user: string;
}

/** The kubeconfig that AKS gives out, as YAML. */
export function kubeconfig({ clusterName, url, caPem, token, user }: KubeconfigOptions): string {
  const authority = Buffer.from(caPem).toString("base64");
  return stringify(
    {
      apiVersion: "v1",
      clusters: [{ cluster: { "certificate-authority-data": authority, server: url }, name: clusterName }],
      contexts: [{ context: { cluster: clusterName, user }, name: clusterName }],
      "current-context": clusterName,
      kind: "Config",
      preferences: {},
      users: [{ name: user, user: { token } }],
    },
    { lineWidth: 0 },
  );
}
