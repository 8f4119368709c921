import type { PlainResource, PlainResources } from "../../world/arm/plain-resources.ts";

/** Of each subnet: the first four addresses and the last one (Azure docs, virtual network FAQ). */
const keptByAzure = 5;

/** How full the subnets of a virtual network are, as its usages tell (Azure REST API, list usage of virtual networks). */
export function subnetUsages(
  plain: PlainResources,
  network: PlainResource,
  used: (subnetId: string) => number,
): readonly unknown[] {
  return subnetsOf(plain, network).map(({ id, properties }) => ({
    currentValue: used(id),
    id,
    limit: sizeOf(properties) ?? 0,
    name: { localizedValue: "Subnet size and usage", value: "SubnetSpace" },
    unit: "Count",
  }));
}

/** Addresses of a subnet that nodes may have; undefined when there is none of that id. */
export function subnetSize(plain: PlainResources, subnetId: string): number | undefined {
  const network = plain.get(subnetId.replace(/\/subnets\/[^/]+$/i, ""));
  const all = network ? subnetsOf(plain, network) : [];
  return sizeOf(all.find(({ id }) => id.toLowerCase() === subnetId.toLowerCase())?.properties);
}

/** Those that were written with it, and those that were written by themselves. */
function subnetsOf(plain: PlainResources, network: PlainResource): readonly Subnet[] {
  const inside = propertiesOf(network.content)["subnets"];
  const own = (Array.isArray(inside) ? (inside as readonly Named[]) : []).map(({ name = "", properties }) => ({
    id: `${network.id}/subnets/${name}`,
    properties,
  }));
  const below = plain
    .within(`${network.id}/subnets/`)
    .map(({ id, content }) => ({ id, properties: propertiesOf(content) }));
  const known = new Set(below.map(({ id }) => id.toLowerCase()));
  return [...below, ...own.filter(({ id }) => !known.has(id.toLowerCase()))];
}

interface Named {
  readonly name?: string;
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
}

interface Subnet {
  readonly id: string;
  readonly properties: Named["properties"];
}

function propertiesOf(content: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return (content["properties"] ?? {}) as Readonly<Record<string, unknown>>;
}

/** `10.0.0.0/24`, or the first of several prefixes. */
function sizeOf(properties: Subnet["properties"]): number | undefined {
  const { addressPrefix, addressPrefixes } = properties ?? {};
  const prefix: unknown = addressPrefix ?? (Array.isArray(addressPrefixes) ? addressPrefixes[0] : undefined);
  const bits = Number(typeof prefix === "string" ? prefix.split("/")[1] : Number.NaN);
  return Number.isInteger(bits) ? Math.max(0, 2 ** (32 - bits) - keptByAzure) : undefined;
}
