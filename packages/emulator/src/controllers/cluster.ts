import type { Availability, Cluster, ClusterEvent } from "../world/cluster.ts";
import { createClusterClasses } from "../world/kubernetes/cluster-classes.ts";
import { ObjectStore, type StoreEvent } from "../world/store.ts";
import type { World } from "../world/world.ts";
import { actorOf, kubeletActor } from "./kubernetes/actors.ts";
import { startAutoscalers } from "./kubernetes/autoscaler.ts";
import { createAvailability } from "./kubernetes/availability.ts";
import type { ControlPlane, WorkQueue } from "./kubernetes/control-plane.ts";
import { startCronJobController } from "./kubernetes/cron-job.ts";
import { startDaemonSetController } from "./kubernetes/daemon-set.ts";
import { startDeploymentController } from "./kubernetes/deployment.ts";
import { startDisruptionController } from "./kubernetes/disruption.ts";
import { startEndpointMirror } from "./kubernetes/endpoint-mirror.ts";
import { startEndpointsController } from "./kubernetes/endpoints.ts";
import { createEventRecorder } from "./kubernetes/event-recorder.ts";
import { evictPod } from "./kubernetes/eviction.ts";
import { startGarbageCollector } from "./kubernetes/garbage-collector.ts";
import { startHttpRoutes } from "./kubernetes/http-routes.ts";
import { startJobController } from "./kubernetes/job.ts";
import type { Kind } from "./kubernetes/kinds.ts";
import { startKubelets } from "./kubernetes/kubelet.ts";
import { startLeases } from "./kubernetes/leases.ts";
import type { Machine } from "./kubernetes/machines.ts";
import { startNodeEvents } from "./kubernetes/node-events.ts";
import { startNodeLifecycle } from "./kubernetes/node-lifecycle.ts";
import { createNodeCommands } from "./kubernetes/nodes.ts";
import { createPodAddresses } from "./kubernetes/pod-addresses.ts";
import { startStaleDisruption } from "./kubernetes/pod-disruption.ts";
import { PodReviews } from "./kubernetes/pod-reviews.ts";
import { createPropagation } from "./kubernetes/propagation.ts";
import { startReplicaSetController } from "./kubernetes/replica-set.ts";
import { createResourceMetrics } from "./kubernetes/resource-metrics.ts";
import { startRoleAggregation } from "./kubernetes/role-aggregation.ts";
import { scaledObjectMetrics, startScaledObjects } from "./kubernetes/scaled-object.ts";
import { startScheduler } from "./kubernetes/scheduler.ts";
import { startServiceRoutes } from "./kubernetes/service-routes.ts";
import { startStatefulSetController } from "./kubernetes/stateful-set.ts";
import { createSystemPods } from "./kubernetes/system-pods.ts";
import { startVolumeControllers } from "./kubernetes/volumes.ts";
import { createWorkQueue } from "./kubernetes/work-queue.ts";

export interface ClusterOptions {
  readonly world: World;
  readonly name: string;
  /** See `Cluster.domain`. */
  readonly domain: string;
  /** `major.minor.patch` */
  readonly kubernetesVersion: string;
  /** Region of its nodes. Default `westeurope`. */
  readonly location?: string;
  /** coredns and konnectivity-agent, with their disruption budgets. Default true. */
  readonly systemPods?: boolean;
}

/** A cluster without nodes; its controllers run from the first moment. */
export function createCluster(options: ClusterOptions): Cluster {
  const { world, name, domain } = options;
  const store = new ObjectStore(world, kubeletActor, world.tellsOwners);
  const machines = new Map<string, Machine>();
  const door: Pick<Cluster, "askWebhooks"> = { askWebhooks: undefined };
  const versions = { kubernetesVersion: options.kubernetesVersion };
  const { plane, close } = createControlPlane({
    world,
    clusterName: name,
    domain,
    store,
    apiServer: createAvailability(),
    kubernetesVersion: () => versions.kubernetesVersion,
    podReviews: new PodReviews(world, () => door.askWebhooks),
  });
  const machineOf = (node: string): Machine | undefined => machines.get(node);
  const addresses = createPodAddresses();
  startWorkloadControllers(plane);
  startNetwork(plane, createPropagation(plane, addresses));
  const kubelets = startKubelets(plane, addresses, machineOf);
  const resourceMetrics = createResourceMetrics(plane, kubelets, machineOf);
  startAutoscalers(plane, { resources: resourceMetrics, external: scaledObjectMetrics(plane) });
  startNodeEvents(plane, machineOf);
  const lifecycle = startNodeLifecycle(plane, machineOf);
  const nodes = createNodeCommands({ plane, machines, kubelets, location: options.location ?? "westeurope" });
  startLeases(plane, machines);
  createClusterClasses(store);
  if (options.systemPods ?? true) createSystemPods(plane);
  return {
    world,
    name,
    domain,
    store,
    apiServer: plane.apiServer,
    resourceMetrics,
    get kubernetesVersion() {
      return versions.kubernetesVersion;
    },
    set kubernetesVersion(version) {
      versions.kubernetesVersion = version;
    },
    podAddress: (podUid, port) => addresses.find(podUid, port),
    get askWebhooks() {
      return door.askWebhooks;
    },
    set askWebhooks(ask) {
      door.askWebhooks = ask;
    },
    addNode: (spec) => nodes.addNode(spec),
    resumeNode: (spec, resumed) => nodes.resumeNode(spec, resumed),
    removeNode: (node) => nodes.removeNode(node),
    loseNode(node) {
      nodes.loseNode(node);
      lifecycle.watchSilent(node);
    },
    rebootNode: (node) => nodes.rebootNode(node),
    reimageNode: (node, changes, joined) => nodes.reimageNode(node, changes, joined),
    setUnschedulable: (node, unschedulable) => nodes.setUnschedulable(node, unschedulable),
    evict: (namespace, pod, evictOptions) =>
      store.actingAs(undefined, () => evictPod(plane, namespace, pod, evictOptions)),
    recordEvent: plane.recordEvent,
    close() {
      nodes.close();
      close();
    },
  };
}

function startWorkloadControllers(plane: ControlPlane): void {
  startGarbageCollector(plane);
  // Sets first: a deployment then sees what they have made of the last change.
  startReplicaSetController(plane);
  startDeploymentController(plane);
  startStatefulSetController(plane);
  startDaemonSetController(plane);
  startJobController(plane);
  startCronJobController(plane);
  startVolumeControllers(plane);
  startDisruptionController(plane);
  startStaleDisruption(plane);
  startRoleAggregation(plane);
  startScheduler(plane);
  startScaledObjects(plane);
}

function startNetwork(plane: ControlPlane, propagation: ReturnType<typeof createPropagation>): void {
  startEndpointsController(plane);
  startEndpointMirror(plane);
  startServiceRoutes(plane, propagation);
  startHttpRoutes(plane, propagation);
}

type PlaneParts = Omit<ControlPlane, "recordEvent" | "queue" | "watch" | "onClose"> & { apiServer: Availability };

function createControlPlane(parts: PlaneParts): { plane: ControlPlane; close(): void } {
  const ends: (() => void)[] = [];
  const tools = { queue, watch, onClose: (run: () => void) => void ends.push(run) };
  const recordEvent: (event: ClusterEvent) => void = createEventRecorder({ ...parts, ...tools });

  function queue(name: string, reconcile: (key: string) => void, restMs = (_key: string) => 0): WorkQueue {
    const actor = actorOf(name);
    const acting = (key: string): void => parts.store.actingAs(actor, () => reconcile(key));
    const created = createWorkQueue({
      name,
      world: parts.world,
      apiServer: parts.apiServer,
      reconcile: acting,
      restMs,
    });
    ends.push(() => created.close());
    return created;
  }

  function watch<T>(kind: Kind<T>, listener: Parameters<typeof plane.watch<T>>[1]): void {
    // Validated on its way into the store, as in `typed` of kinds.ts.
    const follow = ({ type, object, previous }: StoreEvent): void => {
      const told = { type, object: object as T, previous: previous as T | undefined };
      parts.store.actingAs(kubeletActor, () => listener(told));
    };
    ends.push(parts.store.subscribe(follow, kind.resource, "can-wait"));
  }

  const plane: ControlPlane = { ...parts, ...tools, recordEvent };
  return { plane, close: () => ends.splice(0).forEach((end) => end()) };
}
