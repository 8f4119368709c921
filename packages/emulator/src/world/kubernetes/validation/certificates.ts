import type { KubeObject } from "../../objects.ts";
import { listAt, numberAt, textAt } from "../json.ts";
import { duplicate, type FieldError, forbiddenField, invalidValue, itemPath, required } from "./field-errors.ts";
import { oneOf } from "./values.ts";

/** Rules and wording of kubernetes: pkg/apis/certificates/validation/validation.go. */

export function validateRequest(request: KubeObject): readonly FieldError[] {
  const content = textAt(request, "spec", "request") ?? "";
  const problem = problemOf(Buffer.from(content, "base64").toString());
  const usages = listAt(request, "spec", "usages");
  const seconds = numberAt(request, "spec", "expirationSeconds");
  const tooShort = "may not specify a duration less than 600 seconds (10 minutes)";
  return [
    ...(problem === undefined ? [] : [invalidValue("spec.request", content, problem)]),
    ...(usages.length === 0 ? [required("spec.usages")] : []),
    ...usages.flatMap((usage, index) => oneOf(usage, knownUsages, itemPath("spec.usages", index))),
    ...usages.flatMap((usage, index) =>
      usages.indexOf(usage) < index ? [duplicate(itemPath("spec.usages", index), usage)] : [],
    ),
    ...validateSigner(textAt(request, "spec", "signerName") ?? "", "spec.signerName"),
    ...(seconds !== undefined && seconds < 600 ? [invalidValue("spec.expirationSeconds", seconds, tooShort)] : []),
    ...validateConditions(listAt(request, "status", "conditions")),
  ];
}

export function validateRequestUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const has = (request: KubeObject, type: string): boolean =>
    listAt(request, "status", "conditions").some((condition) => textAt(condition, "type") === type);
  return ["Approved", "Denied", "Failed"]
    .filter((type) => has(previous, type) && !has(next, type))
    .map((type) => forbiddenField("status.conditions", `updates may not remove a condition of type "${type}"`));
}

/** The armour and the outermost sequence; what is inside, a signer judges. */
function problemOf(pem: string): string | undefined {
  const begin = "-----BEGIN CERTIFICATE REQUEST-----";
  const [, content = ""] = pem.split(begin);
  if (!pem.includes(begin)) return "PEM block type must be CERTIFICATE REQUEST";
  const der = Buffer.from(content.split("-----END", 1)[0] ?? "", "base64");
  if (der[0] !== 0x30) return "asn1: structure error: tags don't match";
  return der.length < sequenceLength(der) ? "asn1: syntax error: data truncated" : undefined;
}

/** In bytes, with its head: the length itself, or how many bytes of length follow. */
function sequenceLength(der: Buffer): number {
  const [, first = 0] = der;
  if (first < 0x80) return 2 + first;
  const size = first & 0x7f;
  return size === 0 || size > 4 || der.length < 2 + size
    ? Number.POSITIVE_INFINITY
    : 2 + size + der.readUIntBE(2, size);
}

/** pkg/apis/core/validation: ValidateSignerName. */
function validateSigner(name: string, path: string): readonly FieldError[] {
  if (name === "") return [required(path)];
  const [domain = "", rest, ...tooMany] = name.split("/");
  if (rest === undefined || tooMany.length > 0)
    return [
      invalidValue(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'"),
    ];
  if (name === "kubernetes.io/legacy-unknown")
    return [invalidValue(path, name, "the legacy signerName is not allowed via this API version")];
  return domain.includes(".")
    ? []
    : [invalidValue(path, domain, "should be a domain with at least two segments separated by dots")];
}

function validateConditions(conditions: readonly unknown[]): readonly FieldError[] {
  const path = "status.conditions";
  const types = conditions.map((condition) => textAt(condition, "type") ?? "");
  const excluding = "Approved and Denied conditions are mutually exclusive";
  const second = types.findLast((type) => type === "Approved" || type === "Denied");
  return [
    ...conditions.flatMap((condition, index) => validateCondition(condition, itemPath(path, index))),
    ...types.flatMap((type, index) =>
      types.indexOf(type) < index ? [duplicate(`${itemPath(path, index)}.type`, type)] : [],
    ),
    ...(types.includes("Approved") && types.includes("Denied") ? [invalidValue(path, second, excluding)] : []),
  ];
}

function validateCondition(condition: unknown, path: string): readonly FieldError[] {
  const type = textAt(condition, "type") ?? "";
  const status = textAt(condition, "status") ?? "";
  const isDecision = ["Approved", "Denied", "Failed"].includes(type);
  return [
    ...(type === "" ? [required(`${path}.type`)] : []),
    ...(status === ""
      ? [required(`${path}.status`)]
      : oneOf(status, isDecision ? ["True"] : ["False", "True", "Unknown"], `${path}.status`)),
  ];
}

const knownUsages = [
  "any",
  "cert sign",
  "client auth",
  "code signing",
  "content commitment",
  "crl sign",
  "data encipherment",
  "decipher only",
  "digital signature",
  "email protection",
  "encipher only",
  "ipsec end system",
  "ipsec tunnel",
  "ipsec user",
  "key agreement",
  "key encipherment",
  "microsoft sgc",
  "netscape sgc",
  "ocsp signing",
  "s/mime",
  "server auth",
  "signing",
  "timestamping",
];
