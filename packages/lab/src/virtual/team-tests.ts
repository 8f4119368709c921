import type { ClusterName } from "./places.ts";
import { hostOfApp } from "./places.ts";
import type { Site } from "./site.ts";
import type { AppShape } from "./topology.ts";

/** What the test pipelines of the teams ask of each app in a minute; assumed. */
const requestsPerMinute = 20;

export interface TestResult {
  readonly passed: boolean;
  readonly evidence: string;
}

/** The pipelines of all teams in one cluster: they fail at an app that lacks replicas, and at one whose answers are errors. */
export async function runTeamTests(site: Site, cluster: ClusterName, minutes: number): Promise<TestResult> {
  const random = site.stream(`tests/${cluster}/${site.world.kernel.clock.now()}`);
  for (let minute = 0; minute < minutes; minute += 1) {
    await site.world.wait(60_000);
    for (const app of site.topology.apps) {
      const { ready, errorShare } = seen(site, hostOfApp(app.name, cluster));
      if (ready < app.replicas) return failed(app, cluster, `${ready} of ${app.replicas} replicas answer`);
      const errorChance = 1 - (1 - errorShare) ** requestsPerMinute;
      if (errorShare > 0 && random.unit() < errorChance) return failed(app, cluster, "it answers with errors");
    }
  }
  return { passed: true, evidence: "the tests of all teams passed" };
}

function failed({ name, team }: AppShape, cluster: ClusterName, why: string): TestResult {
  return { passed: false, evidence: `tests of ${team} for ${name} in ${cluster}: ${why}` };
}

/** How many replicas answer, and which share of the answers are errors. */
function seen({ world: { azure } }: Site, host: string): { readonly ready: number; readonly errorShare: number } {
  const backends = azure.dataPlane.route(host)?.backends ?? [];
  const weights = backends.reduce((sum, { weight }) => sum + weight, 0);
  let ready = 0;
  let errors = 0;
  for (const { weight, endpoints } of backends) {
    const answering = endpoints.filter(({ host: address }) => azure.stateAt(address).kind === "listening");
    ready += answering.length;
    const [one] = answering;
    if (one) errors += weight * Number(azure.specAt(one.host)?.env["FAULT_ERROR_RATE"] ?? 0);
  }
  return { ready, errorShare: weights === 0 ? 0 : errors / weights };
}
