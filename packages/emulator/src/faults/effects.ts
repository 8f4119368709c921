import type { ContainerApps } from "../controllers/container-apps.ts";
import type { Cluster } from "../world/cluster.ts";
import {
  beginDeployment,
  churn,
  keepBusy,
  loseRevision,
  seeLate,
  staleTraffic,
  startMaintenance,
} from "./app-effects.ts";
import { createBudget, cutOff, deadWebhook, loseNode } from "./cluster-effects.ts";
import type { Effect, EffectContext } from "./effect.ts";
import { FaultError, type FaultSpec } from "./parameters.ts";
import { disconnect, switchesOf } from "./switch-effects.ts";

/** Somebody asks whether it is in force: nothing begins. */
const passive: Effect = { begin: () => undefined };

/** Checks what the fault is aimed at; what is returned begins it. Throws `FaultError`. */
export function effectOf(spec: FaultSpec, context: EffectContext): Effect {
  switch (spec.kind) {
    case "slow-start":
    case "bad-release":
    case "behaviour-change":
    case "quota-surge":
    case "throttled":
    case "maintenance-lock":
      return passive;
    case "node-join-failed":
    case "state-drift":
    case "leftover-cordon":
    case "zonal-capacity":
    case "subnet-full":
    case "cni-ip-starvation":
    case "controlplane-stuck":
    case "konnectivity-broken":
    case "removed-api":
    case "dns-broken":
    case "identity-lost":
    case "volume-stuck":
      clusterOf(context, spec.parameters.cluster);
      return passive;
    case "node-lost":
      return loseNode(clusterOf(context, spec.parameters.cluster), spec.parameters.node);
    case "control-plane-unavailable":
    case "apiserver-gap":
      return cutOff(clusterOf(context, spec.parameters.cluster), context);
    case "pdb-blocks-drain":
      return createBudget(clusterOf(context, spec.parameters.cluster), spec.parameters, context.id, "never met");
    case "pdb-precheck":
      return createBudget(clusterOf(context, spec.parameters.cluster), spec.parameters, context.id, "allows nothing");
    case "webhook-deadlock":
      return deadWebhook(clusterOf(context, spec.parameters.cluster), context.id, spec.parameters.webhook);
    case "env-wedge":
    case "no-replica-from-zero":
    case "cold-start-tail":
      environmentOf(context, spec.parameters.environment);
      return passive;
    case "dapr-platform-upgrade":
      environmentOf(context, spec.parameters.environment);
      return { ...passive, defaultSeconds: 60 };
    case "node-update-gap":
      return startMaintenance(appsOf(context), environmentOf(context, spec.parameters.environment));
    case "app-stuck-progressing":
    case "switch-errors":
      appOf(context, spec.parameters.app);
      return passive;
    case "scaler-churn":
      return churn(appOf(context, spec.parameters.app), context, spec.parameters.periodSeconds);
    case "queue-trigger-delay":
      return seeLate(appsOf(context), context, spec.parameters);
    case "slow-scale-in":
      return keepBusy(appOf(context, spec.parameters.app), context);
    case "revision-vanished":
      return loseRevision(appOf(context, spec.parameters.app), spec.parameters.revision);
    case "traffic-array-stale":
      return staleTraffic(appOf(context, spec.parameters.app), spec.parameters.revision);
    case "concurrent-deploy":
      return beginDeployment(appsOf(context), appOf(context, spec.parameters.app));
    case "switch-refused":
    case "switch-lag":
      switchesOf(context, spec.parameters.profile);
      return passive;
    case "endpoint-unreachable":
      return disconnect(context, spec.parameters.profile, spec.parameters.endpoint);
  }
}

function clusterOf({ targets }: EffectContext, name: string): Cluster {
  const cluster = targets.cluster(name);
  if (cluster) return cluster;
  const hint = "Create it first; GET /_emulator lists the clusters that there are.";
  throw new FaultError("parameters.cluster", `There is no cluster ${name}.`, hint);
}

function appsOf({ targets }: EffectContext): ContainerApps {
  const apps = targets.apps?.();
  if (apps) return apps;
  throw new FaultError("kind", "There are no Container Apps here.", "Use a fault of AKS.");
}

function appOf(context: EffectContext, name: string) {
  const app = appsOf(context)
    .list()
    .find(({ address }) => address.name.toLowerCase() === name.toLowerCase());
  if (app) return app;
  const hint = "Create it first; GET /_emulator lists the apps that there are.";
  throw new FaultError("parameters.app", `There is no container app ${name}.`, hint);
}

/** Its name as it was created. */
function environmentOf(context: EffectContext, name: string): string {
  const environment = appsOf(context).environments.find(name);
  if (environment) return environment.address.name;
  const hint = "Create it first; GET /_emulator lists the environments that there are.";
  throw new FaultError("parameters.environment", `There is no environment ${name}.`, hint);
}
