import { type Random, sleep } from "@fairway/kernel";
import type { ContainerApps } from "../controllers/container-apps.ts";
import type { Faults } from "../faults/faults.ts";
import type { ArmOptions } from "../http/arm/call.ts";
import { createArmHandler } from "../http/arm/handler.ts";
import type { Switches } from "../switches.ts";
import type { ContainerService } from "../world/container-service/environment.ts";

export interface StateParts {
  readonly armOptions: ArmOptions;
  readonly service: ContainerService;
  readonly apps: ContainerApps;
  readonly faults: Faults;
  readonly switches: Switches;
  /** Pods change places among the nodes of their pool, as this draws it. Default: each is where it was. */
  readonly shuffle?: Random;
  /** Resolves when it is true. Default: looks again and again while the clock goes on by itself. */
  readonly until?: (isTrue: () => boolean) => Promise<void>;
}

/** The body of the answer; throws when the call is refused. */
export type ArmCaller = (method: string, path: string, body: unknown) => unknown;

/** Azure Resource Manager in process, with a token of its own: no limit and no fault refuses a call, and no log tells of it. */
export function armCaller({ refuse: _refuse, activityLog: _log, ...armOptions }: ArmOptions): ArmCaller {
  const handler = createArmHandler({ ...armOptions, rateLimits: { enforced: false } });
  return (method, target, body) => {
    const { token } = armOptions.tokens.issue({ audience: "https://management.azure.com/", clientId: "state" });
    const answer = handler({
      method,
      target,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: Buffer.from(body === undefined ? "" : JSON.stringify(body)),
      baseUrl: "https://localhost",
    });
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${target} was refused (${answer.status}): ${JSON.stringify(answer.body)}`);
  };
}

const lookAgainMs = 20;

export async function until(parts: StateParts, isTrue: () => boolean): Promise<void> {
  if (parts.until) return await parts.until(isTrue);
  const { world } = parts.armOptions;
  while (!isTrue()) await sleep(world.clock, lookAgainMs);
}
