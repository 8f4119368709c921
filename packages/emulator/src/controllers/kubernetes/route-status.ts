import { timestamp } from "../../world/store.ts";
import { withConditions } from "./conditions.ts";
import type { Condition } from "./meta-types.ts";
import type { HttpRoute, ParentReference } from "./types.ts";

/** The controller of Application Gateway for Containers. */
export const gatewayController = "alb.networking.azure.io/alb-controller";

export interface RouteProblem {
  readonly reason: string;
  readonly message: string;
}

export interface RouteFindings {
  /** Why a parent does not take the route. */
  parent(reference: ParentReference): RouteProblem | undefined;
  /** The first backend that cannot be used. */
  readonly backend: RouteProblem | undefined;
  /** The data plane has the present generation. */
  readonly isProgrammed: boolean;
}

/** Accepted, ResolvedRefs and Programmed, for each parent. */
export function routeStatus(
  route: HttpRoute,
  nowMs: number,
  findings: RouteFindings,
): NonNullable<HttpRoute["status"]> {
  const observedGeneration = route.metadata.generation ?? 1;
  const parents = (route.spec.parentRefs ?? []).map((parentRef) => {
    const before = route.status?.parents?.find((parent) => sameParent(parent.parentRef, parentRef));
    const conditions = conditionsFor(findings.parent(parentRef), findings).map((one) => ({
      ...one,
      observedGeneration,
    }));
    return {
      parentRef,
      controllerName: gatewayController,
      conditions: withConditions(before?.conditions, conditions, timestamp(nowMs)),
    };
  });
  return { parents };
}

function sameParent(a: ParentReference, b: ParentReference): boolean {
  return a.name === b.name && a.namespace === b.namespace && a.sectionName === b.sectionName;
}

function conditionsFor(parent: RouteProblem | undefined, { backend, isProgrammed }: RouteFindings): Condition[] {
  const programmed: Condition = isProgrammed
    ? { type: "Programmed", status: "True", reason: "Programmed", message: "Route is programmed" }
    : { type: "Programmed", status: "False", reason: "Pending", message: "Waiting for the data plane" };
  return [
    parent ? failed("Accepted", parent) : fine("Accepted", "Accepted", "Route is Accepted"),
    backend ? failed("ResolvedRefs", backend) : fine("ResolvedRefs", "ResolvedRefs", "Route references are resolved"),
    parent ? failed("Programmed", { reason: "Invalid", message: parent.message }) : programmed,
  ];
}

function fine(type: string, reason: string, message: string): Condition {
  return { type, status: "True", reason, message };
}

function failed(type: string, problem: RouteProblem): Condition {
  return { type, status: "False", ...problem };
}
