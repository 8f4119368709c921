import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ContainerServiceClient } from "@azure/arm-containerservice";
import { type Azure, startAzure } from "@fairway/emulator";
import { createPlatform } from "@fairway/lab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exitCodes } from "../src/exit-codes.ts";
import { run } from "./run.ts";

const patience = { timeout: 120_000 };
let folder = "";
let azure: Azure;
let client: ContainerServiceClient;
let environment: Record<string, string> = {};
/** Versions that the cluster can go to, the newest last. */
let minor = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fairway-bad-upgrades-"));
  azure = await startAzure({ runtime: "model", timeScale: 300 });
  await writeFile(join(folder, "ca.pem"), azure.caCertificate);
  client = new ContainerServiceClient(azure.credential, azure.subscriptionId, {
    endpoint: azure.armUrl,
    tlsOptions: { ca: azure.caCertificate },
  } as ConstructorParameters<typeof ContainerServiceClient>[2]);
  const { clusterAddress } = await createPlatform(azure, { group: "shop", name: "main", nodeCount: 1 });
  environment = {
    ...azure.environment,
    FAIRWAY_TARGET: clusterAddress,
    FAIRWAY_ARM_ENDPOINT: azure.armUrl,
    FAIRWAY_ARM_CA: join(folder, "ca.pem"),
    FAIRWAY_JOURNAL: join(folder, "main.upgrade"),
  };
  // DefaultAzureCredential reads the environment of the process, not of the context.
  for (const name of ["IDENTITY_ENDPOINT", "IDENTITY_HEADER"]) process.env[name] = environment[name];
  minor = Number((await client.managedClusters.get("shop", "main")).currentKubernetesVersion?.split(".")[1]);
}, 120_000);
afterAll(async () => {
  await azure.close();
  await rm(folder, { recursive: true, force: true });
});

test.for([
  { what: "no version", to: () => "banana", says: /^"banana" is not a Kubernetes version/ },
  { what: "a minor that is skipped", to: () => `1.${minor + 2}`, says: /cannot go from 1\.\d+\.\d+ to 1\.\d+ at once/ },
  {
    what: "a version that there is not",
    to: () => `1.${minor + 1}.99`,
    says: /cannot go to 1\.\d+\.99: AKS has no such version here/,
  },
  { what: "a lower version", to: () => `1.${minor - 1}`, says: /is at 1\.\d+\.\d+, newer than 1\.\d+/ },
  {
    what: "the version that it has",
    to: () => `1.${minor}`,
    says: /is at 1\.\d+\.\d+ already, with all of its node pools/,
    fits: "latest",
  },
])("an upgrade to $what is refused, and says where the cluster can go", async ({ to, says, fits }) => {
  // The newest patch of its minor cannot be told apart from the one that it has.
  const current = (await client.managedClusters.get("shop", "main")).currentKubernetesVersion ?? "";
  const error = await refused(["upgrade", "plan", "--to", fits === undefined ? to() : current]);
  expect(error).toMatchObject({ code: "upgrade-invalid", message: expect.stringMatching(says) as unknown });
  expect(error.hint).toMatch(/Kubernetes version|can go to .*one minor version at a time|Give it like/);
});

test("a pool that there is not is refused, and the others are named", async () => {
  const error = await refused(["upgrade", "plan", "--to", `1.${minor + 1}`, "--pool", "nothere"]);
  expect(error).toMatchObject({
    code: "upgrade-invalid",
    message: "The cluster has no node pool nothere.",
    hint: "Choose among pool1.",
  });
});

test("a calibration that is wrong is refused before the cluster is asked", async () => {
  const file = join(folder, "calibration.yaml");
  await writeFile(file, "nodes.join: { distribution: { kind: fixed, seconds: -1 }, source: x, confidence: D }\n");
  const error = await refused(["upgrade", "plan", "--to", `1.${minor + 1}`, "--calibration", file]);
  expect(error).toMatchObject({ code: "usage", path: "nodes.join.distribution.seconds" });
});

test.for([
  { command: ["upgrade", "resume"], says: /has no upgrade/ },
  { command: ["upgrade", "status"], says: /has no upgrade/ },
  { command: ["upgrade", "pause"], says: /has no upgrade/ },
])("without a journal, $command says how one begins", async ({ command }) => {
  const error = await refused([...command, "--journal", join(folder, "none.upgrade")]);
  expect(error).toMatchObject({
    code: "conflict",
    hint: expect.stringContaining("fairway upgrade run --to VERSION") as unknown,
  });
});

test(
  "a journal that is damaged, of a newer Fairway, of another cluster or no file is told apart, and nothing is touched",
  patience,
  async () => {
    const begun = await run(["upgrade", "run", "--to", `1.${minor + 1}`, "--approve"], environment);
    expect(begun).toMatchObject({ code: 0, stdout: expect.stringContaining("waits for a person") as unknown });
    const good = await readFile(environment["FAIRWAY_JOURNAL"] ?? "", "utf8");
    const journal = async (name: string, text: string): Promise<string[]> => {
      const path = join(folder, name);
      await writeFile(path, text);
      return ["--journal", path];
    };
    const lines = good.split("\n");
    const damaged = await refused([
      "upgrade",
      "resume",
      ...(await journal("damaged", lines.with(1, `${lines[1]}x`).join("\n"))),
    ]);
    expect(damaged).toMatchObject({
      code: "journal-invalid",
      message: expect.stringContaining("is damaged at line 2") as unknown,
    });
    const newer = await refused(["upgrade", "resume", ...(await journal("newer", good.replaceAll(/^1 /gm, "7 ")))]);
    expect(newer).toMatchObject({
      code: "journal-invalid",
      message: expect.stringContaining("form 7; this Fairway reads 1") as unknown,
    });
    const text = await refused(["upgrade", "status", ...(await journal("text", "hello\nworld\n"))]);
    expect(text).toMatchObject({
      code: "journal-invalid",
      message: expect.stringContaining("damaged at line 1") as unknown,
    });
    const directory = await refused(["upgrade", "resume", "--journal", folder]);
    expect(directory).toMatchObject({ code: "usage", message: expect.stringContaining("cannot be read") as unknown });

    await createPlatform(azure, { group: "shop", name: "other", nodeCount: 1 });
    const other = ["--target", (environment["FAIRWAY_TARGET"] ?? "").replace("/main/", "/other/")];
    for (const command of [["resume"], ["pause"], ["abort"], ["rollback"], ["run", "--to", `1.${minor + 1}`]]) {
      const error = await refused(["upgrade", ...command, ...other]);
      expect(error, command[0]).toMatchObject({
        code: "journal-invalid",
        message: expect.stringMatching(/is about aks:\/\/.*\/main, not aks:\/\/.*\/other\.$/) as unknown,
      });
    }
    const again = await refused(["upgrade", "run", "--to", `1.${minor + 1}`]);
    expect(again).toMatchObject({
      code: "conflict",
      message: expect.stringContaining("is not over: it is paused") as unknown,
    });
    expect(await readFile(environment["FAIRWAY_JOURNAL"] ?? "", "utf8")).toBe(good);
  },
);

test(
  "a resume after somebody has upgraded by hand goes on where that leads, and is refused beyond the plan",
  patience,
  async () => {
    await upgradeByHand(`1.${minor + 1}`);
    const copy = join(folder, "copy.upgrade");
    await cp(environment["FAIRWAY_JOURNAL"] ?? "", copy);
    const resumed = await run(["upgrade", "resume"], environment);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stdout).toMatch(/: finished\n$/);
    await upgradeByHand(`1.${minor + 2}`);
    const beyond = await refused(["upgrade", "resume", "--journal", copy]);
    expect(beyond).toMatchObject({ code: "conflict", message: expect.stringMatching(/1\.\d+\.\d+/) as unknown });
    expect(beyond.hint).toContain("fairway upgrade rollback leaves alone what is beyond it");
    const status = await run(["upgrade", "status", "--journal", copy], environment);
    expect(status.stdout).toMatch(/: failed at \S+: aks:.* is at 1\.\d+\.\d+, beyond the 1\.\d+\.\d+ of this upgrade/);
    // It ends as the hint says, and a new one may begin.
    const ended = await run(["upgrade", "rollback", "--journal", copy], environment);
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout).toMatch(/: rolled back\n$/);
  },
);

test("a cluster that is upgrading, failed or stopped is told so", patience, async () => {
  const next = `1.${minor + 1}`;
  const other = [
    "--target",
    (environment["FAIRWAY_TARGET"] ?? "").replace("/main/", "/other/"),
    "--journal",
    join(folder, "other"),
  ];
  expect(
    azure.control("POST", "/_emulator/faults", { kind: "controlplane-stuck", parameters: { cluster: "other" } }).status,
  ).toBe(201);
  const cluster = await client.managedClusters.get("shop", "other");
  const upgrade = client.managedClusters.createOrUpdate("shop", "other", { ...cluster, kubernetesVersion: next });
  await upgrade.submitted();
  const busy = await refused(["upgrade", "plan", "--to", next, ...other]);
  expect(busy).toMatchObject({
    code: "operation-in-progress",
    message: expect.stringMatching(/\/other is (Upgrading|Updating)\.$/) as unknown,
  });
  await expect(upgrade).rejects.toThrow("did not settle");
  azure.control("DELETE", "/_emulator/faults");
  // What has failed may be upgraded: that is what repairs it.
  const plan = await run(["upgrade", "plan", "--to", next, "--no-rehearsal", ...other], environment);
  expect(plan.code, plan.stderr).toBe(exitCodes.done);
  await client.managedClusters.stop("shop", "other");
  const stopped = await refused(["upgrade", "plan", "--to", next, ...other]);
  expect(stopped).toMatchObject({
    code: "upgrade-invalid",
    message: expect.stringMatching(/\/other is stopped\.$/) as unknown,
    hint: "Start it first: az aks start --resource-group shop --name other",
  });
});

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly path?: string;
}

/** What the command says on standard error. It must fail, with nothing on standard output. */
async function refused(args: readonly string[]): Promise<Refusal> {
  const { code, stdout, stderr } = await run([...args, "--json"], environment);
  expect({ args, code, stdout }).toMatchObject({ code: expect.not.stringMatching(/^0$/) as unknown, stdout: "" });
  expect(code, stderr).not.toBe(0);
  const last = stderr.trimEnd().split("\n").at(-1) ?? "";
  return (JSON.parse(last) as { error: Refusal }).error;
}

async function upgradeByHand(version: string): Promise<void> {
  const cluster = await client.managedClusters.get("shop", "main");
  const pools = cluster.agentPoolProfiles?.map((pool) => ({ ...pool, orchestratorVersion: version })) ?? [];
  await client.managedClusters.createOrUpdate("shop", "main", {
    ...cluster,
    kubernetesVersion: version,
    agentPoolProfiles: pools,
  });
}
