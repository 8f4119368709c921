import type { App, TrafficWeights } from "@fairway/model";
import { appLabels, labelHost, labelRouteName, routeLabel } from "../names.ts";
import type { GatewaySettings } from "./gateway.ts";
import { servicePort } from "./service.ts";

/** Gateway API v1 HTTPRoute, as far as we write and read it. */
export interface HttpRoute {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly resourceVersion?: string;
    readonly generation?: number;
  };
  readonly spec: {
    readonly parentRefs?: readonly ParentReference[];
    readonly hostnames?: readonly string[];
    readonly rules?: readonly RouteRule[];
  };
  readonly status?: { readonly parents?: readonly RouteParentStatus[] };
}

export interface ParentReference {
  readonly group?: string;
  readonly kind?: string;
  readonly name: string;
  readonly namespace?: string;
  readonly port?: number;
}

export interface BackendReference {
  readonly group?: string;
  readonly kind?: string;
  readonly name: string;
  readonly port?: number;
  readonly weight?: number;
}

export interface RouteRule {
  readonly matches?: readonly unknown[];
  readonly backendRefs?: readonly BackendReference[];
}

export interface RouteParentStatus {
  readonly parentRef: ParentReference;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
    readonly observedGeneration?: number;
  }[];
}

/** A rule of an HTTPRoute takes no more backends (Gateway API v1, maxItems of backendRefs). */
const backendsMax = 16;

export interface RouteContext {
  readonly namespace: string;
  readonly gateway: GatewaySettings;
  /** Absent for apps that are not public. */
  readonly host?: string;
}

/**
 * The route of an app: where its weights live. `weights` may name revisions with 0: they are listed so that the gateway
 * knows them before their first request.
 */
export function renderRoute(app: Pick<App, "name" | "ingress">, context: RouteContext, weights: TrafficWeights) {
  const isPublic = app.ingress.exposure === "public";
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: app.name, namespace: context.namespace, labels: appLabels(app.name) },
    spec: {
      parentRefs: [...(isPublic ? [gatewayParent(context.gateway)] : []), serviceParent(app.name)],
      ...(isPublic && context.host !== undefined ? { hostnames: [context.host] } : {}),
      rules: rulesFor(weights),
    },
  } satisfies HttpRoute;
}

/** The route of a label: all requests of its host go to one revision. */
export function renderLabelRoute(
  { app, label, revision }: { readonly app: string; readonly label: string; readonly revision: string },
  context: RouteContext & { readonly host: string },
) {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: {
      name: labelRouteName(app, label),
      namespace: context.namespace,
      labels: { ...appLabels(app), [routeLabel]: label },
    },
    spec: {
      parentRefs: [gatewayParent(context.gateway)],
      hostnames: [labelHost(context.host, label)],
      rules: rulesFor({ [revision]: 100 }),
    },
  } satisfies HttpRoute;
}

/** The same rules with other weights; an override may have made several, and then all have the same. */
export function withWeights(spec: HttpRoute["spec"], weights: TrafficWeights): HttpRoute["spec"] {
  const rules = spec.rules && spec.rules.length > 0 ? spec.rules : rulesFor(weights);
  return { ...spec, rules: rules.map((rule) => ({ ...rule, backendRefs: backends(weights) })) };
}

/** What each backend of a route was given; empty when there is no rule. Shares, not always percentages. */
export function routeShares(route: HttpRoute | undefined): Record<string, number> {
  const shares: Record<string, number> = {};
  for (const { name, weight } of route?.spec.rules?.[0]?.backendRefs ?? []) {
    shares[name] = (shares[name] ?? 0) + (weight ?? 1);
  }
  return shares;
}

/** Parents that are Gateways; the others are meshes, which need not answer. */
export function isGatewayParent(parent: ParentReference): boolean {
  return (parent.kind ?? "Gateway") === "Gateway";
}

function gatewayParent(gateway: GatewaySettings): ParentReference {
  return { group: "gateway.networking.k8s.io", kind: "Gateway", name: gateway.name, namespace: gateway.namespace };
}

/** GAMMA: meshes apply the weights to calls to the Service of the same name. */
function serviceParent(service: string): ParentReference {
  return { group: "", kind: "Service", name: service, port: servicePort };
}

function rulesFor(weights: TrafficWeights): RouteRule[] {
  return [{ matches: [{ path: { type: "PathPrefix", value: "/" } }], backendRefs: backends(weights) }];
}

function backends(weights: TrafficWeights): BackendReference[] {
  return Object.entries(weights)
    .toSorted(([a, weightA], [b, weightB]) => weightB - weightA || (a < b ? -1 : 1))
    .slice(0, backendsMax)
    .map(([name, weight]) => ({ group: "", kind: "Service", name, port: servicePort, weight }));
}
