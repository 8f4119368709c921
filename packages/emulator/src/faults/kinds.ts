import { aksFaults } from "./aks-faults.ts";
import { containerAppsFaults } from "./container-apps-faults.ts";
import { cluster, duration, integer, pool, text, texts } from "./fields.ts";
import type { FaultDefinition, FaultKind } from "./parameter-types.ts";
import { switchFaults } from "./switch-faults.ts";

export type { FaultDefinition, FaultField, FaultKind, FaultParameters } from "./parameter-types.ts";

const image = { image: text("Image of the containers, with its tag; * stands for any text.") };
const day = 86_400;

/** The fault library. */
export const faultDefinitions: Readonly<Record<FaultKind, FaultDefinition>> = {
  ...aksFaults,
  ...containerAppsFaults,
  ...switchFaults,
  "slow-start": {
    description:
      "Containers of an image take long to start: they count as started, but their process begins only after delayMs, or with extra environment variables.",
    trigger: "a container starts",
    visible: ["liveness failures", "CrashLoopBackOff"],
    source: "incident notes of 2023 and 2026; Azure/AKS 3055",
    fields: {
      ...image,
      delayMs: integer("Time before the process begins, in milliseconds, not scaled.", 0, day * 1_000),
      env: texts("Environment variables that the process gets."),
      ...duration,
    },
  },
  "bad-release": {
    description: "Containers of an image are started with extra environment variables that make the app misbehave.",
    trigger: "a container starts",
    visible: ["what the app does with them"],
    source: "any release that went wrong",
    fields: {
      ...image,
      env: texts('Environment variables that the process gets: { "FAULT_ERROR_RATE": "0.2" }.', true),
      ...duration,
    },
  },
  "control-plane-unavailable": {
    description: "Nobody reaches the cluster's API server; controllers stand still, workloads go on.",
    trigger: "at once",
    visible: ["connection refused", "workloads go on"],
    source: "Azure/AKS 2150, 1506",
    fields: {
      ...cluster,
      durationSeconds: integer("Seconds of the platform, divided by the time scale.", 1, day, true),
    },
  },
  "node-lost": {
    description:
      "A machine is gone without a word: its replicas die, its Node object stays. Clearing does not bring it back; AKS begins to repair it when it has been NotReady for ten minutes: a reboot is in vain, the reimage brings it back.",
    trigger: "at once",
    visible: ["NotReady", "pods evicted after their tolerations"],
    source: "Kubernetes docs: nodes",
    fields: { ...cluster, node: text("Name of the Node object.") },
  },
  "node-join-failed": {
    description: "The next machines of a pool come up, and never join the cluster.",
    trigger: "a machine of the pool is made or reimaged",
    visible: ["VMExtensionProvisioningTimeout", "provisioningState Failed"],
    source: "AKS troubleshooting: K8sAPIServerConnFailVMExtensionError and its kin",
    fields: { ...cluster, ...pool, count: integer("How many machines. Default 1.", 1, 1_000), ...duration },
  },
};

/** Other names of the same faults. */
const aliases: Readonly<Record<string, FaultKind>> = { "slow-start-kill": "slow-start" };

export function faultKind(text: string): FaultKind | undefined {
  const name = Object.hasOwn(aliases, text) ? aliases[text] : text;
  return name !== undefined && isFaultKind(name) ? name : undefined;
}

function isFaultKind(text: string): text is FaultKind {
  return Object.hasOwn(faultDefinitions, text);
}
