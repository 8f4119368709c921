import type { App } from "@fairway/model";

/** What Dapr's sidecar injector reads from the pod template. */
export function daprAnnotations(app: App): Record<string, string> {
  if (!app.dapr) return {};
  return {
    "dapr.io/enabled": "true",
    "dapr.io/app-id": app.dapr.appId ?? app.name,
    "dapr.io/app-port": String(app.dapr.port ?? app.port),
    "dapr.io/app-protocol": app.dapr.protocol,
  };
}
