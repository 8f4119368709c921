import type { VirtualWorld } from "../../virtual/world.ts";
import type { Disturbances } from "./disturbances.ts";
import type { Tell } from "./watch.ts";

type Route = NonNullable<ReturnType<VirtualWorld["azure"]["dataPlane"]["route"]>>;

/** Endpoints and routes follow what is written a moment later. */
export const convergenceMs = 30_000;

/** Where callers from outside come in; Services inside of a cluster have one backend of weight 1. */
const publicHost = /\.(azmk8s|azurecontainerapps)\.io$/;

/**
 * Weights that callers see sum to 100 at any moment, a revision gets some only when it can serve, and one that was given
 * none serves nobody.
 */
export function watchRoutes({ azure, kernel }: VirtualWorld, disturbances: Disturbances, tell: Tell): () => void {
  const before = new Map<string, Route>();
  const declared = new Map<string, ReadonlySet<string>>();
  azure.onObject({ group: "gateway.networking.k8s.io", resource: "httproutes" }, (cluster, { object }) => {
    const { name, namespace } = object.metadata;
    declared.set(`${name}.${namespace}.${cluster}`, new Set(carrying(object.spec)));
  });
  const endTrace = kernel.trace.follow(({ kind, data }) => {
    if (kind !== "containerApp.traffic") return;
    const weights = Object.entries(data["weights"] as Record<string, number>);
    declared.set(String(data["app"]), new Set(weights.flatMap(([name, weight]) => (weight > 0 ? [name] : []))));
  });
  function onRoute(host: string, route: Route | undefined): void {
    if (!publicHost.test(host)) return;
    const last = before.get(host);
    if (route) before.set(host, route);
    else before.delete(host);
    const backends = route?.backends ?? [];
    const text = backends.map(({ name, weight }) => `${name} ${weight}`).join(", ");
    const sum = backends.reduce((total, { weight }) => total + weight, 0);
    if (backends.length > 0 && sum !== 100) tell("weights", `The weights of ${host} sum to ${sum}: ${text}.`);
    for (const { name, weight } of backends) {
      const had = last?.backends.find((one) => one.name === name)?.weight ?? 0;
      if (last && had === 0 && weight > 0) kernel.clock.after(convergenceMs, () => checkServing(host, name));
    }
  }
  function checkServing(host: string, name: string): void {
    const backend = before.get(host)?.backends.find((one) => one.name === name);
    if (!backend || backend.weight === 0 || backend.endpoints.length > 0 || disturbances.excuses) return;
    tell("idle-revision", `${name} of ${host} was given ${backend.weight} % and has nobody who serves.`);
  }
  const endRoutes = azure.dataPlane.onRoute(onRoute);
  let suspects = new Set<string>();
  const timer = everyMinute(kernel, () => {
    const now = new Set<string>();
    for (const [host, { backends }] of before) {
      const wanted = declared.get(ownerOf(host));
      const astray = backends.find(({ name, weight }) => weight > 0 && wanted && !wanted.has(name));
      if (!astray || disturbances.excuses) continue;
      const what = `${astray.name} serves ${host}, and was given nothing.`;
      now.add(what);
      // What has just been written is not there at once.
      if (suspects.has(what)) tell("idle-revision", what);
    }
    suspects = now;
  });
  return () => {
    endTrace();
    endRoutes();
    timer();
  };
}

interface RouteSpec {
  readonly rules?: readonly { readonly backendRefs?: readonly { readonly name: string; readonly weight?: number }[] }[];
}

function carrying(spec: unknown): readonly string[] {
  const { rules = [] } = (spec ?? {}) as RouteSpec;
  const all = rules.flatMap(({ backendRefs = [] }) => backendRefs);
  return all.filter(({ weight = 1 }) => weight > 0).map(({ name }) => name);
}

/** `app1.default.prod-xxxxxxxx.hcp.…` is of `app1.default.prod`, `app1.xxx.westeurope.azurecontainerapps.io` of `app1`. */
function ownerOf(host: string): string {
  const [app = "", namespace = "", cluster = ""] = host.split(".");
  return host.endsWith(".azmk8s.io") ? `${app}.${namespace}.${cluster.replace(/-[^-]+$/, "")}` : app;
}

export function everyMinute({ clock }: Pick<VirtualWorld["kernel"], "clock">, look: () => void): () => void {
  let timer = clock.after(60_000, again);
  function again(): void {
    look();
    timer = clock.after(60_000, again);
  }
  return () => timer.cancel();
}
