import {
  type DeploymentTarget,
  type Gate,
  makeMaintenancePlan,
  makePlan,
  makeReleasePlan,
  type PlannedTarget,
  type TrafficRequest,
  type UpgradePlan,
} from "@fairway/sdk";
import { addressOf, describe, type FuzzWorld } from "./build-world.ts";
import { entranceOf, secondName } from "./names.ts";
import type { Scenario } from "./scenario.ts";

/** What a scenario is about: the plan of its strategy. */
export async function planScenario(scenario: Scenario, built: FuzzWorld): Promise<UpgradePlan> {
  const { strategy, apps } = scenario;
  const { address, observer } = built;
  const gates = gatesOf(scenario);
  if (strategy === "revision") {
    const app = describe(appNamed(scenario, apps[0]?.name ?? ""), "2");
    return makeReleasePlan(
      { steps: [10, 50, 100], bakeMinutes: 2, gates },
      { address, app, deploy: await observer.plan(app) },
    );
  }
  if (strategy === "maintenance") {
    const replicas = await observer.capability("maintenance").replicas();
    const hours = { weekDay: "Tuesday", startHour: 1, durationHours: 8 } as const;
    return makeMaintenancePlan({ hours, gates }, { address, hours: undefined, replicas });
  }
  const upgrades = observer.capability("upgrades");
  const version = (await upgrades.available()).filter(({ isPreview }) => !isPreview).at(-1)?.version ?? "";
  const [active, second] = await Promise.all(built.observers.map(factsOf));
  if (!active) throw new Error("There is no cluster.");
  return makePlan(
    { strategy, version, gates, ...sparesOf(scenario), ...(await movementOf(scenario, built)) },
    active,
    second,
  );
}

export function appNamed({ apps }: Scenario, name: string): Scenario["apps"][number] {
  const found = apps.find((app) => app.name === name);
  if (!found) throw new Error(`The scenario has no app ${name}.`);
  return found;
}

function gatesOf({ badMetric, asksPerson }: Scenario): readonly Gate[] {
  return [
    ...(badMetric ? [{ kind: "metric", query: "errors", comparison: "<", bound: 1 } as const] : []),
    ...(asksPerson === true ? [{ kind: "person" } as const] : []),
  ];
}

function sparesOf({ hasSpares, pools }: Scenario) {
  return hasSpares === true ? { spares: pools.map(({ name }) => name) } : {};
}

async function factsOf(target: DeploymentTarget): Promise<PlannedTarget> {
  return { address: target.address, facts: await target.capability("upgrades").facts() };
}

async function movementOf({ traffic }: Scenario, { world, reference }: FuzzWorld) {
  if (!traffic || !reference) return {};
  const switcher = await world.connectSwitcher(reference);
  const request: TrafficRequest = {
    switcher: reference,
    weights: await switcher.weights(),
    convergenceMs: switcher.traits.convergenceMs,
    drainMinutes: traffic.quietMinutes,
    ...(traffic.canary ? { canary: traffic.canary } : {}),
  };
  const successor = {
    address: addressOf(world, secondName),
    exists: false,
    host: entranceOf(secondName),
    keepMinutes: traffic.keepMinutes,
  };
  return { traffic: request, successor };
}
