import type { VirtualWorld } from "../virtual/world.ts";
import { environmentName, ofRecord } from "./names.ts";
import type { Scenario, ScenarioFault } from "./scenario.ts";

export interface ArmedFaults {
  /** What has come: kinds of faults, and with what. */
  readonly struck: ReadonlySet<string>;
  /** Ends all that are in force, and lets no other come. */
  heal(): void;
}

/** Lets the faults of a scenario come when it is their time. */
export function armFaults({ azure, kernel }: VirtualWorld, { faults }: Scenario): ArmedFaults {
  const endings: (() => void)[] = [];
  const struck = new Set<string>();
  function strike(fault: ScenarioFault, record?: Data): void {
    if (!inject(azure, fault, record)) return;
    struck.add(fault.kind);
    struck.add(momentOf(fault));
  }
  for (const fault of faults) {
    // After what happens now, and not in the middle of it.
    const begin = (record: Data) => kernel.clock.after(0, () => strike(fault, record));
    const { trigger } = fault;
    if (trigger.kind === "minutes") {
      const timer = kernel.clock.after(trigger.minutes * 60_000, () => strike(fault));
      endings.push(() => timer.cancel());
      continue;
    }
    let left = trigger.count;
    const end = kernel.trace.follow(({ kind, data }) => {
      if (kind !== trigger.record) return;
      left -= 1;
      if (left === 0) begin(data);
    });
    endings.push(end);
  }
  return {
    struck,
    heal() {
      for (const end of endings) end();
      azure.control("DELETE", "/_emulator/faults");
    },
  };
}

export function momentOf({ trigger }: ScenarioFault): string {
  return trigger.kind === "minutes" ? "by the clock" : `with ${trigger.record}`;
}

type Data = Readonly<Record<string, unknown>>;

/** What it is aimed at may not be there (any more): then nothing happens, and it is false. */
function inject(azure: VirtualWorld["azure"], { kind, parameters }: ScenarioFault, record: Data = {}): boolean {
  switch (kind) {
    case "tokens-revoked":
      return isTaken(azure.control("POST", "/_emulator/tokens/revoke"));
    case "maintenance":
      return isTaken(azure.control("POST", "/_emulator/maintenance", { environment: environmentName }));
    default:
      return isTaken(azure.control("POST", "/_emulator/faults", { kind, parameters: filled(parameters, record) }));
  }
}

function isTaken({ status }: { readonly status: number }): boolean {
  return status < 300;
}

function filled(parameters: ScenarioFault["parameters"], record: Data): Data {
  const entries = Object.entries(parameters).map(([name, value]): [string, unknown] => {
    return [name, value === ofRecord ? (record[name] ?? appOf(record)) : value];
  });
  return Object.fromEntries(entries);
}

/** Revisions are called like their app: `app1--x2k9`. */
function appOf({ revision }: Data): string | undefined {
  return typeof revision === "string" ? revision.split("--")[0] : undefined;
}
