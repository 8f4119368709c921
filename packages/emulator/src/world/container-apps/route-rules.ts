import type { JsonReader } from "./json.ts";
import { invalidField, invalidSchema } from "./refusal.ts";

/** A rule of an HTTP route config: the first target takes what any of the routes matches. */
export interface RouteRule {
  readonly target: RouteTarget;
  readonly routes: readonly RouteMatch[];
}

export interface RouteTarget {
  readonly containerApp: string;
  /** At most one of the two. */
  readonly revision: string | undefined;
  readonly label: string | undefined;
}

export interface RouteMatch {
  /** `segments` is a prefix that ends where a path segment ends. */
  readonly kind: "prefix" | "exact" | "segments";
  readonly path: string;
  readonly caseSensitive: boolean;
  /** Replaces what was matched. */
  readonly prefixRewrite: string | undefined;
}

const kinds = { prefix: "prefix", path: "exact", pathSeparatedPrefix: "segments" } as const;
const members = Object.keys(kinds) as (keyof typeof kinds)[];

/** `rules` of an HTTP route config. Throws `Refusal`. */
export function readRouteRules(properties: JsonReader): readonly RouteRule[] {
  return (properties.objects("rules") ?? []).map((rule) => {
    const [target] = rule.objects("targets") ?? [];
    if (!target) throw invalidField("httpRouteConfig.rules.targets", "", "at least one target is required");
    return { target: readTarget(target), routes: (rule.objects("routes") ?? []).map(readRoute) };
  });
}

/** The command line sends some members with a capital letter. */
function readTarget(target: JsonReader): RouteTarget {
  const containerApp = target.text("containerApp") ?? target.text("ContainerApp");
  const [revision, label] = [target.text("revision"), target.text("label")];
  if (!containerApp) throw invalidSchema(`${target.path}.containerApp`);
  if (revision && label) {
    throw invalidField("httpRouteConfig.rules.targets", label, "only one of revision and label can be set");
  }
  return { containerApp, revision: revision || undefined, label: label || undefined };
}

function readRoute(route: JsonReader): RouteMatch {
  const match = route.object("match");
  const action = route.object("action");
  const given = members.filter((member) => match?.text(member));
  const [member] = given;
  const path = member && match?.text(member);
  if (!member || !path || given.length > 1) {
    throw invalidField("httpRouteConfig.rules.routes.match", "", `exactly one of ${members.join(", ")} must be given`);
  }
  const prefixRewrite = action?.text("prefixRewrite") ?? action?.text("PrefixRewrite");
  return { kind: kinds[member], path, caseSensitive: match?.boolean("caseSensitive") ?? true, prefixRewrite };
}
