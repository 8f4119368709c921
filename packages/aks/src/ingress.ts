import type { OperationContext } from "@fairway/core";
import type { App } from "@fairway/model";
import { readAppState } from "./app-state.ts";
import type { AksContext } from "./context.ts";
import { withOverrides } from "./manifests/overrides.ts";
import { type HttpRoute, renderRoute, routeShares, withWeights } from "./manifests/route.ts";
import { renderAppService } from "./manifests/service.ts";
import { changeRoute, waitUntilProgrammed } from "./routing.ts";

/** The first revision gets all traffic; later ones are only made known to the route, at 0. */
export async function writeIngress(
  context: AksContext,
  app: App,
  revision: string,
  operation: OperationContext,
): Promise<void> {
  if (app.ingress.exposure === "none") return;
  const route = await changeRoute(context, app.name, async (live) => {
    // Read after the route: who is named in the one and missing in the other is gone, not new.
    const { revisions } = await readAppState(context.kubernetes, app.name);
    const existing = revisions.map(({ name }) => name);
    const host = await hostOf(context, app, live);
    return routeFor(context, app, host, weightsWith(revision, routeShares(live), existing));
  });
  const favourite = route ? largest(routeShares(route)) : revision;
  await context.kubernetes.apply(
    withOverrides(
      app,
      renderAppService(app, { namespace: context.kubernetes.namespace, revision: favourite ?? revision }),
    ),
  );
  if (route) await waitUntilProgrammed(context, route, operation);
}

/** Shares as they are, without revisions that are gone, and with the new one: at 0 unless nobody else has any. */
export function weightsWith(
  revision: string,
  shares: Readonly<Record<string, number>>,
  existing: readonly string[],
): Record<string, number> {
  const kept = Object.fromEntries(Object.entries(shares).filter(([name]) => existing.includes(name)));
  const hasTraffic = Object.values(kept).some((share) => share > 0);
  return hasTraffic ? { [revision]: 0, ...kept } : { ...kept, [revision]: 100 };
}

export function routeFor(
  context: AksContext,
  app: App,
  host: string | undefined,
  weights: Readonly<Record<string, number>>,
): HttpRoute {
  const base = renderRoute(
    app,
    { namespace: context.kubernetes.namespace, gateway: context.gateway, ...(host === undefined ? {} : { host }) },
    weights,
  );
  const overridden = withOverrides(app, base);
  return { ...overridden, spec: withWeights(overridden.spec, weights) };
}

/** As described, else as it was, else made from the domain. */
export async function hostOf(context: AksContext, app: App, live: HttpRoute | undefined): Promise<string | undefined> {
  if (app.ingress.exposure !== "public") return undefined;
  return (
    app.ingress.host ??
    live?.spec.hostnames?.[0] ??
    `${app.name}.${context.kubernetes.namespace}.${await context.domain()}`
  );
}

/** The one that calls inside the cluster go to. Equal shares: the first by name, so that it is always the same. */
export function largest(shares: Readonly<Record<string, number>>): string | undefined {
  return Object.entries(shares).toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))[0]?.[0];
}
