import type { KubeObject } from "../../objects.ts";
import { isRecord } from "../json.ts";
import { fill, recordIn, recordsIn } from "./fill.ts";

/** Defaults of kubernetes: pkg/apis/core/v1/defaults.go, SetDefaults_LimitRangeItem. */
export function setLimitRangeDefaults(draft: KubeObject): void {
  for (const item of recordsIn(recordIn(draft, "spec"), "limits")) {
    if (item["type"] !== "Container") continue;
    if (isRecord(item["max"])) fill(recordIn(item, "default"), item["max"]);
    if (isRecord(item["default"])) fill(recordIn(item, "defaultRequest"), item["default"]);
    if (isRecord(item["min"])) fill(recordIn(item, "defaultRequest"), item["min"]);
  }
}
