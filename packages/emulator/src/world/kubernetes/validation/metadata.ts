import type { KubeObject, OwnerReference } from "../../objects.ts";
import { sameJson } from "../json.ts";
import type { NameRule, ResourceType } from "../resource-type.ts";
import { type FieldError, forbiddenField, invalidValue, required, tooLong } from "./field-errors.ts";
import { goForm } from "./go-form.ts";
import { metadataRounds } from "./metadata-rounds.ts";

/** Rules and wording of apimachinery: pkg/util/validation. */

const labelText = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const qualifiedText = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const label1035Text = "[a-z]([-a-z0-9]*[a-z0-9])?";
const subdomainText = String.raw`${labelText}(\.${labelText})*`;
const labelValueText = `(${qualifiedText})?`;

const nameRules: Readonly<Record<NameRule, { pattern: string; limit: number; sentence: string }>> = {
  subdomain: {
    pattern: subdomainText,
    limit: 253,
    sentence: `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${subdomainText}')`,
  },
  label: {
    pattern: labelText,
    limit: 63,
    sentence: `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${labelText}')`,
  },
  // Roles are called what they like (apimachinery: pkg/api/validation/path).
  path: {
    pattern: String.raw`(?!\.{1,2}$)[^/%]+`,
    limit: Number.MAX_SAFE_INTEGER,
    sentence: "may not be '.' or '..', and may not contain '/' or '%'",
  },
  label1035: {
    pattern: label1035Text,
    limit: 63,
    sentence: `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '${label1035Text}')`,
  },
};

export function validateMetadata(type: ResourceType, { metadata }: KubeObject): readonly FieldError[] {
  if (!metadata.name) return [required("metadata.name", "name or generateName is required")];
  const prefix = metadata.generateName ?? "";
  return [
    ...(prefix === "" ? [] : validatePrefix("metadata.generateName", prefix, type.nameRule)),
    ...validateName("metadata.name", metadata.name, type.nameRule),
    ...validateLabels("metadata.labels", metadata.labels ?? {}),
    ...validateAnnotations(metadata.annotations ?? {}),
    ...validateFinalizers(metadata.finalizers ?? []),
    ...(metadataRounds(type).unqualified > 0 ? validateDomains(metadata.finalizers ?? []) : []),
    ...validateOwners(metadata.ownerReferences ?? []),
  ];
}

/** One that has no domain is Kubernetes' own. */
export function validateFinalizer(field: string, name: string): readonly FieldError[] {
  const why = "name is neither a standard finalizer name nor is it fully qualified";
  return name.includes("/") || standardFinalizers.has(name) ? [] : [invalidValue(field, name, why)];
}

function validateFinalizers(finalizers: readonly string[]): readonly FieldError[] {
  const field = "metadata.finalizers";
  const both = finalizers.includes("orphan") && finalizers.includes("foregroundDeletion");
  return [
    ...finalizers.flatMap((name) => validateLabelKey(field, name)),
    ...(both ? [invalidValue(field, finalizers, "finalizer orphan and foregroundDeletion cannot be both set")] : []),
  ];
}

function validateDomains(finalizers: readonly string[]): readonly FieldError[] {
  return finalizers.flatMap((name, index) => validateFinalizer(`metadata.finalizers[${index}]`, name));
}

const standardFinalizers: ReadonlySet<string> = new Set(["kubernetes", "orphan", "foregroundDeletion"]);

function validateOwners(owners: readonly OwnerReference[]): readonly FieldError[] {
  const field = "metadata.ownerReferences";
  const controllers = owners.filter(({ controller }) => controller);
  return [
    ...owners.flatMap((owner) => validateOwner(owner, field)),
    ...(controllers.length > 1
      ? [
          invalidValue(
            field,
            owners,
            `Only one reference can have Controller set to true. Found "true" in references for ${controllers
              .slice(0, 2)
              .map(({ kind, name }) => `${kind}/${name}`)
              .join(" and ")}`,
          ),
        ]
      : []),
  ];
}

function validateOwner(owner: OwnerReference, field: string): readonly FieldError[] {
  const empty = (["apiVersion", "kind", "name", "uid"] as const).filter((name) => !owner[name]);
  const isEvent = owner.kind === "Event" && owner.apiVersion === "v1";
  return [
    ...empty.map((name) =>
      invalidValue(
        `${field}.${name}`,
        owner[name] ?? "",
        name === "apiVersion" ? "version must not be empty" : "must not be empty",
      ),
    ),
    ...(isEvent ? [invalidValue(field, owner, "/v1, Kind=Event is disallowed from being an owner")] : []),
  ];
}

/** All that is wrong with the metadata, as often as the API server says so. */
export function validateMetadataUpdate(
  type: ResourceType,
  next: KubeObject,
  previous: KubeObject,
): readonly FieldError[] {
  const { fixed, fields, finalizers, unqualified } = metadataRounds(type);
  const times = (count: number, errors: readonly FieldError[]): readonly FieldError[] =>
    errors.length === 0 ? errors : Array.from({ length: count }, () => errors).flat();
  const { metadata } = next;
  return [
    ...times(fixed, validateFixed(next, previous)),
    ...times(finalizers, validateFinalizers(metadata.finalizers ?? [])),
    ...times(unqualified, validateDomains(metadata.finalizers ?? [])),
    ...times(fields, validateOwners(metadata.ownerReferences ?? [])),
    ...times(fields, validateLabels("metadata.labels", metadata.labels ?? {})),
    ...times(fields, validateAnnotations(metadata.annotations ?? {})),
  ];
}

/** What no change of an object may touch. */
function validateFixed(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const added = (next.metadata.finalizers ?? []).filter((one) => !previous.metadata.finalizers?.includes(one));
  const deleting = previous.metadata.deletionTimestamp !== undefined;
  const { deletionTimestamp: sent, deletionGracePeriodSeconds: grace } = next.metadata;
  return [
    ...(sent !== undefined && sent !== previous.metadata.deletionTimestamp
      ? [invalidValue("metadata.deletionTimestamp", sent, "field is immutable")]
      : []),
    ...(grace !== undefined && grace !== previous.metadata.deletionGracePeriodSeconds
      ? [invalidValue("metadata.deletionGracePeriodSeconds", grace, "field is immutable")]
      : []),
    ...(deleting && added.length > 0
      ? [
          forbiddenField(
            "metadata.finalizers",
            `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((one) => JSON.stringify(one)).join(", ")}}`,
          ),
        ]
      : []),
  ];
}

/** What names are made from may end with a dash. */
function validatePrefix(field: string, prefix: string, rule: NameRule): readonly FieldError[] {
  const whole = prefix.endsWith("-") && prefix.length > 1 ? `${prefix.slice(0, -1)}a` : prefix;
  return validateName(field, whole, rule).map(({ message, ...error }) => ({
    ...error,
    message: message.replace(JSON.stringify(whole), () => JSON.stringify(prefix)),
  }));
}

export function validateName(field: string, name: string, rule: NameRule): readonly FieldError[] {
  const { pattern, limit, sentence } = nameRules[rule];
  // A label that would be a subdomain is told what it has too much.
  if (rule === "label" && name.includes(".") && name.length <= limit && matches(subdomainText, name))
    return [invalidValue(field, name, "must not contain dots")];
  return [
    ...(name.length > limit ? [invalidValue(field, name, `must be no more than ${limit} characters`)] : []),
    ...(matches(pattern, name) ? [] : [invalidValue(field, name, sentence)]),
  ];
}

export function validateLabels(field: string, labels: Readonly<Record<string, string>>): readonly FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...validateLabelKey(field, key),
    ...validateLabelValue(field, value),
  ]);
}

export function validateLabelValue(field: string, value: string): readonly FieldError[] {
  return [
    ...(value.length > 63 ? [invalidValue(field, value, "must be no more than 63 bytes")] : []),
    ...(matches(labelValueText, value)
      ? []
      : [
          invalidValue(
            field,
            value,
            `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
          ),
        ]),
  ];
}

const annotationsLimitBytes = 256 * 1024;

export function validateAnnotations(
  annotations: Readonly<Record<string, string>>,
  field = "metadata.annotations",
): readonly FieldError[] {
  const bytes = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  return [
    ...Object.keys(annotations).flatMap((key) => validateLabelKey(field, key)),
    ...(bytes > annotationsLimitBytes ? [tooLong(field, annotationsLimitBytes)] : []),
  ];
}

/** `goType`: what the value is inside of the API server, if it prints that. */
export function validateImmutable(
  field: string,
  next: unknown,
  previous: unknown,
  goType?: string,
): readonly FieldError[] {
  if (sameJson(next, previous)) return [];
  const shown = goType === undefined || next === undefined ? (next ?? null) : goForm(goType, next);
  return [invalidValue(field, shown, "field is immutable")];
}

export function validateLabelKey(field: string, key: string): readonly FieldError[] {
  const parts = key.split("/");
  const name = parts.at(-1) ?? "";
  const prefix = parts.length === 2 ? parts[0] : undefined;
  const problems = [
    ...(parts.length > 2
      ? [`a valid label key ${qualifiedRule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`]
      : []),
    ...(parts.length === 2 ? prefixProblems(prefix ?? "") : []),
    ...(parts.length <= 2 && name === "" ? ["name part must be non-empty"] : []),
    ...(parts.length <= 2 && name.length > 63 ? ["name part must be no more than 63 bytes"] : []),
    ...(parts.length <= 2 && !matches(qualifiedText, name) ? [`name part ${qualifiedRule}`] : []),
  ];
  return problems.map((problem) => invalidValue(field, key, problem));
}

const qualifiedRule = `must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${qualifiedText}')`;

function prefixProblems(prefix: string): readonly string[] {
  if (prefix === "") return ["prefix part must be non-empty"];
  const { sentence } = nameRules.subdomain;
  return [
    ...(prefix.length > 253 ? ["prefix part must be no more than 253 bytes"] : []),
    ...(matches(subdomainText, prefix) ? [] : [`prefix part ${sentence}`]),
  ];
}

/** Longer texts are never valid, and matching them would take long. */
function matches(pattern: string, text: string): boolean {
  return text.length <= 1_000 && new RegExp(`^${pattern}$`).test(text);
}
