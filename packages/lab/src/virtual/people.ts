import { FairwayError } from "@fairway/sdk";
import type { AssumptionName } from "./assumptions.ts";
import { drawMinutes } from "./assumptions.ts";
import type { Incident } from "./incident.ts";
import type { ClusterName } from "./places.ts";
import type { PeopleCounts } from "./record.ts";
import type { Site } from "./site.ts";
import { runTeamTests, type TestResult } from "./team-tests.ts";

const triesMax = 36;
const againMs = 10 * 60_000;

/** Those who run the platform: they are called when an upgrade fails or callers do, find out what it is, and mend it. */
export class People {
  readonly #site: Site;
  readonly #incident: Incident;
  readonly #tell: (what: string) => void;
  readonly #counts = { actions: 0, minutes: 0, tickets: 0, ticketWaitMs: 0 };
  #isMended = false;
  #atWork: Promise<void> | undefined;

  constructor(site: Site, incident: Incident, tell: (what: string) => void) {
    this.#site = site;
    this.#incident = incident;
    this.#tell = tell;
  }

  get counts(): PeopleCounts {
    return { ...this.#counts };
  }

  get isAtWork(): boolean {
    return this.#atWork !== undefined;
  }

  /** Somebody looks, and mends what is the matter. Resolves when that is done; whoever calls meanwhile waits for the same. */
  call(why: string): Promise<void> {
    this.#atWork ??= this.#mend(why).finally(() => {
      this.#atWork = undefined;
    });
    return this.#atWork;
  }

  /** A person reads on and says go. */
  async approve(): Promise<void> {
    this.#counts.actions += 1;
    await this.#takeTime("people.approval");
  }

  /** A step of a plan that goes well takes somebody's time, too, but nobody waits for it. */
  countStep(): void {
    this.#counts.minutes += this.#draw("people.step");
  }

  /** The pipelines of all teams run; nobody waits for them but the upgrade. */
  async test(cluster: ClusterName): Promise<TestResult> {
    const result = await runTeamTests(this.#site, cluster, this.#draw("people.tests"));
    if (!result.passed) this.#tell(result.evidence);
    return result;
  }

  async #mend(why: string): Promise<void> {
    this.#counts.actions += 1;
    this.#tell(`called: ${why}`);
    await this.#takeTime("people.diagnosis");
    const { remedy } = this.#incident;
    // What support has repaired stays repaired; what a team did is done again where it is missing: in a new cluster.
    if (!remedy || (this.#isMended && remedy.by === "support")) return;
    if (remedy.by === "people" || remedy.first) await this.#takeTime("people.repair");
    await this.#untilDone(async () => remedy.first?.(this.#site));
    if (remedy.by === "support") await this.#waitForSupport();
    await this.#untilDone(() => remedy.apply(this.#site));
    this.#isMended = true;
    this.#tell(`done: ${remedy.what}`);
  }

  /** What is refused just now is tried again. */
  async #untilDone(work: () => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof FairwayError) || tries === triesMax) throw error;
        this.#tell(`refused: ${error.message}`);
        await this.#site.world.wait(againMs);
      }
    }
  }

  async #waitForSupport(): Promise<void> {
    const waitMs = this.#draw("support.ticket") * 60_000;
    this.#tell("a support ticket");
    this.#counts.tickets += 1;
    this.#counts.minutes += this.#draw("people.ticket");
    await this.#site.world.wait(waitMs);
    this.#counts.ticketWaitMs += waitMs;
  }

  async #takeTime(name: AssumptionName): Promise<void> {
    const minutes = this.#draw(name);
    this.#counts.minutes += minutes;
    await this.#site.world.wait(minutes * 60_000);
  }

  #draw(name: AssumptionName): number {
    const random = this.#site.stream(`${name}/${this.#counts.actions}/${this.#counts.minutes}`);
    return drawMinutes(name, random, this.#site.assumptions);
  }
}
