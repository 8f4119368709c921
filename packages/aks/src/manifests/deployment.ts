import { type App, cpuMillicores, formatMemory, memoryMib, type Probe } from "@fairway/model";
import type { V1Container, V1Deployment, V1EnvVar, V1Probe, V1TopologySpreadConstraint } from "@kubernetes/client-node";
import { createdAnnotation, descriptionAnnotation, revisionLabels, revisionSelector } from "../names.ts";
import { daprAnnotations } from "./dapr.ts";
import type { RevisionContext } from "./manifest.ts";
import { secretReference } from "./secrets.ts";

/** The name of the container that runs the app's image. */
export const containerName = "app";

export interface DeploymentContext extends RevisionContext {
  /** ISO 8601 with milliseconds. */
  readonly createdAt: string;
}

/** The Deployment of one revision. Without `replicas`: they are runtime state, set by scaling. */
export function renderDeployment(app: App, context: DeploymentContext) {
  const labels = revisionLabels(app.name, context.revision);
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: context.revision,
      namespace: context.namespace,
      labels,
      annotations: {
        [createdAnnotation]: context.createdAt,
        [descriptionAnnotation]: JSON.stringify(withoutSecrets(app)),
      },
    },
    spec: {
      revisionHistoryLimit: 1,
      selector: { matchLabels: revisionSelector(context.revision) },
      // A revision that is applied again with another override or secret keeps every replica until its successor is ready.
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: 0 } },
      template: {
        metadata: { labels, ...(app.dapr ? { annotations: daprAnnotations(app) } : {}) },
        spec: {
          containers: [container(app, context)],
          securityContext: { seccompProfile: { type: "RuntimeDefault" } },
          // Counts from the order to stop, so the drain delay is a part of it, as in the description.
          terminationGracePeriodSeconds: app.shutdown.graceSeconds,
          ...spread(app, context),
        },
      },
    },
  } satisfies V1Deployment;
}

/** The description as it may be read by everybody who may read a Deployment. */
export function withoutSecrets(app: App): App {
  return { ...app, secrets: Object.fromEntries(Object.keys(app.secrets).map((name) => [name, ""])) };
}

function container(app: App, context: RevisionContext) {
  const memory = formatMemory(memoryMib(app.resources.memory));
  const env = environment(app, context);
  return {
    name: containerName,
    image: app.image,
    ...(app.command ? { command: app.command } : {}),
    ...(app.args ? { args: app.args } : {}),
    ports: [{ name: "app", containerPort: app.port, protocol: "TCP" }],
    ...(env.length > 0 ? { env } : {}),
    resources: { requests: { cpu: cpuQuantity(app.resources.cpu), memory }, limits: { memory } },
    ...probes(app),
    ...(app.shutdown.drainDelaySeconds > 0
      ? { lifecycle: { preStop: { sleep: { seconds: app.shutdown.drainDelaySeconds } } } }
      : {}),
    securityContext: { allowPrivilegeEscalation: false },
  } satisfies V1Container;
}

/** In the form in which the API server gives it back, so that a comparison finds no difference. */
function cpuQuantity(cores: number): string {
  const millicores = cpuMillicores(cores);
  return millicores % 1_000 === 0 ? String(millicores / 1_000) : `${millicores}m`;
}

function environment(app: App, context: RevisionContext): V1EnvVar[] {
  return Object.entries(app.env).map(([name, value]) =>
    typeof value === "string"
      ? { name, value }
      : { name, valueFrom: { secretKeyRef: secretReference(context, value.secret) } },
  );
}

function probes(app: App): Pick<V1Container, "startupProbe" | "livenessProbe" | "readinessProbe"> {
  const { startup, liveness, readiness } = app.probes;
  return {
    ...(startup ? { startupProbe: httpProbe(startup, app.port) } : {}),
    ...(liveness ? { livenessProbe: httpProbe(liveness, app.port) } : {}),
    ...(readiness
      ? { readinessProbe: httpProbe(readiness, app.port) }
      : app.ingress.exposure === "none"
        ? {}
        : { readinessProbe: openPortProbe(app.port) }),
  };
}

function httpProbe(probe: Probe, appPort: number): V1Probe {
  return {
    httpGet: { path: probe.path, port: probe.port ?? appPort, scheme: "HTTP" },
    // Kubernetes leaves a delay of zero out of what it keeps.
    ...(probe.initialDelaySeconds > 0 ? { initialDelaySeconds: probe.initialDelaySeconds } : {}),
    periodSeconds: probe.periodSeconds,
    timeoutSeconds: probe.timeoutSeconds,
    failureThreshold: probe.failureThreshold,
    successThreshold: probe.successThreshold,
  };
}

/** Without it a replica would be sent traffic before it listens. Every second, so that it is not kept waiting. */
function openPortProbe(port: number): V1Probe {
  return { tcpSocket: { port }, periodSeconds: 1, timeoutSeconds: 3, failureThreshold: 5, successThreshold: 1 };
}

function spread(app: App, context: RevisionContext): { topologySpreadConstraints?: V1TopologySpreadConstraint[] } {
  const topologyKeys = {
    none: [],
    node: ["kubernetes.io/hostname"],
    zone: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"],
  }[app.availability.spread];
  if (topologyKeys.length === 0) return {};
  return {
    topologySpreadConstraints: topologyKeys.map((topologyKey) => ({
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: revisionSelector(context.revision) },
    })),
  };
}
