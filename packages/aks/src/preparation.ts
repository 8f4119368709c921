import type { OperationContext } from "@fairway/core";
import { type App, FairwayError } from "@fairway/model";
import type { AksContext } from "./context.ts";
import { renderGateway } from "./manifests/gateway.ts";
import { appLabel } from "./names.ts";

/** What an app needs around it: refused when the cluster cannot have it, made when it is only missing. */
export async function prepareCluster(context: AksContext, app: App, operation: OperationContext): Promise<void> {
  await requireGatewayApi(context, app);
  await warnOfMissingDependencies(context, app, operation);
  await ensureNamespace(context);
  if (app.ingress.exposure === "public") await ensureGateway(context);
}

async function requireGatewayApi(context: AksContext, app: App): Promise<void> {
  const groups = await context.kubernetes.groups();
  if (app.ingress.exposure === "none" || groups.has("gateway.networking.k8s.io")) return;
  throw new FairwayError("not-supported", `The cluster has no Gateway API, which ${app.name} needs for its traffic.`, {
    hint: "Install it (az aks update --enable-gateway-api, or Application Gateway for Containers), or set ingress.exposure to none.",
    path: "ingress.exposure",
  });
}

async function warnOfMissingDependencies(context: AksContext, app: App, operation: OperationContext): Promise<void> {
  for (const dependency of app.dependsOn) {
    const [service, deployments] = await Promise.all([
      context.kubernetes.get({ apiVersion: "v1", kind: "Service", name: dependency }),
      context.kubernetes.list("apps/v1", "Deployment", { labels: { [appLabel]: dependency } }),
    ]);
    if (service || deployments.length > 0) continue;
    operation.report(
      `Warning: ${app.name} depends on ${dependency}, which is not in namespace ${context.kubernetes.namespace}`,
    );
  }
}

async function ensureNamespace({ kubernetes }: AksContext): Promise<void> {
  const name = kubernetes.namespace;
  const reference = { apiVersion: "v1", kind: "Namespace", name };
  try {
    if (await kubernetes.get(reference)) return;
  } catch (error) {
    // Who may only work inside of the namespace need not be able to see it.
    if (error instanceof FairwayError && error.code === "forbidden") return;
    throw error;
  }
  await kubernetes.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
}

/** One that is there stays as it is. */
async function ensureGateway({ kubernetes, gateway: settings }: AksContext): Promise<void> {
  for (const gateway of renderGateway(settings)) {
    const { apiVersion, kind } = gateway;
    if (!(await kubernetes.get({ apiVersion, kind, ...gateway.metadata }))) await kubernetes.apply(gateway);
  }
}
