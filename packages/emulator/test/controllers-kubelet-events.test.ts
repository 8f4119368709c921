import { describe, expect, test } from "vitest";
import { createTestWorld, deploymentOf, nodeSpec, resources, type TestWorld } from "./controllers-world.ts";

/** What the kubelets said, in order, as `reason: message`; of everything whose name starts so. */
function said(t: TestWorld, name: string, source = "kubelet"): string[] {
  const events = t.cluster.store.list({ group: "", resource: "events" });
  return events
    .filter((event) => JSON.stringify(event["source"]).includes(source))
    .filter((event) => (event["involvedObject"] as { name: string }).name.startsWith(name))
    .map((event) => `${String(event["reason"])}: ${String(event["message"])}`);
}

const newest = { kubernetesVersion: "1.36.2" };

function world(spec: object = {}, options: Parameters<typeof createTestWorld>[0] = newest): TestWorld {
  const t = createTestWorld({ ...options, nodes: 0 });
  t.cluster.addNode(nodeSpec(0, { kubeletVersion: options?.kubernetesVersion ?? "1.33.2" }));
  t.run(400);
  t.apply(resources.deployments, deploymentOf("web", { replicas: 1, ...spec }));
  t.run(60);
  return t;
}

describe("what a kubelet says of a pod", () => {
  test("it fetches the image, makes the container and starts it", () => {
    const t = world();
    expect(said(t, "web")).toEqual([
      'Pulling: Pulling image "web:1.0.0"',
      expect.stringMatching(
        /^Pulled: Successfully pulled image "web:1.0.0" in [\d.]+m?s \([\d.]+m?s including waiting\)\. Image size: \d+ bytes\.$/,
      ),
      "Created: Container created",
      "Started: Container started",
    ]);
    const [event] = t.events("Started");
    expect(event?.["involvedObject"]).toMatchObject({ kind: "Pod", fieldPath: "spec.containers{app}" });
  });

  test("at its own time, whenever somebody looks, and for an hour", () => {
    const t = world();
    const [pod] = t.pods();
    const startedAt = pod?.status?.containerStatuses?.[0]?.state.running?.startedAt;
    t.run(1_800);
    const [event] = t.events("Started");
    expect(event).toMatchObject({ metadata: { creationTimestamp: startedAt }, firstTimestamp: startedAt });
    t.run(1_900);
    expect(t.events("Started")).toEqual([]);
  });

  test("in the words of its version", () => {
    const t = world({}, { kubernetesVersion: "1.33.2" });
    expect(said(t, "web").slice(2)).toEqual(["Created: Created container: app", "Started: Started container app"]);
  });

  test("the second time the image is there", () => {
    const t = world();
    t.apply(resources.deployments, deploymentOf("web2", { replicas: 1, image: "web:1.0.0" }));
    t.run(60);
    expect(said(t, "web2")[0]).toBe(
      'Pulled: Container image "web:1.0.0" already present on machine and can be accessed by the pod',
    );
  });

  test("but latest is fetched every time", () => {
    const t = world({ image: "web:latest" });
    t.apply(resources.deployments, deploymentOf("web2", { replicas: 1, image: "web:latest" }));
    t.run(60);
    expect(said(t, "web2")[0]).toBe('Pulling: Pulling image "web:latest"');
  });

  test("it names init containers and says why one of them stops", () => {
    const t = world({ podSpec: { initContainers: [{ name: "setup", image: "setup:1", command: ["true"] }] } });
    expect(t.events("Started")[0]?.["involvedObject"]).toMatchObject({ fieldPath: "spec.initContainers{setup}" });
    t.apply(resources.deployments, deploymentOf("web", { replicas: 0 }));
    t.run(60);
    expect(said(t, "web").at(-1)).toBe("Killing: Stopping container app");
  });

  test("an image that no registry has", () => {
    const t = world({ image: "web:does-not-exist" });
    const problem =
      'rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/web:does-not-exist": failed to resolve reference "docker.io/library/web:does-not-exist": docker.io/library/web:does-not-exist: not found';
    expect(said(t, "web")).toEqual([
      'Pulling: Pulling image "web:does-not-exist"',
      `Failed: Failed to pull image "web:does-not-exist": ${problem}`,
      "Failed: Error: ErrImagePull",
      'BackOff: Back-off pulling image "web:does-not-exist"',
      "Failed: Error: ImagePullBackOff",
    ]);
    const [pod] = t.pods();
    expect(pod?.status?.containerStatuses?.[0]?.state.waiting).toEqual({
      reason: "ImagePullBackOff",
      message: `Back-off pulling image "web:does-not-exist": ErrImagePull: ${problem}`,
    });
  });

  test("an image with no name at all", () => {
    const t = world({ image: "Web::" });
    const problem =
      'Failed to apply default image tag "Web::": couldn\'t parse image name "Web::": invalid reference format';
    expect(said(t, "web")).toEqual([`InspectFailed: ${problem}`, "Failed: Error: InvalidImageName"]);
    expect(t.pods()[0]?.status?.containerStatuses?.[0]?.state.waiting?.reason).toBe("InvalidImageName");
  });

  test("configuration that is missing", () => {
    const t = world({ container: { envFrom: [{ configMapRef: { name: "nope" } }] } });
    const told = said(t, "web");
    expect(told.slice(0, 3)).toEqual([
      'Pulling: Pulling image "web:1.0.0"',
      expect.stringMatching(/^Pulled: /),
      'Failed: Error: configmap "nope" not found',
    ]);
  });

  test("a container that keeps ending", () => {
    const crash = { afterMs: 100, exitCode: 1 };
    const t = world({}, { ...newest, behaviour: () => ({ crash }) });
    const [pod] = t.pods();
    const owner = `${pod?.metadata.name}_default(${pod?.metadata.uid})`;
    expect(said(t, "web")).toContain(`BackOff: Back-off restarting failed container app in pod ${owner}`);
    expect(Number(t.events("Created")[0]?.["count"])).toBeGreaterThan(2);
  });

  test("a deadline that has passed", () => {
    const t = world({ podSpec: { activeDeadlineSeconds: 20 } });
    expect(t.events("DeadlineExceeded")[0]).toMatchObject({
      type: "Normal",
      message: "Pod was active on the node longer than the specified deadline",
    });
  });
});

describe("what is said of a node", () => {
  test("that it came, is ready, and is cordoned and freed", () => {
    const t = world();
    const { name } = nodeSpec(0);
    t.cluster.setUnschedulable(name, true);
    t.cluster.setUnschedulable(name, false);
    const now = (reason: string): string => `${reason}: Node ${name} status is now: ${reason}`;
    expect(said(t, name)).toEqual([
      "Starting: Starting kubelet.",
      now("NodeHasSufficientMemory"),
      now("NodeHasNoDiskPressure"),
      now("NodeHasSufficientPID"),
      "NodeAllocatableEnforced: Updated Node Allocatable limit across pods",
      now("NodeReady"),
      now("NodeNotSchedulable"),
      now("NodeSchedulable"),
    ]);
    expect(said(t, name, "node-controller")).toEqual([
      `RegisteredNode: Node ${name} event: Registered Node ${name} in Controller`,
    ]);
  });
});
