import type { App } from "@fairway/model";
import type { V1Service, V1ServicePort } from "@kubernetes/client-node";
import { appLabels, revisionLabels, revisionSelector } from "../names.ts";
import type { RevisionContext } from "./manifest.ts";

/** The port of every Service; containers listen on the app's own. */
export const servicePort = 80;

/** The Service of one revision: what a route's weight points to. */
export function renderRevisionService(app: App, context: RevisionContext) {
  if (app.ingress.exposure === "none") return [];
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name: context.revision,
        namespace: context.namespace,
        labels: revisionLabels(app.name, context.revision),
      },
      spec: { type: "ClusterIP", selector: revisionSelector(context.revision), ports: [port(app)] },
    } satisfies V1Service,
  ];
}

/**
 * The Service `<app>`, for callers inside the cluster. A Service has no weights, so it selects one revision: the one
 * with the largest share. A revision at a small share gets no calls from inside by accident. Where a mesh reads routes
 * whose parent is a Service (GAMMA), the weights of the app's HTTPRoute hold for inside calls as well.
 */
export function renderAppService(app: App, context: RevisionContext) {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: app.name, namespace: context.namespace, labels: appLabels(app.name) },
    spec: { type: "ClusterIP", selector: revisionSelector(context.revision), ports: [port(app)] },
  } satisfies V1Service;
}

function port(app: App): V1ServicePort {
  return {
    name: app.ingress.transport === "tcp" ? "tcp" : "http",
    port: servicePort,
    targetPort: app.port,
    protocol: "TCP",
    ...(app.ingress.transport === "http2" ? { appProtocol: "kubernetes.io/h2c" } : {}),
  };
}
