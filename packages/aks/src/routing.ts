import { type OperationContext, poll } from "@fairway/core";
import { FairwayError, type TrafficWeights } from "@fairway/model";
import type { AksContext } from "./context.ts";
import type { Manifest } from "./manifests/manifest.ts";
import { type HttpRoute, isGatewayParent, withWeights } from "./manifests/route.ts";

/** How often a write is repeated when somebody else changed the route in between. */
const conflictRetries = 5;
/** Gateways take seconds (azure-facts 6); after this something is wrong with the Gateway itself. */
const programmedTimeoutMs = 120_000;

/**
 * Writes the route of an app from what is there, again when somebody else was faster: weights that were read are never
 * written over newer ones. `change` returns undefined to leave everything as it is.
 */
export async function changeRoute(
  context: AksContext,
  app: string,
  change: (live: HttpRoute | undefined) => HttpRoute | undefined | Promise<HttpRoute | undefined>,
): Promise<HttpRoute | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const live = await readRoute(context, app);
    const desired = await change(live);
    if (!desired) return live;
    try {
      return (await context.kubernetes.apply(atVersion(desired, live))) as HttpRoute;
    } catch (error) {
      if (!(error instanceof FairwayError) || error.code !== "conflict" || attempt >= conflictRetries) throw error;
    }
  }
}

/** The same route with other weights: host names, parents and matches stay. */
export function withOtherWeights(route: HttpRoute, weights: TrafficWeights): HttpRoute {
  const { name, namespace, labels } = route.metadata;
  return {
    apiVersion: route.apiVersion,
    kind: route.kind,
    metadata: { name, namespace, ...(labels ? { labels } : {}) },
    spec: withWeights(route.spec, weights),
  };
}

/** Waits until the gateways of a route work by its present form. Meshes are not waited for: many never answer. */
export async function waitUntilProgrammed(
  context: AksContext,
  route: HttpRoute,
  operation: OperationContext,
): Promise<void> {
  const { name } = route.metadata;
  if (!(route.spec.parentRefs ?? []).some(isGatewayParent)) return;
  let pending = pendingReason(route);
  if (pending === undefined) return;
  operation.report(`Route ${name}: ${pending}`);
  await poll(
    context.clock,
    async () => {
      const live = await readRoute(context, name);
      if (!live) return true;
      pending = pendingReason(live);
      return pending === undefined ? true : undefined;
    },
    {
      everyMs: context.pollMs,
      timeoutMs: programmedTimeoutMs,
      signal: operation.signal,
      onTimeout: () => notProgrammed(name, pending ?? ""),
    },
  );
}

async function readRoute(context: AksContext, name: string): Promise<HttpRoute | undefined> {
  return context.kubernetes.get<HttpRoute & { kind: string }>({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    name,
  });
}

/** With the version that was read, the API server refuses the write (409) when there is a newer one. */
function atVersion(route: HttpRoute, live: HttpRoute | undefined): Manifest {
  const version = live?.metadata.resourceVersion;
  return {
    ...route,
    metadata: { ...route.metadata, ...(version === undefined ? {} : { resourceVersion: version }) },
  } as unknown as Manifest;
}

function pendingReason(route: HttpRoute): string | undefined {
  const generation = route.metadata.generation ?? 0;
  const gateways = (route.status?.parents ?? []).filter(({ parentRef }) => isGatewayParent(parentRef));
  if (gateways.length === 0) return "no gateway has taken it up yet";
  for (const { parentRef, conditions } of gateways) {
    for (const type of ["Accepted", "ResolvedRefs", "Programmed"]) {
      const condition = conditions?.find((candidate) => candidate.type === type);
      // Programmed is not of the standard for routes: Application Gateway for Containers says it, others do not.
      if (!condition && type === "Programmed") continue;
      if (!condition || (condition.observedGeneration ?? generation) < generation) {
        return `gateway ${parentRef.name} has not seen its latest form yet`;
      }
      if (condition.status !== "True")
        return `gateway ${parentRef.name}: ${condition.message ?? condition.reason ?? type}`;
    }
  }
  return undefined;
}

function notProgrammed(route: string, reason: string): FairwayError {
  return new FairwayError("provisioning-failed", `Route ${route} does not come into force: ${reason}.`, {
    hint: "Look at the Gateway: kubectl describe gateway. Its class must be installed in the cluster, and a listener must take the host name.",
  });
}
