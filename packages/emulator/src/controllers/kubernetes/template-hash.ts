import { safeAlphabet } from "../../world/kubernetes/names.ts";
import type { PodTemplate } from "./pod-types.ts";

export const templateHashLabel = "pod-template-hash";

/**
 * The `pod-template-hash` of a template: FNV-1a of its canonical JSON, in the safe alphabet. Kubernetes hashes a Go dump
 * of the struct, so the values differ from a real cluster's; what they are for does not.
 */
export function templateHash(template: PodTemplate, collisions: number): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(`${canonicalTemplate(template)}/${collisions}`)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return String(hash >>> 0).replaceAll(/\d/g, (digit) =>
    safeAlphabet.charAt(digit.charCodeAt(0) % safeAlphabet.length),
  );
}

/** Equal for templates that make the same pods, whatever the order of their fields; the hash label does not count. */
export function canonicalTemplate(template: PodTemplate): string {
  const known = canonicalTexts.get(template) ?? canonicalText(template);
  canonicalTexts.set(template, known);
  return known;
}

/** Stored objects never change in place, and every reconcile of a deployment compares all of its templates. */
const canonicalTexts = new WeakMap<PodTemplate, string>();

function canonicalText(template: PodTemplate): string {
  const { [templateHashLabel]: _, ...labels } = template.metadata?.labels ?? {};
  return JSON.stringify(sorted({ ...template, metadata: { ...template.metadata, labels } }));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
