import type { OperationError } from "../../../world/arm/operations.ts";
import type { ArmResponse } from "../../../world/arm/provider.ts";
import type { Parameters } from "./parameters.ts";
import type { DeploymentScope } from "./surroundings.ts";
import type { Plan, PlannedResource } from "./template.ts";

/** A deployment, running or over. */
export interface Deployment {
  readonly scope: DeploymentScope;
  /** Of a deployment at the subscription. */
  readonly location: string | undefined;
  readonly tags: unknown;
  readonly mode: "Incremental" | "Complete";
  readonly template: Readonly<Record<string, unknown>>;
  readonly parameters: Parameters;
  readonly plan: Plan;
  readonly correlationId: string;
  /** Last part of the address that tells how far it is. */
  readonly statusId: string;
  readonly startMs: number;
  endMs: number | undefined;
  state: DeploymentState;
  readonly steps: readonly Step[];
  outputs: Readonly<Record<string, unknown>> | undefined;
  error: OperationError | undefined;
}

export type DeploymentState = "Accepted" | "Running" | "Succeeded" | "Failed" | "Canceled";

/** What is done with one resource. */
export interface Step {
  readonly resource: PlannedResource;
  readonly operationId: string;
  state: "waiting" | "running" | "succeeded" | "failed";
  startMs: number | undefined;
  endMs: number | undefined;
  /** To the PUT. */
  answer: ArmResponse | undefined;
  error: OperationError | undefined;
}

export function isOver({ state }: Deployment): boolean {
  return state === "Succeeded" || state === "Failed" || state === "Canceled";
}

/** Names are compared without case. */
export class Deployments {
  readonly #byId = new Map<string, Deployment>();

  get(id: string): Deployment | undefined {
    return this.#byId.get(id.toLowerCase());
  }

  set(deployment: Deployment): void {
    this.#byId.set(deploymentId(deployment.scope).toLowerCase(), deployment);
  }

  delete(id: string): boolean {
    return this.#byId.delete(id.toLowerCase());
  }

  /** Those of one scope, newest first. */
  at(scopeId: string): readonly Deployment[] {
    const prefix = `${scopeId}/providers/microsoft.resources/deployments/`.toLowerCase();
    return [...this.#byId.entries()]
      .filter(([id]) => id.startsWith(prefix))
      .map(([, one]) => one)
      .toReversed();
  }
}

export function deploymentId(scope: Pick<DeploymentScope, "subscription" | "group" | "name">): string {
  return `${scopeIdOf(scope)}/providers/Microsoft.Resources/deployments/${scope.name}`;
}

export function scopeIdOf({ subscription, group }: Pick<DeploymentScope, "subscription" | "group">): string {
  return `/subscriptions/${subscription}${group ? `/resourceGroups/${group.name}` : ""}`;
}
