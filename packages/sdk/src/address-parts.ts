import { FairwayError } from "@fairway/model";

/** A segment of an address, and what it must look like. */
export interface Part {
  readonly name: string;
  readonly form: RegExp;
  readonly rule: string;
}

type Texts<Parts extends readonly Part[]> = { -readonly [Index in keyof Parts]: string };

/** The segments behind `scheme://`, each as its part wants it. `forms`: how addresses are written, for hints. */
export function readParts<const Parts extends readonly Part[]>(
  parts: Parts,
  rest: string,
  address: string,
  forms: string,
): Texts<Parts> {
  const segments = rest.replace(/\/$/, "").split("/").map(decoded);
  for (const [index, { name, form, rule }] of parts.entries()) {
    const segment = segments[index] ?? "";
    if (segment === "") throw invalidAddress(`"${address}" has no ${name}.`, name, forms);
    if (!form.test(segment)) {
      throw invalidAddress(`In "${address}" the ${name} "${segment}" ${rule}.`, name, forms);
    }
  }
  const extra = segments[parts.length];
  if (extra !== undefined) {
    throw invalidAddress(`"${address}" has more parts than a target has: "${extra}".`, "address", forms);
  }
  return segments as Texts<Parts>;
}

export const subscription: Part = {
  name: "subscription",
  form: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  rule: "must be the id of a subscription, which `az account show --query id` prints",
};

// Naming rules: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
export const resourceGroup: Part = {
  name: "resourceGroup",
  form: /^[-\w.()]{0,89}[-\w()]$/,
  rule: "must be 1-90 characters: letters, digits, '-', '_', '.', '(' and ')', not ending with '.'",
};

export function invalidAddress(message: string, path: string, forms: string): FairwayError {
  return new FairwayError("target-invalid", message, { hint: `Write ${forms}.`, path });
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
