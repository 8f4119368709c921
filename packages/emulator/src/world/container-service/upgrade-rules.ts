import type { ArmError } from "../arm/provider.ts";
import { refusal } from "./errors.ts";
import {
  allVersions,
  maxSkewMinors,
  minorDistance,
  minorOf,
  resolveVersion,
  type SupportPlan,
  skewOf,
  supportPlans,
  upgradeStep,
} from "./versions.ts";

/** The full version for what a client wrote: `1.35`, `1.35.1`. Throws when AKS has none such. */
export function knownVersion(text: string, location: string): string {
  const version = resolveVersion(text);
  if (version) return version;
  const message = `Version '${text}' is not supported in region ${location}. Supported versions are ${allVersions.join(", ")}. See https://aka.ms/supported-version-list`;
  throw refusal(400, "K8sVersionNotSupported", message, { target: "kubernetesVersion" });
}

/** Whether a new cluster can have the version under its plan. */
export function checkNewVersion(version: string, plan: SupportPlan): void {
  const minor = minorOf(version);
  if (minor && supportPlans(minor).includes(plan)) return;
  const message = `Version ${version} is available with the support plan AKSLongTermSupport only. Choose a newer version, or set properties.supportPlan to AKSLongTermSupport and sku.tier to Premium.`;
  throw refusal(400, "K8sVersionNotSupported", message, { target: "kubernetesVersion" });
}

export interface ControlPlaneStep {
  readonly from: string;
  readonly to: string;
  readonly plan: SupportPlan;
  readonly wholeCluster: boolean;
}

/** Throws when AKS does not go from one version to the other (azure-facts 1.1). */
export function checkControlPlaneStep({ from, to, plan, wholeCluster }: ControlPlaneStep): void {
  const step = upgradeStep(from, to, plan);
  switch (step.kind) {
    case "allowed":
      if (step.wholeCluster && !wholeCluster) {
        throw notAllowed(
          `Upgrading from the unsupported version ${from} to ${to} includes all agent pools; a control-plane-only upgrade is not allowed.`,
        );
      }
      return;
    case "downgrade":
      throw notAllowed(`Downgrading the cluster from version ${from} to ${to} is not allowed.`);
    case "skips-minor":
      throw notAllowed(
        `Upgrading Kubernetes version ${from} to ${to} is not allowed: minor versions cannot be skipped. See available upgrades with 'az aks get-upgrades'.`,
      );
    case "not-in-plan":
    case "unknown":
      throw notAllowed(`Upgrading Kubernetes version ${from} to ${to} is not allowed under the support plan ${plan}.`);
  }
}

export interface PoolStep {
  readonly pool: string;
  readonly from: string | undefined;
  readonly to: string;
  readonly controlPlane: string;
}

/** A pool may lag behind its control plane by three minors; it is never newer, and never goes back. */
export function checkPoolStep({ pool, from, to, controlPlane }: PoolStep): void {
  const target = `agentPoolProfile.orchestratorVersion`;
  if (from !== undefined && from !== to && upgradeStep(from, to, "AKSLongTermSupport").kind === "downgrade") {
    throw notAllowed(`Downgrading agent pool ${pool} from version ${from} to ${to} is not allowed.`);
  }
  switch (skewOf(controlPlane, to)) {
    case "ok":
      return;
    case "pool-newer": {
      const text = `Node pool version ${to} and control plane version ${controlPlane} are incompatible: agent pool ${pool} cannot be newer than the control plane. Upgrade the control plane first.`;
      throw refusal(400, "NodePoolMcVersionIncompatible", text, { target });
    }
    case "pool-too-old": {
      const minors = minorDistance(to, controlPlane);
      const text = `Node pool version ${to} and control plane version ${controlPlane} are incompatible: agent pool ${pool} would be ${minors} minor versions behind, at most ${maxSkewMinors} are allowed.`;
      throw refusal(400, "NodePoolMcVersionIncompatible", text, { target });
    }
  }
}

function notAllowed(message: string): ArmError {
  return refusal(400, "OperationNotAllowed", message);
}
