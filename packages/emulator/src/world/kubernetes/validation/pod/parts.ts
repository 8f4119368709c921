import type { KubeObject } from "../../../objects.ts";
import { isRecord, type JsonRecord, listAt, recordAt, sameJson, textAt } from "../../json.ts";
import { childPath, type FieldError, fieldNotFound, forbiddenField, itemPath, required } from "../field-errors.ts";
import { goDiff } from "../go-form.ts";
import { validateName } from "../metadata.ts";

/** What an ephemeral container may not have. */
const notEphemeral = ["ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "resources"];

/** pkg/apis/core/validation: validateEphemeralContainers. */
export function validateEphemeral(spec: JsonRecord, path: string): readonly FieldError[] {
  const names = [...listAt(spec, "containers"), ...listAt(spec, "initContainers")].map((one) => textAt(one, "name"));
  return listAt(spec, "ephemeralContainers").flatMap((container, index) => {
    const place = itemPath(path, index);
    const name = textAt(container, "name") ?? "";
    const target = textAt(container, "targetContainerName");
    return [
      ...(name === "" ? [required(childPath(place, "name"))] : validateName(childPath(place, "name"), name, "label")),
      ...(textAt(container, "image") ? [] : [required(childPath(place, "image"))]),
      ...(target && !names.includes(target) ? [fieldNotFound(childPath(place, "targetContainerName"), target)] : []),
      ...notEphemeral
        .filter((member) => hasContent(recordAt(container)[member]))
        .map((member) => forbiddenField(childPath(place, member), "cannot be set for an Ephemeral Container")),
    ];
  });
}

/** They only come, and stay as they came. */
export function validateEphemeralUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const path = "spec.ephemeralContainers";
  const after = listAt(next, "spec", "ephemeralContainers");
  return listAt(previous, "spec", "ephemeralContainers").flatMap((before) => {
    const name = textAt(before, "name") ?? "";
    const found = after.find((one) => textAt(one, "name") === name);
    if (found === undefined)
      return [forbiddenField(path, `existing ephemeral containers ${JSON.stringify(name)} may not be removed\n`)];
    if (sameJson(found, before)) return [];
    const diff = goDiff("core.EphemeralContainer", before, found);
    return [forbiddenField(path, `existing ephemeral containers ${JSON.stringify(name)} may not be changed\n${diff}`)];
  });
}

function hasContent(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return isRecord(value) && Object.keys(value).length > 0;
}
