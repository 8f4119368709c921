import { FairwayError } from "@fairway/model";

/** A target's address, taken apart. */
export type TargetAddress =
  | {
      readonly kind: "aks";
      readonly canonical: string;
      readonly subscriptionId: string;
      readonly resourceGroup: string;
      readonly cluster: string;
      readonly namespace: string;
    }
  | {
      readonly kind: "aca";
      readonly canonical: string;
      readonly subscriptionId: string;
      readonly resourceGroup: string;
      readonly environment: string;
    };

/** Reads `aks://SUBSCRIPTION/GROUP/CLUSTER/NAMESPACE` or `aca://SUBSCRIPTION/GROUP/ENVIRONMENT`; else `target-invalid`. */
export function parseTargetAddress(address: string): TargetAddress {
  const match = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(address.trim());
  const scheme = match?.[1]?.toLowerCase();
  if (!match || (scheme !== "aks" && scheme !== "aca")) {
    const given = match ? `the scheme ${match[1]}` : "no scheme";
    throw invalid(`"${address}" has ${given}: a target starts with aks:// or aca://.`, "scheme");
  }
  const segments = (match[2] ?? "").replace(/\/$/, "").split("/").map(decoded);
  return scheme === "aks" ? aksAddress(segments, address) : acaAddress(segments, address);
}

function aksAddress(segments: readonly string[], address: string): TargetAddress {
  const [subscription, resourceGroup, cluster, namespace] = checked(aksParts, segments, address);
  const canonical = `aks://${subscription}/${resourceGroup}/${cluster}/${namespace}`;
  return { kind: "aks", canonical, subscriptionId: subscription, resourceGroup, cluster, namespace };
}

function acaAddress(segments: readonly string[], address: string): TargetAddress {
  const [subscription, resourceGroup, environment] = checked(acaParts, segments, address);
  const canonical = `aca://${subscription}/${resourceGroup}/${environment}`;
  return { kind: "aca", canonical, subscriptionId: subscription, resourceGroup, environment };
}

interface Part {
  readonly name: string;
  readonly form: RegExp;
  readonly rule: string;
}

const subscription: Part = {
  name: "subscription",
  form: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  rule: "must be the id of a subscription, which `az account show --query id` prints",
};

// Naming rules: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
const resourceGroup: Part = {
  name: "resourceGroup",
  form: /^[-\w.()]{0,89}[-\w()]$/,
  rule: "must be 1-90 characters: letters, digits, '-', '_', '.', '(' and ')', not ending with '.'",
};

const cluster: Part = {
  name: "cluster",
  form: /^[a-z0-9]([-\w]{0,61}[a-z0-9])?$/i,
  rule: "must be the name of an AKS cluster: 1-63 letters, digits, '-' and '_'",
};

const namespace: Part = {
  name: "namespace",
  form: /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
  rule: "must be the name of a Kubernetes namespace: 1-63 of a-z, 0-9 and '-'",
};

const environment: Part = {
  name: "environment",
  form: /^[a-z0-9]([-a-z0-9]{0,58}[a-z0-9])?$/i,
  rule: "must be the name of a Container Apps environment: 1-60 letters, digits and '-'",
};

const aksParts = [subscription, resourceGroup, cluster, namespace] as const;
const acaParts = [subscription, resourceGroup, environment] as const;

type Texts<Parts extends readonly Part[]> = { -readonly [Index in keyof Parts]: string };

function checked<const Parts extends readonly Part[]>(
  parts: Parts,
  segments: readonly string[],
  address: string,
): Texts<Parts> {
  for (const [index, { name, form, rule }] of parts.entries()) {
    const segment = segments[index] ?? "";
    if (segment === "") throw invalid(`"${address}" has no ${name}.`, name);
    if (!form.test(segment)) throw invalid(`In "${address}" the ${name} "${segment}" ${rule}.`, name);
  }
  const extra = segments[parts.length];
  if (extra !== undefined) throw invalid(`"${address}" has more parts than a target has: "${extra}".`, "address");
  return segments as Texts<Parts>;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function invalid(message: string, path: string): FairwayError {
  return new FairwayError("target-invalid", message, {
    hint: "Write aks://SUBSCRIPTION/GROUP/CLUSTER/NAMESPACE or aca://SUBSCRIPTION/GROUP/ENVIRONMENT.",
    path,
  });
}
