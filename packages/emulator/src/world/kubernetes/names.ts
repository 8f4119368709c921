import type { Cluster } from "../cluster.ts";

/** Letters of generated names: no vowels and nothing that looks alike (apimachinery: util/rand). */
export const safeAlphabet = "bcdfghjklmnpqrstvwxz2456789";
/** A name has at most 63 characters, 5 of them random. */
const prefixLimit = 58;

/** `prefix` and five random characters. */
export function generateName(cluster: Cluster, prefix: string): string {
  const random = cluster.world.random.stream(`kubernetes/${cluster.name}/names/${cluster.store.version}`);
  return joinedName(prefix, random.text(5, safeAlphabet));
}

export function joinedName(prefix: string, end: string): string {
  return `${prefix.slice(0, prefixLimit)}${end}`;
}
