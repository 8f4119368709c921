import { timestamp } from "../../world/store.ts";
import { withConditions } from "./conditions.ts";
import type { ControlPlane } from "./control-plane.ts";
import { gatewayClasses, gateways, httpRoutes, listObjects, updateObject } from "./kinds.ts";
import type { Condition } from "./meta-types.ts";
import type { Gateway } from "./types.ts";

/** Every class and every gateway is taken; all gateways are the one data plane. */
export function programGateways(plane: ControlPlane): void {
  const now = timestamp(plane.world.clock.now());
  for (const gatewayClass of listObjects(plane.store, gatewayClasses)) {
    updateObject(plane.store, gatewayClasses, gatewayClass, (current) => ({
      ...current,
      status: {
        ...current.status,
        conditions: withConditions(current.status?.conditions, [isTrue("Accepted", current)], now),
      },
    }));
  }
  for (const gateway of listObjects(plane.store, gateways)) {
    updateObject(plane.store, gateways, gateway, (current) => ({
      ...current,
      status: gatewayStatus(plane, current, now),
    }));
  }
}

function gatewayStatus(plane: ControlPlane, gateway: Gateway, now: string): NonNullable<Gateway["status"]> {
  const { host } = plane.world.dataPlane.address();
  const conditions = [isTrue("Accepted", gateway), isTrue("Programmed", gateway)];
  return {
    addresses: [{ type: /^[\d.]+$/.test(host) ? "IPAddress" : "Hostname", value: host }],
    conditions: withConditions(gateway.status?.conditions, conditions, now),
    listeners: (gateway.spec.listeners ?? []).map(({ name }, index) => ({
      name,
      supportedKinds: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute" }],
      attachedRoutes: attachedRoutes(plane, gateway, name),
      conditions: withConditions(
        listenerConditions(gateway, index),
        [...conditions, { ...isTrue("ResolvedRefs", gateway) }],
        now,
      ),
    })),
  };
}

function listenerConditions(gateway: Gateway, index: number): Condition[] | undefined {
  return (gateway.status?.listeners?.[index] as { conditions?: Condition[] } | undefined)?.conditions;
}

function attachedRoutes(plane: ControlPlane, { metadata }: Gateway, listener: string): number {
  return listObjects(plane.store, httpRoutes).filter((route) =>
    route.spec.parentRefs?.some(
      ({ name, namespace = route.metadata.namespace, sectionName = listener }) =>
        name === metadata.name && namespace === metadata.namespace && sectionName === listener,
    ),
  ).length;
}

function isTrue(type: string, { metadata }: { metadata: Gateway["metadata"] }): Condition {
  return { type, status: "True", reason: type, message: "", observedGeneration: metadata.generation ?? 1 };
}
