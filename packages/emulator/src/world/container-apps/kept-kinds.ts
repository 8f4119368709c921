import { resourceNotFound } from "../arm/errors.ts";
import type { ArmError } from "../arm/provider.ts";
import type { DurationName } from "../calibration.ts";
import { checkCertificate, checkDaprComponent, checkManagedCertificate, checkStorage } from "./children.ts";
import type { Json, JsonReader } from "./json.ts";
import { invalidField, Refusal } from "./refusal.ts";

/** A kind of resource that is kept and shown, and behind which nothing runs here. */
export interface KeptKind {
  /** As in its path, below the provider. */
  readonly path: string;
  /** `type` in bodies, without the provider. */
  readonly type: string;
  /** State in the answer to a write that takes its time. */
  readonly acceptedState: string;
  readonly put: Write;
  readonly patch: Write | "refused";
  /** Answer to a DELETE of what is there; what is not there gets 204. */
  readonly deleted: 200 | 204 | Write;
  /** What operations are called in their addresses: `connected` + `OperationStatuses`. */
  readonly operations: string;
  /** Stands in the ids of operations, which are opaque then. */
  readonly idPrefix?: string;
  /** Throws `Refusal` for a body that the service does not take. */
  check(properties: JsonReader, name: string): void;
  /** `names`: one for each part of the path. */
  notFound(names: readonly string[], group: string): ArmError | Refusal;
}

/** Done at once, or accepted and done after a while; some only since a version of the API. */
export type Write =
  | { readonly kind: "done"; readonly status: 200 | 201 }
  | { readonly kind: "started"; readonly duration: DurationName; readonly since?: string }
  | { readonly kind: "by-content"; readonly duration: DurationName };

const done: Write = { kind: "done", status: 200 };

function started(duration: DurationName, since?: string): Write {
  return { kind: "started", duration, ...(since === undefined ? {} : { since }) };
}

/** True: the write is accepted and ends later. A pool of sessions with containers of its own does, others are there at once. */
export function takesTime(write: Write, apiVersion: string, content: Json): boolean {
  switch (write.kind) {
    case "done":
      return false;
    case "started":
      return write.since === undefined || apiVersion.slice(0, 10) >= write.since;
    case "by-content":
      return JSON.stringify(content).includes('"CustomContainer"');
  }
}

/** What children of connected environments became accepted with instead of done. Source: Microsoft.App API versions, and recordings. */
const connectedSince = { put: "2024-10-02", deleted: "2025-02-02" };

const base = {
  acceptedState: "InProgress",
  put: done,
  patch: "refused",
  deleted: 200,
  operations: "",
  check: () => {},
} as const;

function connected(
  child: string,
  duration: DurationName,
): Pick<KeptKind, "put" | "deleted" | "operations" | "idPrefix"> {
  return {
    put: started(duration, connectedSince.put),
    deleted: started(duration, connectedSince.deleted),
    operations: "connected",
    idPrefix: child,
  };
}

function plain(path: string): Pick<KeptKind, "path" | "type" | "notFound"> {
  const idOf = (names: readonly string[]): string =>
    path
      .split("/")
      .map((part, index) => `${part}/${names[index] ?? ""}`)
      .join("/");
  return { path, type: path, notFound: (names, group) => resourceNotFound(`Microsoft.App/${idOf(names)}`, group) };
}

function missing(code: string, text: (name: string) => string): Pick<KeptKind, "notFound"> {
  return { notFound: (names) => new Refusal(404, code, text(names.at(-1) ?? "")) };
}

/** Statuses, headers and states as recorded; of what no recording shows as the REST API documents them. */
export const keptKinds: readonly KeptKind[] = [
  {
    ...base,
    ...plain("connectedEnvironments"),
    acceptedState: "Waiting",
    put: started("connectedEnvironments.create"),
    patch: done,
    deleted: started("connectedEnvironments.delete"),
    operations: "connected",
    idPrefix: "connectedEnvironments",
  },
  {
    ...base,
    ...plain("connectedEnvironments/certificates"),
    ...connected("certificates", "connectedEnvironments.child"),
    acceptedState: "Pending",
    patch: done,
    check: checkCertificate,
  },
  {
    ...base,
    ...plain("connectedEnvironments/daprComponents"),
    ...connected("daprComponents", "connectedEnvironments.child"),
    check: checkDaprComponent,
    ...missing("DaprComponentNotFound", (name) => `Dapr Component with name '${name}' was not found.`),
  },
  {
    ...base,
    ...plain("connectedEnvironments/storages"),
    ...connected("storages", "connectedEnvironments.child"),
    check: checkStorage,
    ...missing("100200", (name) => `Connected environment Storage '${name}' was not found.`),
  },
  ...["javaComponents", "dotNetComponents"].map(
    (child): KeptKind => ({
      ...base,
      ...plain(`managedEnvironments/${child}`),
      put: started("managedEnvironments.component"),
      patch: started("managedEnvironments.component"),
      deleted: started("managedEnvironments.component.delete"),
      idPrefix: child,
      check: (properties) => requiredText(properties, "componentType"),
    }),
  ),
  {
    ...base,
    ...plain("managedEnvironments/managedCertificates"),
    acceptedState: "Pending",
    put: started("managedCertificates.create"),
    patch: done,
    operations: "managedCertificate",
    check: checkManagedCertificate,
  },
  { ...base, ...plain("managedEnvironments/daprSubscriptions"), deleted: 204 },
  ...["managedEnvironments", "containerApps"].map(
    (owner): KeptKind => ({
      ...base,
      ...plain(`${owner}/privateEndpointConnections`),
      put: started("privateEndpointConnections.write"),
      deleted: started("privateEndpointConnections.write"),
      idPrefix: "privateEndpointConnections",
    }),
  ),
  {
    ...base,
    ...plain("containerApps/sourcecontrols"),
    type: "containerapps/sourcecontrols",
    put: started("sourceControls.write"),
    deleted: started("sourceControls.write"),
    operations: "containerapp",
    check: (properties) => requiredText(properties, "repoUrl"),
  },
  {
    ...base,
    ...plain("containerApps/resiliencyPolicies"),
    patch: done,
    deleted: 204,
    ...missing("AppResiliencyNotFound", (name) => `App Resiliency with name '${name}' could not be found.`),
  },
  { ...base, ...plain("containerApps/providers/logicApps"), type: "logicApps" },
  {
    ...base,
    ...plain("sessionPools"),
    type: "sessionpools",
    put: { kind: "by-content", duration: "sessionPools.create" },
    patch: started("sessionPools.update"),
    deleted: { kind: "by-content", duration: "sessionPools.delete" },
    idPrefix: "sessionPools",
  },
  {
    ...base,
    ...plain("builders"),
    acceptedState: "Creating",
    put: started("builders.create"),
    patch: started("builders.create"),
    deleted: started("builders.create"),
    idPrefix: "builders",
  },
  {
    ...base,
    ...plain("builders/builds"),
    acceptedState: "Creating",
    put: started("builders.create"),
    deleted: started("builders.create"),
    idPrefix: "builds",
  },
];

function requiredText(properties: JsonReader, member: string): void {
  if (!properties.text(member)) throw invalidField(member, "", `${member} is required`);
}
