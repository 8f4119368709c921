import { expect, test } from "vitest";
import { kubernetes, like, namespace, shop, startCluster } from "./azure.ts";

const program = `console.log("reading the configuration"); console.error("no ledger at db:5432"); process.exit(3);`;
const image = "registry.example/crash:1";
const images = { [image]: { command: [process.execPath, "-e", program] as const } };

test("a revision that crashes fails with its last words, and is tried anew when it is applied again", async () => {
  await using world = await startCluster({ runtime: "process", images });
  // Of its own, so that no other process that happens to get the same port says yes for it.
  const crashing = shop({ image, probes: { readiness: { path: "/nobody-else-has-this" } } });
  await expect(world.target.apply(crashing).result()).rejects.toMatchObject({
    code: "revision-failed",
    message: like(/CrashLoopBackOff.*exit code 3.*no ledger at db:5432/),
  });
  expect((await world.target.status("shop")).health).toBe("down");
  const { core } = await kubernetes(world.azure);
  const pods = async () => (await core.listNamespacedPod({ namespace })).items.map(({ metadata }) => metadata?.name);
  const [old] = await pods();
  const again = world.target.apply(crashing);
  await expect.poll(pods, { timeout: 10_000 }).not.toContain(old);
  expect(again.state().kind).toBe("running");
  again.cancel();
}, 60_000);
