/** A deploy, a second revision, a shift of traffic and an upgrade, all through the SDK: `virtual-program.ts SEED` prints what happened. */
import { createHash } from "node:crypto";
import { defineApp } from "@fairway/model";
import { createPlatform } from "../src/live/platform.ts";
import { openVirtualWorld } from "../src/virtual/world.ts";

export async function deployAndUpgrade(seed: number) {
  using world = await openVirtualWorld({ seed });
  const { azure, httpClient } = world;
  const startMs = world.kernel.clock.now();
  const { clusterAddress } = await world.run(() =>
    createPlatform(azure, { group: "lab", name: "prod", nodeCount: 3, httpClient }),
  );
  const target = await world.connect(clusterAddress);
  const outcome = await world.run(async () => {
    const [first, second] = [await target.apply(web("1.0.0")).result(), await target.apply(web("1.1.0")).result()];
    await target.shift("web", { [second.name]: 100 }).result();
    const upgrades = target.capability("upgrades");
    const version = (await upgrades.available()).at(-1)?.version ?? "";
    const cluster = await upgrades.start(version).result();
    const weights = (await target.revisions("web")).map(({ name, weight }): [string, number] => [name, weight]);
    return { revisions: [first.name, second.name], weights: Object.fromEntries(weights), version, cluster };
  });
  const trace = world.kernel.trace.records().map((record) => `${JSON.stringify(record)}\n`);
  return { ...outcome, trace, virtualMs: world.kernel.clock.now() - startMs };
}

function web(tag: string) {
  return defineApp({
    name: "web",
    image: `web:${tag}`,
    ingress: { exposure: "public" },
    scale: { min: 3, max: 3 },
    availability: { maxUnavailable: 1 },
  });
}

export function digestOf(trace: readonly string[]): string {
  return createHash("sha256").update(trace.join("")).digest("hex");
}

const [, program, seed] = process.argv;
if (program === import.meta.filename) {
  process.stdout.write(digestOf((await deployAndUpgrade(Number(seed))).trace));
}
