import { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { createContainerAppsTarget } from "@fairway/container-apps";
import { app, createInProcessArm, group, revision } from "./in-process-arm.ts";

export interface CallRound {
  readonly oursCpuUs: number;
  readonly bareCpuUs: number;
}

/** CPU of `status` and of the three calls that it makes, by the official client alone; both over the same transport. */
export async function measureCalls(options: { readonly rounds: number; readonly calls: number }): Promise<CallRound[]> {
  const { ours, bare } = await createBoth();
  const rounds: CallRound[] = [];
  for (let round = -1; round < options.rounds; round++) {
    const oursFirst = round % 2 === 0;
    const first = await cpuUsOf(oursFirst ? ours : bare, options.calls);
    const second = await cpuUsOf(oursFirst ? bare : ours, options.calls);
    // The first round is for the compiler.
    if (round < 0) continue;
    rounds.push(oursFirst ? { oursCpuUs: first, bareCpuUs: second } : { oursCpuUs: second, bareCpuUs: first });
  }
  return rounds;
}

async function createBoth() {
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

async function cpuUsOf(call: () => Promise<unknown>, calls: number): Promise<number> {
  const before = process.cpuUsage();
  for (let index = 0; index < calls; index++) await call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}
