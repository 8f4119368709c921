import { app, duration, environment, image, integer, text } from "./fields.ts";
import type { FaultDefinition, FaultKind } from "./parameter-types.ts";

const revision = { revision: text("Name of the revision.") };

/** Faults of Container Apps. Numbers are issues of microsoft/azure-container-apps. */
export const containerAppsFaults = {
  "env-wedge": {
    description:
      "The environment's control plane is stuck: every write of its apps ends as expired. Running apps are well.",
    trigger: "a write of an app",
    visible: ["ContainerAppOperationError: Operation expired.", "provisioningState Failed"],
    source: "issues 1750, 1374, 670",
    fields: {
      ...environment,
      expiresAfterSeconds: integer("Default 1200; divided by the time scale.", 1, 86_400),
      ...duration,
    },
  },
  "app-stuck-progressing": {
    description: "A write of the app does not end as long as this is in force.",
    trigger: "a write of the app",
    visible: ["provisioningState InProgress", "409 ContainerAppOperationInProgress"],
    source: "microsoft/azure-container-apps issue 1731",
    fields: { ...app, ...duration },
  },
  "node-update-gap": {
    description: "The platform is updated, and stops each replica before its successor runs.",
    trigger: "at once",
    visible: ["no replica for its start time"],
    source: "issues 1436, 1144",
    fields: environment,
  },
  "switch-errors": {
    description: "For seconds after traffic moves, a share of requests finds nobody.",
    trigger: "traffic moves between revisions",
    visible: ["502"],
    source: "issues 1166, 598",
    fields: { ...app, errorSeconds: integer("Default 10, not scaled.", 1, 600), ...duration },
  },
  "no-replica-from-zero": {
    description: "New replicas are never assigned.",
    trigger: "a request to an app at zero, or any new replica",
    visible: ["replica NotRunning", "the request waits until its timeout"],
    source: "issues 1228, 1219",
    fields: { ...environment, ...image, ...duration },
  },
  "scaler-churn": {
    description: "The app's replicas are replaced again and again.",
    trigger: "at once",
    visible: ["new replica names every few minutes"],
    source: "microsoft/azure-container-apps issue 1483",
    fields: { ...app, periodSeconds: integer("Default 360; divided by the time scale.", 1, 86_400), ...duration },
  },
  "queue-trigger-delay": {
    description: "Scale rules of an app or a job see late what is in their queues.",
    trigger: "the value of a scale rule changes",
    visible: ["replicas or executions come minutes after the messages"],
    source: "microsoft/azure-container-apps issue 1817",
    fields: {
      app: text("Name of the app or of the job."),
      delaySeconds: integer("Default 600; divided by the time scale.", 1, 86_400),
      ...duration,
    },
  },
  "slow-scale-in": {
    description: "Revisions of the app count as busy: the last replica stays. Then the cooldown begins.",
    trigger: "the app is idle",
    visible: ["replicas stay"],
    source: "issues 388, 618",
    fields: { ...app, ...duration },
  },
  "cold-start-tail": {
    description: "New replicas take 5 to 22 seconds more before their process begins.",
    trigger: "a replica starts",
    visible: ["a first request of 5 to 22 s"],
    source: "issues 997, 199",
    fields: { ...environment, ...image, ...duration },
  },
  "revision-vanished": {
    description: "An active revision is gone.",
    trigger: "at once",
    visible: ["404 RevisionNotFound"],
    source: "microsoft/azure-container-apps issue 1196",
    fields: { ...app, ...revision },
  },
  "traffic-array-stale": {
    description: "A revision that has weight is deactivated; its weight stays in the array.",
    trigger: "at once",
    visible: ["weights of a revision that gets nothing"],
    source: "microsoft/azure-container-apps issue 410",
    fields: { ...app, ...revision },
  },
  "dapr-platform-upgrade": {
    description:
      "Dapr sidecars are replaced: apps that have one lose a share of their requests meanwhile. Default 60 s.",
    trigger: "at once",
    visible: ["502"],
    source: "microsoft/azure-container-apps issue 1676",
    fields: { ...environment, ...duration },
  },
  "maintenance-lock": {
    description: "The first write under a resource runs into the gateway's timeout, the next ones into its lock.",
    trigger: "a write below the resource",
    visible: ["504 GatewayTimeout", "409 ScopeLocked"],
    source: "microsoft/azure-container-apps issue 1657",
    fields: { resource: text("A piece of the path, such as containerApps/shop."), ...duration },
  },
  "concurrent-deploy": {
    description: "Somebody else's deployment of the app is under way.",
    trigger: "a write of the app within the next seconds",
    visible: ["409 ContainerAppOperationInProgress"],
    source: "issues 701, 175",
    fields: app,
  },
} as const satisfies Partial<Record<FaultKind, FaultDefinition>>;
