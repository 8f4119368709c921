import { subscriptionNotFound } from "../../world/arm/errors.ts";
import { ArmError } from "../../world/arm/provider.ts";
import { type ExtensionPath, extensionKind } from "./extensions-api.ts";
import type { LockPath } from "./locks-api.ts";

/** The path of an ARM call, taken apart. */
export type ResourcePath =
  /** `/subscriptions`, `/tenants`, `/subscriptions/{id}/locations`: nothing of a resource provider. Lower case, names kept. */
  | { readonly kind: "platform"; readonly segments: readonly string[] }
  | LockPath
  | ExtensionPath
  | { readonly kind: "group"; readonly subscription: string; readonly group: string; readonly rest: readonly string[] }
  | ProviderPath;

export interface ProviderPath {
  readonly kind: "provider";
  readonly subscription: string;
  readonly group?: string;
  /** As sent. */
  readonly namespace: string;
  /** Lower case. */
  readonly types: readonly string[];
  /** As sent; as many as types, or one fewer for a collection or an action. */
  readonly names: readonly string[];
}

/** `path` is the raw path of the URL, without the query. Throws `ArmError` on names that no resource can have. */
export function parseResourcePath(path: string): ResourcePath {
  const segments = path
    .split("/")
    .filter((segment) => segment !== "")
    .map(decodeSegment);
  if (segments[0]?.toLowerCase() !== "subscriptions" || segments.length < 3) return { kind: "platform", segments };
  const subscription = subscriptionOf(segments[1]);
  const lock = lockPath(subscription, segments);
  if (lock) return lock;
  const extension = extensionPath(subscription, segments);
  if (extension) return extension;
  if (segments[2]?.toLowerCase() === "resourcegroups" && segments[3] !== undefined) {
    return insideGroup(subscription, segments[3], segments.slice(4));
  }
  if (segments[2]?.toLowerCase() === "providers" && segments.length > 4) {
    return insideProvider(subscription, undefined, segments.slice(3));
  }
  return { kind: "platform", segments };
}

/** Locks stand below what they lock, whatever that is. */
function lockPath(subscription: string, segments: readonly string[]): LockPath | undefined {
  const lower = segments.map((segment) => segment.toLowerCase());
  const at = lower.findLastIndex((segment, index) => segment === "providers" && lower[index + 1] === authorization);
  if (at < 0 || lower[at + 2] !== "locks" || segments.length > at + 4) return undefined;
  const group = lower[2] === "resourcegroups" && at >= 4 ? segments[3] : undefined;
  const name = segments[at + 3];
  return {
    kind: "locks",
    subscription,
    scope: `/${segments.slice(0, at).join("/")}`,
    ...(group === undefined ? {} : { group }),
    ...(name === undefined ? {} : { name }),
  };
}

const authorization = "microsoft.authorization";

/** Types of other providers stand below what they are about, too. */
function extensionPath(subscription: string, segments: readonly string[]): ExtensionPath | undefined {
  const at = segments.findLastIndex((segment) => segment.toLowerCase() === "providers");
  const [namespace = "", type = "", name] = segments.slice(at + 1);
  const extension = extensionKind(namespace, type);
  if (at < 2 || !extension || segments.length > at + 4) return undefined;
  const group = segments[2]?.toLowerCase() === "resourcegroups" && at >= 4 ? segments[3] : undefined;
  return {
    kind: "extension",
    subscription,
    scope: `/${segments.slice(0, at).join("/")}`,
    extension,
    ...(group === undefined ? {} : { group }),
    ...(name === undefined ? {} : { name }),
  };
}

function insideGroup(subscription: string, group: string, rest: readonly string[]): ResourcePath {
  if (rest[0]?.toLowerCase() === "providers" && rest.length > 2)
    return insideProvider(subscription, group, rest.slice(1));
  // An address of old, which the SDKs still use for what a deployment has done.
  if (rest[0]?.toLowerCase() === "deployments")
    return insideProvider(subscription, group, ["Microsoft.Resources", ...rest]);
  return { kind: "group", subscription, group, rest };
}

function insideProvider(subscription: string, group: string | undefined, segments: readonly string[]): ProviderPath {
  const [namespace = "", ...rest] = segments;
  return {
    kind: "provider",
    subscription,
    ...(group === undefined ? {} : { group }),
    namespace,
    types: rest.filter((_, index) => index % 2 === 0).map((type) => type.toLowerCase()),
    names: rest.filter((_, index) => index % 2 === 1),
  };
}

/** No resource has such characters in its name: they are where a name tries to be more than one segment. */
const forbidden = /[<>%&\\?/#\p{Cc}]/u;

function decodeSegment(segment: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(segment);
  } catch {
    throw invalidName(segment);
  }
  if (forbidden.test(decoded) || decoded === "." || decoded === ".." || decoded.length > 260)
    throw invalidName(segment);
  return decoded;
}

function invalidName(segment: string): ArmError {
  const shown = segment.slice(0, 80).replaceAll(/[^\w.%-]/g, "?");
  const text = `The provided resource name '${shown}' has these invalid characters: '< > * % & : \\ ? / #'. The name can not contain these characters, be '.' or '..', or be longer than 260 characters.`;
  return new ArmError(400, "InvalidResourceName", text);
}

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function subscriptionOf(text: string | undefined): string {
  if (text === undefined) throw subscriptionNotFound("");
  if (guid.test(text)) return text.toLowerCase();
  const message = `The provided subscription identifier '${text}' is malformed or invalid.`;
  throw new ArmError(400, "InvalidSubscriptionId", message);
}
