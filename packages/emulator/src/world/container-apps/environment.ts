import type { Random } from "@fairway/kernel";
import type { ArmOperation } from "../arm/operations.ts";
import type { Json } from "./json.ts";

/** Where a resource of Microsoft.App is. Names keep the case that they were created with and are compared without it. */
export interface ResourceAddress {
  readonly subscription: string;
  readonly resourceGroup: string;
  readonly name: string;
}

/** That a subscription may have in a region. Source: Container Apps quotas. */
export const environmentLimit = 15;

/** In all regions together. Source: the same. */
export const globalEnvironmentLimit = 20;

/** Cores that replicas of one environment may have together. Source: Container Apps quotas, after the usual raise. */
export const coreLimit = 500;

export interface Environment {
  /** `connected`: in a cluster of one's own that is joined to Azure. */
  readonly kind: "managed" | "connected";
  readonly address: ResourceAddress;
  /** Short name of the region. */
  readonly location: string;
  readonly defaultDomain: string;
  readonly staticIp: string;
  /** 64 hexadecimal digits: what a domain owner puts into DNS. */
  readonly verificationId: string;
  readonly createdAtMs: number;
  modifiedAtMs: number;
  /** As sent, PATCHes merged in: `tags`, `identity`, `properties`. */
  content: Json;
  provisioningState: "Waiting" | "Updating" | "Succeeded" | "ScheduledForDelete";
  /** The write that runs. */
  operation: ArmOperation | undefined;
  maintenance: Maintenance;
}

export type Maintenance =
  | { readonly kind: "none" }
  | { readonly kind: "running"; readonly startedAtMs: number; readonly replicas: number; readonly replaced: number }
  | { readonly kind: "done"; readonly startedAtMs: number; readonly endedAtMs: number; readonly replaced: number };

const adjectives = [
  "ambitious",
  "blue",
  "calm",
  "graceful",
  "happy",
  "icy",
  "kind",
  "lively",
  "purple",
  "salmon",
  "wonderful",
];
const nouns = [
  "beach",
  "bush",
  "cliff",
  "coast",
  "desert",
  "field",
  "flower",
  "forest",
  "grass",
  "meadow",
  "sand",
  "sky",
];

/** `{adjective}{noun}-{8 hex}.{region}.azurecontainerapps.io`. Source: recorded environments. */
export function drawDefaultDomain(location: string, random: Random): string {
  const word = `${random.pick(adjectives)}${random.pick(nouns)}`;
  return `${word}-${random.text(8, "0123456789abcdef")}.${location}.azurecontainerapps.io`;
}

/** From the block that documentation uses (RFC 5737): nothing answers there. */
export function drawStaticIp(random: Random): string {
  return `203.0.113.${1 + random.below(254)}`;
}

export function addressKey({ subscription, resourceGroup, name }: ResourceAddress): string {
  return `${subscription}/${resourceGroup}/${name}`.toLowerCase();
}

export function environmentId({ address, kind }: Pick<Environment, "address" | "kind">): string {
  const { subscription, resourceGroup, name } = address;
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.App/${kind}Environments/${name}`;
}

/** Takes an id apart; undefined when it is not that of an environment. */
export function parseEnvironmentId(id: string): Pick<Environment, "address" | "kind"> | undefined {
  const pattern =
    /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/providers\/microsoft\.app\/(managed|connected)environments\/([^/]+)\/?$/i;
  const [, subscription, resourceGroup, kind, name] = pattern.exec(id) ?? [];
  if (!subscription || !resourceGroup || !name) return undefined;
  const address = { subscription: subscription.toLowerCase(), resourceGroup, name };
  return { address, kind: kind?.toLowerCase() === "connected" ? "connected" : "managed" };
}
