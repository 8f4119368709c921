import { ArmError } from "../../world/arm/provider.ts";
import type { Cluster } from "../../world/cluster.ts";
import type { KubeconfigRequest } from "../arm/container-service/credentials.ts";
import type { Certificates } from "../tls.ts";
import { kubeconfig } from "./kubeconfig.ts";
import { type ApiServer, type ApiServerOptions, createApiServer } from "./server.ts";

export interface ClusterServersOptions {
  readonly certificates: Certificates;
  readonly host: string;
  readonly token: string;
  readonly authenticate?: ApiServerOptions["authenticate"];
  readonly refuse?: ApiServerOptions["refuse"];
  /** Clusters take this port and the next ones; 0: any free ones. */
  readonly firstPort: number;
}

/** The API servers of all clusters, one port each: begun when a cluster is made, ended when it is deleted. */
export class ClusterServers {
  readonly #options: ClusterServersOptions;
  readonly #servers = new Map<Cluster, Promise<ApiServer>>();
  readonly #listening = new Map<Cluster, ApiServer>();
  #count = 0;

  constructor(options: ClusterServersOptions) {
    this.#options = options;
  }

  /** Begins to listen, and returns the cluster; it is reachable long before its creation has succeeded. */
  serve(cluster: Cluster): Cluster {
    const { certificates, host, token, firstPort } = this.#options;
    const port = firstPort === 0 ? 0 : firstPort + this.#count++;
    const { refuse, authenticate } = this.#options;
    const more = { ...(refuse ? { refuse } : {}), authenticate };
    const listen = (wanted: number) => createApiServer({ cluster, certificates, host, token, ...more, port: wanted });
    // A wanted port that somebody else has is no reason to fail: the kubeconfig tells the real one.
    const starting = listen(port).catch(() => listen(0));
    this.#servers.set(cluster, starting);
    starting.then(
      (server) => this.#listening.set(cluster, server),
      (error: unknown) => cluster.world.trace.add("kubernetes.bug", { message: String(error) }),
    );
    return cluster;
  }

  kubeconfigOf({ cluster, resourceGroup, user, entra }: KubeconfigRequest): string {
    const server = this.#listening.get(cluster);
    if (!server) throw new ArmError(409, "OperationNotAllowed", "The cluster is not running yet.");
    const { certificates, token } = this.#options;
    return kubeconfig({
      clusterName: cluster.name,
      url: server.url,
      caPem: certificates.caPem,
      signIn: entra ?? { token },
      user: `${user}_${resourceGroup}_${cluster.name}`,
    });
  }

  async close(): Promise<void> {
    const started = await Promise.allSettled(this.#servers.values());
    await Promise.all(started.filter((one) => one.status === "fulfilled").map((one) => one.value.close()));
  }
}
