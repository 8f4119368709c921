import type { KubeObject } from "../../objects.ts";
import { fromFieldsV1, pathKey, without } from "../apply/field-set.ts";
import { type ManagedEntry, readEntries, withEntries } from "../apply/managers.ts";
import { serverSideApply } from "../apply/server-side-apply.ts";
import { type Call, isTrue, writerOf } from "../call.ts";
import type { JsonRecord } from "../json.ts";
import { appliedBody, asObject, checkApplied } from "../patch.ts";
import { apiVersionOf } from "../resource-type.ts";
import { scaleType } from "./scale-type.ts";

export interface AppliedScale {
  readonly scale: KubeObject;
  /** Of the scaled object: who owns the number of its replicas now, and the rest of it as before. */
  readonly managedFields: KubeObject["metadata"]["managedFields"];
}

/**
 * Server-side apply to a scale: the managers of the object's replicas are those of the scale's, under the paths of each
 * (apiserver: util/managedfields/scalehandler.go).
 */
export function applyScale(call: Call, object: KubeObject, scale: KubeObject): AppliedScale {
  const scaleCall = { ...call, type: scaleType };
  const configuration = appliedBody(scaleCall);
  checkApplied(scaleCall, configuration);
  const entries = readEntries(object.metadata.managedFields);
  const path = ownPath(call);
  const live = withEntries(
    scale,
    entries.filter((entry) => entry.fields.has(path)).map((entry) => asScale(entry)),
  );
  const force = isTrue(call.request.query.get("force"));
  const applied = serverSideApply({
    type: scaleType,
    live,
    configuration: asObject(configuration),
    writer: writerOf(call),
    force,
  });
  const after = readEntries(applied.metadata.managedFields);
  const owners = asOwners(call, entries, after);
  return { scale: applied, managedFields: withEntries(object, owners).metadata.managedFields };
}

const scaleFields = fromFieldsV1({ "f:spec": { "f:replicas": {} } });

function ownPath({ type }: Call): string {
  return pathKey((type.scalePaths?.replicas ?? ["spec", "replicas"]).map((member) => `f:${member}`));
}

function asScale(entry: ManagedEntry): ManagedEntry {
  return { ...entry, apiVersion: apiVersionOf(scaleType), fields: scaleFields };
}

function asOwners(
  call: Call,
  entries: readonly ManagedEntry[],
  scaleEntries: readonly ManagedEntry[],
): readonly ManagedEntry[] {
  const path = ownPath(call);
  const own = fromFieldsV1(nested(call.type.scalePaths?.replicas ?? ["spec", "replicas"]));
  const isOf = (entry: ManagedEntry) => (other: ManagedEntry) =>
    entry.manager === other.manager && entry.operation === other.operation && entry.subresource === other.subresource;
  const kept = entries.map((entry) =>
    entry.fields.has(path) && !scaleEntries.some(isOf(entry))
      ? { ...entry, fields: without(entry.fields, own) }
      : entry,
  );
  const added = scaleEntries
    .filter(({ fields }) => fields.has(pathKey(["f:spec", "f:replicas"])))
    .filter((entry) => !entries.some((one) => one.fields.has(path) && isOf(entry)(one)))
    .map((entry) => ({ ...entry, apiVersion: apiVersionOf(call.type), subresource: "scale", fields: own }));
  return [...kept, ...added];
}

function nested(path: readonly string[]): JsonRecord {
  return path.reduceRight<JsonRecord>((inner, member) => ({ [`f:${member}`]: inner }), {});
}
