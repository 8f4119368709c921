import { type Actor, controllerManager } from "../../world/ownership.ts";

export const kubeletActor: Actor = { manager: "kubelet", subresource: "" };
const scheduler: Actor = { manager: "kube-scheduler", subresource: "" };

/** By queue; all others are queues of kube-controller-manager. */
const actors: Readonly<Record<string, Actor>> = {
  kubelet: kubeletActor,
  scheduler,
  "cluster-role-aggregation": { manager: "clusterrole-aggregation-controller", subresource: "" },
  "http-routes": { manager: "alb-controller", subresource: "" },
  "scaled-object": { manager: "keda-operator", subresource: "" },
};

export function actorOf(queue: string): Actor {
  return actors[queue] ?? controllerManager;
}

/** Who an event comes from, as managed fields name it. */
export function actorOfEvents(source: string): Actor {
  if (source === "kubelet") return kubeletActor;
  return source === "default-scheduler" ? scheduler : controllerManager;
}

export const apiServerActor: Actor = { manager: "kube-apiserver", subresource: "" };
