import type { Finding } from "@fairway/model";
import type { ClusterCheck } from "./check.ts";
import { checkBlockedBudgets, checkIdleBudgets, checkOverlappingBudgets } from "./checks/budgets.ts";
import { checkDrain, checkDrainTime, checkNodes, checkQuota, checkSubnets } from "./checks/nodes.ts";
import {
  checkAddons,
  checkCredentials,
  checkIngress,
  checkLocks,
  checkOutbound,
  checkShape,
  checkState,
  checkWebhooks,
  checkWindows,
} from "./checks/platform.ts";
import {
  checkDockerSocket,
  checkGrace,
  checkLosses,
  checkProbes,
  checkRequests,
  checkSinglePool,
} from "./checks/pods.ts";
import {
  checkDeprecatedCalls,
  checkKubeProxy,
  checkOsImages,
  checkRemovedApis,
  checkVersion,
} from "./checks/versions.ts";
import { checkAutoscalers, checkEndpoints, checkMinReady, checkReplicas, checkSpread } from "./checks/workloads.ts";
import type { ClusterFacts, PlannedUpgrade } from "./facts.ts";
import { inOrder } from "./order.ts";

const checks: readonly ClusterCheck[] = [
  checkVersion,
  checkRemovedApis,
  checkDeprecatedCalls,
  checkBlockedBudgets,
  checkOverlappingBudgets,
  checkIdleBudgets,
  checkReplicas,
  checkMinReady,
  checkProbes,
  checkGrace,
  checkSpread,
  checkSinglePool,
  checkRequests,
  checkAutoscalers,
  checkQuota,
  checkSubnets,
  checkCredentials,
  checkLocks,
  checkOutbound,
  checkWebhooks,
  checkShape,
  checkIngress,
  checkAddons,
  checkOsImages,
  checkDockerSocket,
  checkKubeProxy,
  checkNodes,
  checkLosses,
  checkEndpoints,
  checkState,
  checkWindows,
  checkDrain,
  checkDrainTime,
];

/** Everything that stands against an upgrade, or may: required first, then by code and subject. */
export function checkCluster(facts: ClusterFacts, upgrade: PlannedUpgrade): readonly Finding[] {
  return inOrder(checks.flatMap((check) => check(facts, upgrade)));
}
