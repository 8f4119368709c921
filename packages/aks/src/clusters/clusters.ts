import { type ClusterControl, type OperationContext, runOperation } from "@fairway/core";
import { type App, FairwayError } from "@fairway/model";
import type { KubernetesObject, V1Secret } from "@kubernetes/client-node";
import { describedApp, type RevisionObject, readExistingApp } from "../app-state.ts";
import type { AksContext } from "../context.ts";
import { clusterLike } from "./likeness.ts";

/** Clusters beside the one of the target, in its subscription. */
export function createClusterControl(context: AksContext): ClusterControl {
  const { address, arm, clock } = context;
  function operation(call: string, args: readonly unknown[], work: (running: OperationContext) => Promise<void>) {
    return runOperation({ target: address, call, arguments: args, clock }, work);
  }
  return {
    async state(other) {
      return (await arm.neighbour(placeOf(other)))?.provisioningState;
    },
    create: (other, { version }) =>
      operation("clusters.create", [other, { version }], async (running) => {
        const place = placeOf(other);
        const desired = clusterLike(await arm.cluster(), { name: place.cluster, version });
        running.report(`Making cluster ${place.cluster} at ${version}`);
        await (await arm.createNeighbour(place, desired)).done(running.signal);
      }),
    remove: (other) =>
      operation("clusters.remove", [other], async (running) => {
        const place = placeOf(other);
        running.report(`Deleting cluster ${place.cluster}`);
        await (await arm.deleteNeighbour(place)).done(running.signal);
      }),
    describe: (app) => describe(context, app),
    entrance: () => entrance(context),
  };
}

/** The group and the name in `aks://SUBSCRIPTION/GROUP/CLUSTER/NAMESPACE`. */
function placeOf(address: string): { readonly resourceGroup: string; readonly cluster: string } {
  const [resourceGroup = "", cluster = ""] = address.split("/").slice(3, 5);
  return { resourceGroup, cluster };
}

async function describe(context: AksContext, name: string): Promise<App> {
  const state = await readExistingApp(context.kubernetes, name);
  const carrying = state.revisions.filter((revision) => (state.weights[revision.name] ?? 0) > 0);
  const [revision] = carrying.length > 0 ? carrying : state.revisions;
  if (!revision || carrying.length > 1) {
    throw new FairwayError("conflict", `${name} divides its traffic among ${carrying.length} revisions.`, {
      hint: "Finish its release or take it back, then repeat: fairway shift.",
    });
  }
  const app = describedApp(revision);
  if (app) return { ...app, secrets: await secretsOf(context, revision) };
  throw new FairwayError("not-supported", `Revision ${revision.name} does not say what it was made from.`, {
    hint: `Deploy ${name} with this version of Fairway, then repeat.`,
  });
}

async function secretsOf({ kubernetes }: AksContext, { name }: RevisionObject): Promise<App["secrets"]> {
  const secret = await kubernetes.get<V1Secret>({ apiVersion: "v1", kind: "Secret", name });
  const entries = Object.entries(secret?.data ?? {});
  return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]));
}

interface GatewayObject extends KubernetesObject {
  readonly status?: { readonly addresses?: readonly { readonly value?: string }[] };
}

async function entrance({ kubernetes, gateway }: AksContext): Promise<string | undefined> {
  const { name, namespace } = gateway;
  const reference = { apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway", name, namespace };
  return (await kubernetes.get<GatewayObject>(reference))?.status?.addresses?.[0]?.value;
}
