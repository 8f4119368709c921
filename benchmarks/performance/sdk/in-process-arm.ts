import { createHttpHeaders, type HttpClient } from "@azure/core-rest-pipeline";

export const group = "group";
export const app = "web";
const revision = `${app}--a1b2c3d4`;

/** A resource manager inside the process that always gives the same answers: what is left is the cost of the clients. */
export function createInProcessArm(): HttpClient {
  const bodies = new Map(Object.entries(answers).map(([end, body]) => [end, JSON.stringify(body)]));
  return {
    async sendRequest(request) {
      const path = new URL(request.url).pathname;
      const end = [...bodies.keys()].find((key) => path.endsWith(key));
      const bodyAsText = end === undefined ? "" : (bodies.get(end) ?? "");
      const headers = createHttpHeaders({ "content-type": "application/json; charset=utf-8" });
      return { request, headers, status: bodyAsText === "" ? 404 : 200, bodyAsText };
    },
  };
}

const container = {
  name: app,
  image: "registry.example/web:1",
  resources: { cpu: 0.25, memory: "0.5Gi" },
  env: [{ name: "MODE", value: "live" }],
  probes: [{ type: "Readiness", httpGet: { path: "/ready", port: 8080 }, periodSeconds: 5 }],
};
const template = { containers: [container], scale: { minReplicas: 1, maxReplicas: 10, cooldownPeriod: 300 } };

const answers = {
  "/managedEnvironments/environment": { id: "/environments/environment", location: "West Europe", properties: {} },
  [`/containerApps/${app}`]: {
    name: app,
    location: "West Europe",
    tags: { "managed-by": "fairway" },
    properties: {
      provisioningState: "Succeeded",
      latestReadyRevisionName: revision,
      configuration: {
        activeRevisionsMode: "Multiple",
        ingress: { fqdn: "web.example.com", targetPort: 8080, traffic: [{ revisionName: revision, weight: 100 }] },
      },
      template,
    },
  },
  [`/containerApps/${app}/revisions`]: {
    value: [
      {
        name: revision,
        properties: {
          active: true,
          createdTime: "2026-11-23T10:00:00+00:00",
          provisioningState: "Provisioned",
          runningState: "Running",
          healthState: "Healthy",
          replicas: 1,
          template,
        },
      },
    ],
  },
  [`/revisions/${revision}/replicas`]: {
    value: [{ name: "replica-1", properties: { runningState: "Running", containers: [{ name: app, ready: true }] } }],
  },
};

export { revision };
