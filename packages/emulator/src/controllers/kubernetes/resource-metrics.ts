import type { NodeSample, PodSample, ResourceMetrics, Sample } from "../../world/cluster.ts";
import { durationMs } from "../../world/world.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { Kubelets } from "./kubelet.ts";
import type { Machine } from "./machines.ts";
import { podsOnNode } from "./pod-lookup.ts";
import type { RunningContainer } from "./pod-runner.ts";

/** What kubelet, containerd and the system itself use of a node: assumed. */
const systemUsage = { cpuMillicores: 90, memoryBytes: 900 * 1_048_576 };

/**
 * metrics-server: every node is asked at the same beat, and what it says is the difference of the last two answers.
 * Since all that runs can say what it used in any window, it is computed when somebody asks.
 */
export function createResourceMetrics(
  plane: ControlPlane,
  kubelets: Kubelets,
  machineOf: (node: string) => Machine | undefined,
): ResourceMetrics {
  const { world, clusterName, store } = plane;
  const random = world.random.stream(`${clusterName}/metrics-server`);
  const beatMs = durationMs(world, "metricsServer.scrape", random);
  const beganMs = world.clock.now();
  // A container that runs for less has no sample: too short to count.
  const freshMs = durationMs(world, "metricsServer.leastAge", random);

  function lastBeatMs(): number {
    return beganMs + Math.floor((world.clock.now() - beganMs) / beatMs) * beatMs;
  }

  /** Undefined while there are no two answers, or a first one that is old enough. */
  function sampleOf(startedAtMs: number): Sample | undefined {
    const atMs = lastBeatMs();
    const ageMs = atMs - startedAtMs;
    if (ageMs > beatMs) return { atMs, windowMs: beatMs };
    return ageMs >= freshMs ? { atMs, windowMs: ageMs } : undefined;
  }

  function pod(namespace: string, name: string): PodSample | undefined {
    const running = kubelets.containersOf(namespace, name).filter(({ startedAtMs }) => startedAtMs < lastBeatMs());
    const samples = running.map((container) => measured(container, sampleOf(container.startedAtMs)));
    const [first] = samples;
    // Unless all of its containers can be told, a pod is left out.
    if (!first || samples.includes(undefined)) return undefined;
    const { atMs, windowMs } = first;
    return { atMs, windowMs, containers: samples.flatMap((sample) => sample?.container ?? []) };
  }

  function node(name: string): NodeSample | undefined {
    const machine = machineOf(name);
    const sample = machine?.state.kind === "joined" ? sampleOf(machine.state.atMs) : undefined;
    if (!sample) return undefined;
    const containers = podsOnNode(store, name).flatMap(
      ({ metadata }) => pod(metadata.namespace ?? "", metadata.name)?.containers ?? [],
    );
    return {
      ...sample,
      cpuMillicores: containers.reduce((sum, one) => sum + one.cpuMillicores, systemUsage.cpuMillicores),
      memoryBytes: containers.reduce((sum, one) => sum + one.memoryBytes, systemUsage.memoryBytes),
    };
  }

  return { pod, node };
}

type Measured = Sample & { readonly container: PodSample["containers"][number] };

function measured({ name, usage }: RunningContainer, sample: Sample | undefined): Measured | undefined {
  const used = sample && usage(sample.atMs - sample.windowMs, sample.atMs);
  return sample && used && { ...sample, container: { name, ...used } };
}
