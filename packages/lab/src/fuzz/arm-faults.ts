import type { VirtualWorld } from "../virtual/world.ts";
import { environmentName, ofRecord } from "./draw.ts";
import type { Scenario, ScenarioFault } from "./scenario.ts";

/** Lets the faults of a scenario come when it is their time. Returns what heals all that are in force, and lets no other come. */
export function armFaults({ azure, kernel }: VirtualWorld, { faults }: Scenario): () => void {
  const endings: (() => void)[] = [];
  for (const fault of faults) {
    // After what happens now, and not in the middle of it.
    const begin = (node: unknown) => kernel.clock.after(0, () => inject(azure, fault, node));
    const { trigger } = fault;
    if (trigger.kind === "minutes") {
      const timer = kernel.clock.after(trigger.minutes * 60_000, () => inject(azure, fault));
      endings.push(() => timer.cancel());
      continue;
    }
    let left = trigger.count;
    const end = kernel.trace.follow(({ kind, data }) => {
      if (kind !== trigger.record) return;
      left -= 1;
      if (left === 0) begin(data["node"]);
    });
    endings.push(end);
  }
  return () => {
    for (const end of endings) end();
    azure.control("DELETE", "/_emulator/faults");
  };
}

/** What it is aimed at may not be there (any more): then nothing happens. */
function inject(azure: VirtualWorld["azure"], { kind, parameters }: ScenarioFault, node?: unknown): void {
  switch (kind) {
    case "tokens-revoked":
      azure.control("POST", "/_emulator/tokens/revoke");
      return;
    case "maintenance":
      azure.control("POST", "/_emulator/maintenance", { environment: environmentName });
      return;
    default:
      azure.control("POST", "/_emulator/faults", {
        kind,
        parameters: parameters["node"] === ofRecord ? { ...parameters, node } : parameters,
      });
  }
}
