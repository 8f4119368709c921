import type { WriteFaults } from "../world/container-apps/write-faults.ts";
import { platformMs } from "../world/world.ts";
import { type Faults, isSame } from "./faults.ts";

/** Reports say about 20 minutes. */
const defaultExpirySeconds = 1_200;

export function appWriteFaults(faults: Faults): WriteFaults {
  return (app, environment) => {
    const wedge = faults.active("env-wedge").find(({ parameters }) => isSame(parameters.environment, environment));
    if (wedge) {
      const seconds = wedge.parameters.expiresAfterSeconds ?? defaultExpirySeconds;
      return { kind: "expires", afterMs: platformMs(faults.world, seconds), details: "Operation expired." };
    }
    const stuck = faults.active("app-stuck-progressing").find(({ parameters }) => isSame(parameters.app, app));
    return stuck && { kind: "stuck", whenReleased: (run) => whenEnded(faults, stuck.id, run) };
  };
}

function whenEnded(faults: Faults, id: string, run: () => void): void {
  const stop = faults.onChange((fault) => {
    if (fault.id !== id || fault.state !== "ended") return;
    stop();
    run();
  });
}
