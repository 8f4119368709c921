import { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { createContainerAppsTarget } from "@fairway/container-apps";
import { app, createInProcessArm, group, revision } from "./in-process-arm.ts";

export interface CallRound {
  readonly oursCpuUs: number;
  readonly bareCpuUs: number;
}

/**
 * CPU of `status` and of the three calls that it makes, by the official client alone; both over the same transport, in
 * turns of 50 calls, so that what else the machine does meets both.
 */
export async function measureCalls(options: { readonly rounds: number; readonly calls: number }): Promise<CallRound[]> {
  const { ours, bare } = await createBoth();
  // For the compiler.
  await measureRound(ours, bare, options.calls);
  const rounds: CallRound[] = [];
  for (let index = 1; index <= options.rounds; index++) {
    const round = await measureRound(ours, bare, options.calls);
    console.log(
      `calls ${index} of ${options.rounds}: ${(round.oursCpuUs / round.bareCpuUs).toFixed(2)} of the bare client's CPU`,
    );
    rounds.push(round);
  }
  return rounds;
}

const callsPerTurn = 50;

async function measureRound(ours: Call, bare: Call, calls: number): Promise<CallRound> {
  let [oursCpuUs, bareCpuUs] = [0, 0];
  const turns = Math.ceil(calls / callsPerTurn);
  for (let turn = 0; turn < turns; turn++) {
    // Who comes second pays for the garbage of the first: so by turns.
    if (turn % 2 === 0) oursCpuUs += await cpuUsOf(ours, callsPerTurn);
    bareCpuUs += await cpuUsOf(bare, callsPerTurn);
    if (turn % 2 === 1) oursCpuUs += await cpuUsOf(ours, callsPerTurn);
  }
  return { oursCpuUs: oursCpuUs / turns, bareCpuUs: bareCpuUs / turns };
}

type Call = () => Promise<unknown>;

async function createBoth(): Promise<{ ours: Call; bare: Call }> {
  const subscriptionId = "11111111-2222-4333-8444-555555555555";
  const credential = { getToken: async () => ({ token: "token", expiresOnTimestamp: Date.now() + 86_400_000 }) };
  const httpClient = createInProcessArm();
  const client = new ContainerAppsAPIClient(credential, subscriptionId, { httpClient });
  const target = await createContainerAppsTarget({
    address: `aca://${subscriptionId}/${group}/environment`,
    subscriptionId,
    resourceGroup: group,
    environment: "environment",
    credential,
    clock: { now: () => Date.now(), sleep: () => Promise.reject(new Error("nothing to wait for")) },
    clientOptions: { httpClient },
  });
  async function listRevisions(): Promise<void> {
    for await (const { name } of client.containerAppsRevisions.listRevisions(group, app))
      if (!name) throw new Error("?");
  }
  return {
    ours: () => target.status(app),
    bare: async () => {
      await Promise.all([client.containerApps.get(group, app), listRevisions()]);
      await client.containerAppsRevisionReplicas.listReplicas(group, app, revision);
    },
  };
}

async function cpuUsOf(call: Call, calls: number): Promise<number> {
  const before = process.cpuUsage();
  for (let index = 0; index < calls; index++) await call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}
