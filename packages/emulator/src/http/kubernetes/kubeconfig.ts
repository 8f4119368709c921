import { stringify } from "yaml";
import type { EntraSignIn } from "../arm/container-service/credentials.ts";
import { clientAppId, serverAppId } from "./entra.ts";

export interface KubeconfigOptions {
  /** Name of the cluster, and of the context. */
  readonly clusterName: string;
  /** `https://host:port` of the API server. */
  readonly url: string;
  readonly caPem: string;
  /** What users have: a static token, or a way to get one. */
  readonly signIn: { readonly token: string } | EntraSignIn;
  /** As AKS names it: `clusterUser_<resource group>_<cluster>`. */
  readonly user: string;
}

/** The kubeconfig that AKS gives out, as YAML. */
export function kubeconfig({ clusterName, url, caPem, signIn, user }: KubeconfigOptions): string {
  const authority = Buffer.from(caPem).toString("base64");
  return stringify(
    {
      apiVersion: "v1",
      clusters: [{ cluster: { "certificate-authority-data": authority, server: url }, name: clusterName }],
      contexts: [{ context: { cluster: clusterName, user }, name: clusterName }],
      "current-context": clusterName,
      kind: "Config",
      preferences: {},
      users: [{ name: user, user: "token" in signIn ? signIn : entraUser(signIn) }],
    },
    { lineWidth: 0 },
  );
}

const installHint = `
kubelogin is not installed which is required to connect to AAD enabled cluster.

To learn more, please go to https://aka.ms/aks/kubelogin
`;

/** Source: AKS docs, kubelogin; Azure/kubelogin, converting from the azure auth provider. */
function entraUser({ tenantId, format }: EntraSignIn): Record<string, unknown> {
  const environment = "AzurePublicCloud";
  if (format === "azure") {
    const config = {
      "apiserver-id": serverAppId,
      "client-id": clientAppId,
      "config-mode": "1",
      environment,
      "tenant-id": tenantId,
    };
    return { "auth-provider": { config, name: "azure" } };
  }
  const options = {
    environment,
    "server-id": serverAppId,
    "client-id": clientAppId,
    "tenant-id": tenantId,
    login: "devicecode",
  };
  return {
    exec: {
      apiVersion: "client.authentication.k8s.io/v1beta1",
      args: ["get-token", ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])],
      command: "kubelogin",
      env: null,
      installHint,
      provideClusterInfo: false,
    },
  };
}
