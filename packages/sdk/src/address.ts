import { invalidAddress, type Part, readParts, resourceGroup, subscription } from "./address-parts.ts";

const forms = "aks://SUBSCRIPTION/GROUP/CLUSTER/NAMESPACE or aca://SUBSCRIPTION/GROUP/ENVIRONMENT";

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
    throw invalidAddress(`"${address}" has ${given}: a target starts with aks:// or aca://.`, "scheme", forms);
  }
  const rest = match[2] ?? "";
  return scheme === "aks" ? aksAddress(rest, address) : acaAddress(rest, address);
}

function aksAddress(rest: string, address: string): TargetAddress {
  const [subscriptionId, group, name, space] = readParts(aksParts, rest, address, forms);
  const canonical = `aks://${subscriptionId}/${group}/${name}/${space}`;
  return { kind: "aks", canonical, subscriptionId, resourceGroup: group, cluster: name, namespace: space };
}

function acaAddress(rest: string, address: string): TargetAddress {
  const [subscriptionId, group, name] = readParts(acaParts, rest, address, forms);
  const canonical = `aca://${subscriptionId}/${group}/${name}`;
  return { kind: "aca", canonical, subscriptionId, resourceGroup: group, environment: name };
}

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
