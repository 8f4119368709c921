import { invalidParameter, type RequestBody } from "./request-body.ts";
import type { AgentPool, PoolProperties } from "./state.ts";
import { parseNodeCount, resolveNodeCount } from "./surge.ts";

/** `upgradeSettingsBlueGreen` of a pool, with the defaults of the preview API (AKS docs, blue-green node pool upgrade). */
export interface BlueGreenSettings {
  /** `10%`, `3`: blue nodes that are drained at once. */
  readonly drainBatchSize: string;
  readonly drainTimeoutInMinutes: number;
  readonly batchSoakDurationInMinutes: number;
  readonly finalSoakDurationInMinutes: number;
}

const defaults: BlueGreenSettings = {
  drainBatchSize: "10%",
  drainTimeoutInMinutes: 30,
  batchSoakDurationInMinutes: 15,
  finalSoakDurationInMinutes: 60,
};

export function isBlueGreen(properties: PoolProperties): boolean {
  return properties["upgradeStrategy"] === "BlueGreen";
}

/** Of a pool whose properties have passed `blueGreenProperties`. */
export function blueGreenSettings({ properties }: Pick<AgentPool, "properties">): BlueGreenSettings {
  return { ...defaults, ...(properties["upgradeSettingsBlueGreen"] as Partial<BlueGreenSettings> | undefined) };
}

/** At least one. */
export function drainBatchSize({ drainBatchSize: text }: BlueGreenSettings, blueNodes: number): number {
  const count = parseNodeCount(text);
  return Math.max(1, count ? resolveNodeCount(count, blueNodes) : 1);
}

/** The strategy that a PUT leaves the pool with, and those of its settings that were given. Throws `ArmError` on bad ones. */
export function blueGreenProperties(
  body: RequestBody,
  existing: PoolProperties | undefined,
): { upgradeStrategy: string; upgradeSettingsBlueGreen?: Partial<BlueGreenSettings> } {
  const strategy = body.oneOf("upgradeStrategy", ["Rolling", "BlueGreen"]) ?? existing?.["upgradeStrategy"];
  const sent = body.object("upgradeSettingsBlueGreen");
  if (strategy !== "BlueGreen") {
    return { upgradeStrategy: "Rolling", ...(sent ? { upgradeSettingsBlueGreen: settings(sent) } : {}) };
  }
  const before = existing?.["upgradeSettingsBlueGreen"] as Partial<BlueGreenSettings> | undefined;
  return { upgradeStrategy: strategy, upgradeSettingsBlueGreen: { ...before, ...(sent ? settings(sent) : {}) } };
}

function settings(sent: RequestBody): Partial<BlueGreenSettings> {
  const batch = sent.text("drainBatchSize");
  const count = batch === undefined ? undefined : parseNodeCount(batch);
  if (batch !== undefined && (!count || resolveNodeCount(count, 100) === 0)) {
    throw invalidParameter(
      sent.pathOf("drainBatchSize"),
      "must be an integer like '1' or a percentage like '10%', above 0",
    );
  }
  const drainTimeoutInMinutes = sent.integer("drainTimeoutInMinutes", 1, 1_440);
  const batchSoakDurationInMinutes = sent.integer("batchSoakDurationInMinutes", 0, 1_440);
  const finalSoakDurationInMinutes = sent.integer("finalSoakDurationInMinutes", 0, 10_080);
  return {
    ...(batch === undefined ? {} : { drainBatchSize: batch }),
    ...(drainTimeoutInMinutes === undefined ? {} : { drainTimeoutInMinutes }),
    ...(batchSoakDurationInMinutes === undefined ? {} : { batchSoakDurationInMinutes }),
    ...(finalSoakDurationInMinutes === undefined ? {} : { finalSoakDurationInMinutes }),
  };
}
