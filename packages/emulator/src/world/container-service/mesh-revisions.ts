/** A release of the Istio add-on: what it can go to, and which Kubernetes minors it runs on. */
export interface MeshRevision {
  readonly revision: string;
  readonly upgrades: readonly string[];
  readonly kubernetes: readonly string[];
}

/** Newest last; a mesh may skip one. The pairs with Kubernetes are assumed for the calendar of versions. */
export const meshRevisions: readonly MeshRevision[] = [
  {
    revision: "asm-1-26",
    upgrades: ["asm-1-27", "asm-1-28"],
    kubernetes: ["1.32", "1.33", "1.34"],
  },
  { revision: "asm-1-27", upgrades: ["asm-1-28"], kubernetes: ["1.32", "1.33", "1.34", "1.35"] },
  { revision: "asm-1-28", upgrades: [], kubernetes: ["1.33", "1.34", "1.35", "1.36"] },
];

/** What a mesh gets that asks for no revision. */
export const defaultMeshRevision = "asm-1-27";
