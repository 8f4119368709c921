import { childProperties } from "../world/container-apps/children.ts";
import { type RouteTarget, readRouteRules } from "../world/container-apps/route-rules.ts";
import type { PathRule, Route } from "../world/ports.ts";
import type { ContainerApp } from "./container-app.ts";
import type { Child } from "./container-app-children.ts";

/** Host of an HTTP route config: `<name>.<environment's domain>`. */
export function httpRouteHost({ environment, names }: Child): string {
  return `${names[0] ?? ""}.${environment.defaultDomain}`;
}

/** Sends each path to the host that an app, one of its revisions or one of its labels has; other paths are not found. */
export function httpRouteOf(config: Child, apps: readonly ContainerApp[]): Route {
  const rules = readRouteRules(childProperties(config.content)).flatMap(({ target, routes }) => {
    const host = hostOf(target, apps);
    return host === undefined ? [] : routes.map((match): PathRule => ({ ...match, host }));
  });
  return { backends: [], rules };
}

/** Names of targets that are no apps of the environment. */
export function missingTargets(config: Child, apps: readonly ContainerApp[]): readonly string[] {
  const targets = readRouteRules(childProperties(config.content)).map(({ target }) => target);
  return targets.filter((target) => hostOf(target, apps) === undefined).map(({ containerApp }) => containerApp);
}

function hostOf({ containerApp, revision, label }: RouteTarget, apps: readonly ContainerApp[]): string | undefined {
  const app = apps.find(({ address }) => address.name === containerApp);
  if (!app?.configuration.ingress) return undefined;
  if (revision) return `${revision}.${app.domain}`;
  return label ? `${containerApp}---${label}.${app.domain}` : `${containerApp}.${app.domain}`;
}
