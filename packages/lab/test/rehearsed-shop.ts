import { createPlatform } from "../src/live/platform.ts";
import { openDoor } from "../src/rehearse/cluster-door.ts";
import type { Manifest } from "../src/rehearse/manifests.ts";
import { type ClusterSnapshot, formatSnapshot, parseSnapshot } from "../src/rehearse/snapshot.ts";
import { openVirtualWorld, type VirtualWorld } from "../src/virtual/world.ts";

export async function snapshotOf(objects: readonly Manifest[]): Promise<ClusterSnapshot> {
  using world = await openVirtualWorld({ seed: 9 });
  const { target } = await startShop(world, objects);
  const facts = await world.run(() => target.capability("upgrades").facts());
  return parseSnapshot(formatSnapshot({ target: target.address, facts }), "it");
}

/** What is real here: a cluster of three nodes with these objects. */
export async function startShop(world: VirtualWorld, objects: readonly Manifest[]) {
  const { azure, httpClient } = world;
  const { clusterAddress: address, kubeconfig } = await world.run(() =>
    createPlatform(azure, { group: "shop", name: "prod", nodeCount: 3, httpClient }),
  );
  await world.run(async () => {
    const door = openDoor(azure, kubeconfig);
    await door.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    for (const one of objects) await door.create(one);
    await world.wait(60_000);
  });
  return { address, kubeconfig, target: await world.connect(address) };
}

export function deployment(name: string, { replicas }: { readonly replicas: number }): Manifest {
  const labels = { app: name };
  const container = {
    name: "app",
    image: `registry.example/${name}:1`,
    env: [{ name: "PASSWORD", value: "very-secret" }],
    resources: { requests: { cpu: "100m", memory: "128Mi" } },
    readinessProbe: { httpGet: { path: "/", port: 80 }, periodSeconds: 5 },
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "shop" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}

export function budget(name: string, limit: Readonly<Record<string, number>>): Manifest {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name, namespace: "shop" },
    spec: { ...limit, selector: { matchLabels: { app: name } } },
  };
}
