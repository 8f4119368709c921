import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Random } from "@fairway/kernel";
import { createCluster, createProfile } from "@fairway/lab";
import { type ClusterStatus, clusterOf, connectSwitcher } from "@fairway/sdk";
import { type Outcome, type SpawnedCommand, spawnFairway } from "./run.ts";

/** What is upgraded: one cluster, two of which the other is rehearsed on, or two that divide the traffic. */
export type KilledStrategy = "node-pool" | "in-place" | "guarded" | "active-active";

/** An emulator in a process of its own, and processes that upgrade what is in it and are killed. */
export interface KillWorld extends AsyncDisposable {
  /** Where the nodes are, and where they go. */
  readonly from: string;
  readonly to: string;
  /** Of `fairway upgrade run`. */
  readonly begin: readonly string[];
  /** Processes that were killed while they lived. */
  readonly kills: number;
  statuses(): Promise<readonly ClusterStatus[]>;
  /** Percent of each cluster; empty where nothing divides the traffic. */
  weights(): Promise<Readonly<Record<string, number>>>;
  /** Starts the command in a process of its own, and kills that with all it started at a drawn moment. */
  driveAndKill(args: readonly string[]): Promise<void>;
  hasBegun(): Promise<boolean>;
  /** Lets the upgrade come to its end without a kill: begun if it was killed before its first word. Returns its phase. */
  finish(): Promise<string>;
}

/** Longer than a whole upgrade here takes, so that some are killed at its end, and some not at all. */
const longestMs: Readonly<Record<KilledStrategy, number>> = {
  "in-place": 9_000,
  "node-pool": 9_000,
  guarded: 16_000,
  "active-active": 30_000,
};
/** Resolvers keep an answer for a minute or two, however fast the emulator is: longer sleeps are shortened. */
const fastSleep = `const real = setTimeout; globalThis.setTimeout = (run, ms, ...more) => real(run, ms >= 30000 ? ms / 40 : ms, ...more);`;
const group = "kills";

export async function startKillWorld(folder: string, strategy: KilledStrategy, random: Random): Promise<KillWorld> {
  await using stack = new AsyncDisposableStack();
  const emulator = spawnFairway(
    `emulator --port 0 --no-postgres --no-demo --time-scale 400 --folder ${folder} --json`.split(" "),
  );
  stack.defer(async () => {
    emulator.interrupt();
    await emulator.ended;
  });
  const settings = JSON.parse(await emulator.printed("\n")) as Record<string, string>;
  const azure = await azureOf(settings);
  const names = strategy === "guarded" || strategy === "active-active" ? ["one", "two"] : ["one"];
  const addresses: string[] = [];
  for (const name of names) {
    const pools = [{ name: "pool1", mode: "System", count: 3, vmSize: "Standard_D4s_v5" }];
    addresses.push((await createCluster(azure, { group, name, pools })).clusterAddress);
  }
  const [target = "", other = ""] = addresses;
  const environment = {
    ...process.env,
    ...settings,
    FAIRWAY_TARGET: target,
    FAIRWAY_JOURNAL: join(folder, "it.upgrade"),
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fastSleep)}`,
  };
  if (strategy === "active-active") await createSwitch(azure, names);
  const switcher = `tm://${azure.subscriptionId}/${group}/entry`;
  const routes = addresses.flatMap((address, index) => ["--route", `${names[index]}=${clusterOf(address)}`]);
  const options: Readonly<Record<KilledStrategy, readonly string[]>> = {
    "in-place": [],
    "node-pool": [],
    guarded: ["--rehearse-on", other],
    "active-active": ["--standby", other, "--switcher", switcher, ...routes, "--drain", "1", "--canary", "99"],
  };
  // Each in a process of its own: credentials are kept in a process, and every trial has another Azure.
  const fairway = (...args: readonly string[]) => spawnFairway([...args, "--json"], environment).ended;
  const json = async <T>(...args: readonly string[]): Promise<T> => {
    const { code, stdout, stderr } = await fairway(...args);
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as T;
  };
  const phase = async () => {
    const { code, stdout } = await fairway("upgrade", "status");
    return code === 0 ? (JSON.parse(stdout) as { phase: { kind: string } }).phase.kind : undefined;
  };
  const { nodes, available } = await json<ClusterStatus & { available: readonly { version: string }[] }>("upgrade");
  const [from, to] = [nodes[0]?.version ?? "", available.at(-1)?.version ?? ""];
  const begin = ["run", "--to", to, "--strategy", strategy, ...options[strategy]];
  const owned = stack.move();
  let kills = 0;
  return {
    from,
    to,
    begin,
    get kills() {
      return kills;
    },
    statuses: () => Promise.all(addresses.map((address) => json<ClusterStatus>("upgrade", "--target", address))),
    weights: async () => (strategy === "active-active" ? await weightsOf(azure) : {}),
    async driveAndKill(args) {
      const { isKilled } = await killed(
        spawnFairway(["upgrade", ...args], environment),
        random.below(longestMs[strategy]),
      );
      if (isKilled) kills += 1;
    },
    hasBegun: async () => (await phase()) !== undefined,
    async finish() {
      for (let attempts = 0; ; attempts += 1) {
        const now = await phase();
        if (now === "finished" || now === "rolled-back") return now;
        const { code, stderr } = await fairway("upgrade", ...(now === undefined ? begin : ["resume"]));
        // A drain that was cut short by a kill may have failed in Azure: a second word mends it, as it does for a person.
        if (code !== 0 && attempts > 1) throw new Error(stderr);
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The emulator of another process, for the official clients. */
async function azureOf(settings: Readonly<Record<string, string>>) {
  const { IDENTITY_ENDPOINT: endpoint = "", IDENTITY_HEADER: header = "" } = settings;
  return {
    armUrl: settings["FAIRWAY_ARM_ENDPOINT"] ?? "",
    subscriptionId: settings["AZURE_SUBSCRIPTION_ID"] ?? "",
    location: "westeurope",
    caCertificate: await readFile(settings["FAIRWAY_ARM_CA"] ?? "", "utf8"),
    credential: {
      async getToken() {
        const url = `${endpoint}?api-version=2019-08-01&resource=https://management.azure.com/`;
        const answer = await fetch(url, { headers: { "x-identity-header": header } });
        const { access_token: token, expires_on: expires } = (await answer.json()) as Record<string, string | number>;
        return { token: String(token), expiresOnTimestamp: Number(expires) * 1_000 };
      },
    },
  };
}

type RunningAzure = Awaited<ReturnType<typeof azureOf>>;

const shares = [90, 10];

function createSwitch(azure: RunningAzure, names: readonly string[]): Promise<void> {
  const endpoints = names.map((name, index) => ({ name, host: `${name}.example`, weight: shares[index] ?? 0 }));
  return createProfile(azure, { group, name: "entry", endpoints });
}

async function weightsOf(azure: RunningAzure): Promise<Readonly<Record<string, number>>> {
  const { armUrl: endpoint, subscriptionId, credential, caCertificate } = azure;
  const reference = { address: `tm://${subscriptionId}/${group}/entry`, routes: {} };
  return await (await connectSwitcher(reference, { credential, arm: { endpoint, caCertificate } })).weights();
}

/** Kills the whole group, so that nothing can clean up; at once when it has ended before. */
async function killed({ pid, ended }: SpawnedCommand, afterMs: number): Promise<Outcome & { isKilled: boolean }> {
  let isKilled = false;
  const timer = setTimeout(() => {
    process.kill(-pid, "SIGKILL");
    isKilled = true;
  }, afterMs);
  try {
    return { ...(await ended), isKilled };
  } finally {
    clearTimeout(timer);
  }
}
