import type { VirtualAzure } from "@fairway/emulator";
import type { VirtualKernel } from "@fairway/kernel";
import type { DeploymentTarget } from "@fairway/sdk";
import { appsOf, beginFault, changePlatform, type UpgradeScenario } from "../experiments/upgrade-scenario.ts";
import { createPlatform, type Platform } from "../live/platform.ts";
import { laboratoryPlatform, lateAfterMs, requestTimeoutMs, spreadMs } from "../live/setting.ts";
import type { Figure } from "../report/report.ts";
import { createTrafficModel, type TrafficModel } from "../traffic/model.ts";
import { flatRate } from "../traffic/rate.ts";
import { feedTraffic } from "../virtual/traffic-feed.ts";
import { openVirtualWorld, type VirtualWorld } from "../virtual/world.ts";
import { processBehaviour } from "./processes.ts";

export interface TwinRequest {
  readonly scenario: UpgradeScenario;
  readonly seed: number;
  /** As in the live lane: platform operations go so many times faster, apps do not. */
  readonly timeScale: number;
}

/** What callers of one scenario saw in the virtual lane. */
export interface TwinRun {
  readonly id: string;
  readonly seed: number;
  readonly durationMs: number;
  readonly requests: number;
  readonly failed: number;
  /** Served after more than a second. */
  readonly late: number;
  readonly figures: readonly Figure[];
}

/** How often the SDK looks, as it does by default. */
const pollMs = 1_000;
/** What a payment takes at the gateway, the app and PostgreSQL, and how many a replica works on at a time: never the limit here. */
const payment = { serviceMs: 5, concurrency: 64 } as const;

/** One run of the live lane again in virtual time: the same platform at the same pace, but its replicas and requests are numbers. */
export async function runTwin({ scenario, seed, timeScale }: TwinRequest): Promise<TwinRun> {
  const parts = (): { azure: VirtualAzure; kernel: VirtualKernel } => world;
  using world: VirtualWorld = await openVirtualWorld({ seed, pollMs, timeScale, behaviour: processBehaviour(parts) });
  const { azure, httpClient } = world;
  const platform = await world.run(() => createPlatform(azure, { ...laboratoryPlatform, httpClient }));
  const target = await world.connect(addressOf(platform, scenario));
  return await world.run(() => goThrough(world, target, scenario, seed));
}

function addressOf({ clusterAddress, environmentAddress }: Platform, { target }: UpgradeScenario): string {
  return target === "AKS" ? clusterAddress : environmentAddress;
}

async function goThrough(
  world: VirtualWorld,
  target: DeploymentTarget,
  scenario: UpgradeScenario,
  seed: number,
): Promise<TwinRun> {
  const { clock } = world.kernel;
  const command = (method: string, path: string, body?: unknown): unknown => control(world, method, path, body);
  const { needed, app } = appsOf(scenario, "postgres://not-asked");
  await Promise.all([target.apply(needed).result(), target.apply(app).result()]);
  beginFault(scenario, command);
  await world.wait(spreadMs);
  const { url } = await target.status(app.name);
  const callers = startCallers(world, new URL(url ?? "http://missing").host, scenario);
  const startMs = clock.now();
  const figures: Figure[] = [];
  await changePlatform({
    target,
    signal: undefined,
    command,
    mark: () => {},
    wait: world.wait,
    addFigure: (figure) => void figures.push(figure),
  });
  callers.advanceTo(clock.now());
  const { arrivals, failed, late } = callers.totals;
  return { id: scenario.id, seed, durationMs: clock.now() - startMs, requests: arrivals, failed, late, figures };
}

function control({ azure }: VirtualWorld, method: string, path: string, body: unknown): unknown {
  const answer = azure.control(method, path, body);
  if (answer.status < 300) return answer.body;
  throw new Error(`${method} ${path} was refused (${answer.status}): ${JSON.stringify(answer.body)}`);
}

function startCallers({ azure, kernel }: VirtualWorld, host: string, { ratePerSecond }: UpgradeScenario): TrafficModel {
  const { clock, random } = kernel;
  const service = "payment-api";
  const model = createTrafficModel({
    services: [
      {
        name: service,
        ...payment,
        timeoutMs: requestTimeoutMs,
        lateAfterMs,
        // The data plane of the embedded Azure is late by itself.
        propagation: { medianMs: 0, p95Ms: 0 },
      },
    ],
    routes: [{ name: "all", hops: [service] }],
    arrivals: flatRate(ratePerSecond),
    random: random.stream("lab/payments"),
    startMs: clock.now(),
  });
  feedTraffic(azure, model, [{ service, host }], () => clock.now());
  return model;
}
