import type { IncomingHttpHeaders } from "node:http";
import { ArmError } from "../../world/arm/provider.ts";
import type { Cluster } from "../../world/cluster.ts";
import { KubeApi } from "../../world/kubernetes/kube-api.ts";
import type { OpenStream, StreamSink } from "../../world/kubernetes/request.ts";
import type { GroupResource } from "../../world/objects.ts";
import type { StoreEvent } from "../../world/store-table.ts";
import type { KubeconfigRequest } from "../arm/container-service/credentials.ts";
import { createKubeHandler, type KubeAnswer, type KubeCall, type KubeHandlerOptions } from "./handler.ts";
import { kubeconfig } from "./kubeconfig.ts";

/** One HTTP call to an API server. */
export interface InProcessCall {
  readonly method: string;
  /** `https://…`, as the kubeconfig and the path say. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

export type ObjectListener = (cluster: string, event: StoreEvent) => void;

interface Door {
  readonly cluster: Cluster;
  handle(call: KubeCall): Promise<KubeAnswer>;
  close(): void;
}

/** The API servers of all clusters without a network: known by the host names that their kubeconfigs have. */
export class InProcessClusters {
  readonly #options: Pick<KubeHandlerOptions, "token" | "refuse" | "authenticate">;
  readonly #doors = new Map<string, Door>();
  readonly #watched: { readonly resource: GroupResource; readonly listener: ObjectListener }[] = [];

  constructor(options: Pick<KubeHandlerOptions, "token" | "refuse" | "authenticate">) {
    this.#options = options;
  }

  serve(cluster: Cluster): Cluster {
    const api = new KubeApi(cluster);
    const handle = createKubeHandler({ ...this.#options, cluster, api, postReview: unreachableWebhook });
    this.#doors.set(hostOf(cluster), { cluster, handle, close: () => api.close() });
    for (const { resource, listener } of this.#watched) follow(cluster, resource, listener);
    return cluster;
  }

  kubeconfigOf({ cluster, resourceGroup, user, entra }: KubeconfigRequest): string {
    if (!this.#doors.has(hostOf(cluster))) {
      throw new ArmError(409, "OperationNotAllowed", "The cluster is not running yet.");
    }
    return kubeconfig({
      clusterName: cluster.name,
      url: `https://${hostOf(cluster)}`,
      caPem: "",
      signIn: entra ?? { token: this.#options.token },
      user: `${user}_${resourceGroup}_${cluster.name}`,
    });
  }

  /** Rejects like a connection that is refused when there is no such server, or while it is away. */
  async handle(call: InProcessCall): Promise<KubeAnswer> {
    const { host, pathname, search } = new URL(call.url);
    const door = this.#doors.get(host);
    if (!door?.cluster.apiServer.available) throw connectionRefused(host);
    const { method, headers, body } = call;
    const answer = await door.handle({ method, target: `${pathname}${search}`, headers, body: async () => body });
    return answer.kind === "stream" ? { ...answer, open: whileAvailable(door.cluster, answer.open) } : answer;
  }

  /** Calls `listener` for each change of a resource in every cluster, also in those that come later. */
  onObject(resource: GroupResource, listener: ObjectListener): void {
    this.#watched.push({ resource, listener });
    for (const { cluster } of this.#doors.values()) follow(cluster, resource, listener);
  }

  close(): void {
    for (const door of this.#doors.values()) door.close();
  }
}

function follow({ name, store }: Cluster, resource: GroupResource, listener: ObjectListener): void {
  store.subscribe((event) => listener(name, event), resource);
}

function hostOf({ domain }: Cluster): string {
  return `api.${domain}`.toLowerCase();
}

function connectionRefused(host: string): Error {
  const cause = Object.assign(new Error(`connect ECONNREFUSED ${host}:443`), { code: "ECONNREFUSED" });
  return new TypeError("fetch failed", { cause });
}

/** Nothing outside of the process is there. */
async function unreachableWebhook({ url }: { readonly url: string }): Promise<never> {
  throw new Error(`Post "${url}": dial tcp: connect: connection refused`);
}

/** Open watches break when the API server goes. */
function whileAvailable(cluster: Cluster, open: OpenStream): OpenStream {
  return (sink: StreamSink) => {
    const stopFollowing = cluster.apiServer.onChange((available) => {
      if (!available) end();
    });
    const stop = open(sink);
    function end(): void {
      stopFollowing();
      stop();
      sink.end();
    }
    return () => {
      stopFollowing();
      stop();
    };
  };
}
