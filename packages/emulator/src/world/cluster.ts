import type { KubeObject } from "./objects.ts";
import type { Address, Usage } from "./ports.ts";
import type { ObjectStore } from "./store.ts";
import type { World } from "./world.ts";

/** One Kubernetes cluster: its objects, its controllers, its machines. Made by `createCluster` in controllers/. */
export interface Cluster {
  readonly world: World;
  /** Unique in the world, safe in file names: the ARM name of the cluster. */
  readonly name: string;
  /** Suffix of the host names of routes: `<name>.<domain>`. */
  readonly domain: string;
  readonly store: ObjectStore;
  /** `major.minor.patch` of the control plane; the version endpoint and the discovery answer with it. */
  kubernetesVersion: string;
  /** False while the control plane is replaced or lost: nobody reaches the API, controllers stand still, workloads go on. */
  readonly apiServer: Availability;

  /** Creates the Node object; it turns Ready when its kubelet has joined (`nodes.join` of the calibration). */
  addNode(node: NodeSpec): void;
  /** A machine that works since before the cluster was saved. Its Node object comes with the others. */
  resumeNode(node: NodeSpec, resumed: Resumed): void;
  /** The machine and its Node object go; replicas on it are killed at once. */
  removeNode(name: string): void;
  /** The machine is lost without a word: replicas die, the Node object stays and turns NotReady after the grace period. */
  loseNode(name: string): void;
  /** Replicas are killed and the node joins again; a machine that is lost, or has not joined, is none the better for it. */
  rebootNode(name: string): void;
  /** Same machine, new image: replicas are killed, the node leaves and joins again with the new version. `joined` is called when it is Ready. */
  reimageNode(
    name: string,
    /** `joins: false`: the machine never comes back (fault). Default true. */
    changes: { kubeletVersion: string; nodeImage: string; labels: Record<string, string>; joins?: boolean },
    joined: () => void,
  ): void;
  setUnschedulable(name: string, unschedulable: boolean): void;
  readonly resourceMetrics: ResourceMetrics;
  /** Exactly what the eviction subresource does. */
  evict(namespace: string, pod: string, options?: EvictionOptions): EvictionResult;
  /** Where a port of a pod can really be reached. Undefined: the pod only stands for one. */
  podAddress?(podUid: string, port: number): Address | undefined;
  /** Asks admission webhooks about the pods of controllers. Whoever serves the API sets it; until then they are not asked. */
  askWebhooks?: AskWebhooks | undefined;
  /** Event on an object, as `kubectl get events` shows it. */
  recordEvent(event: ClusterEvent): void;
  close(): void;
}

/** The answer comes later. */
export type AskWebhooks = (pod: KubeObject, answered: (answer: WebhookAnswer) => void) => void;

export type WebhookAnswer =
  | { readonly kind: "allowed"; readonly object: KubeObject }
  | { readonly kind: "refused"; readonly message: string };

/** What metrics-server knows at this moment; undefined: nothing (yet). */
export interface ResourceMetrics {
  pod(namespace: string, name: string): PodSample | undefined;
  node(name: string): NodeSample | undefined;
}

/** Of the time from `atMs - windowMs` to `atMs`. */
export interface Sample {
  readonly atMs: number;
  readonly windowMs: number;
}

export interface PodSample extends Sample {
  readonly containers: readonly ({ readonly name: string } & Usage)[];
}

export type NodeSample = Sample & Usage;

export interface Availability {
  readonly available: boolean;
  set(available: boolean): void;
  onChange(listener: (available: boolean) => void): () => void;
}

export interface NodeSpec {
  readonly name: string;
  readonly pool: string;
  readonly mode: "System" | "User";
  readonly kubeletVersion: string;
  readonly nodeImage: string;
  readonly zone: string;
  readonly vmSize: string;
  readonly cpuMillicores: number;
  readonly memoryMiB: number;
  readonly maxPods: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly { key: string; value?: string; effect: string }[];
  /** False: the VM comes up but never joins (fault). Default true. */
  readonly joins?: boolean;
}

export interface Resumed {
  /** Its number in the cluster, from which its addresses come. */
  readonly index: number;
  /** Pods that have had an address of it. */
  readonly podCount: number;
  /** Uids of the pods that run there and are ready, as their status says. */
  readonly pods: readonly string[];
}

export interface EvictionOptions {
  readonly dryRun?: boolean;
  /** Default: what the pod says itself. */
  readonly graceSeconds?: number;
  /** Of which pod the client thinks: another one is not evicted. */
  readonly uid?: string;
  readonly resourceVersion?: string;
}

export type EvictionResult =
  | { readonly kind: "evicted" }
  | { readonly kind: "not-found" }
  /** With the status, message and details that the API server gives; the reason can be empty. */
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly reason: string;
      readonly message: string;
      readonly details?: {
        readonly name?: string;
        readonly group?: string;
        readonly kind?: string;
        readonly causes?: readonly { reason: string; message: string }[];
        readonly retryAfterSeconds?: number;
      };
    };

export interface ClusterEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  readonly source: string;
  /** What was tried. With it the event takes the form of events.k8s.io, as those of the scheduler do. */
  readonly action?: string;
  readonly involved: {
    apiVersion: string;
    kind: string;
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    /** `spec.containers{app}` */
    fieldPath?: string;
  };
}
