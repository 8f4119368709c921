/** What `apply` would do, property by property. */
export interface Plan {
  readonly app: string;
  /** The revision that would be there afterwards, and whether it would be a new one. */
  readonly revision: { readonly name: string; readonly isNew: boolean };
  readonly changes: readonly Change[];
  /** What the description asks for and this target does differently, or not at all. */
  readonly notEquivalent: readonly NotEquivalent[];
  /** The split as it is, and as it would be. A deploy leaves it as it is, unless the revision is the first. */
  readonly traffic: {
    readonly before: Readonly<Record<string, number>>;
    readonly after: Readonly<Record<string, number>>;
  };
}

export interface Change {
  /** Kind and name: `Deployment payment-api-1f3a`, `containerApp payment-api`. */
  readonly resource: string;
  readonly action: "create" | "update" | "delete" | "keep";
  readonly properties: readonly PropertyChange[];
}

export interface PropertyChange {
  readonly path: string;
  /** Absent when the property is new. Secrets are never shown. */
  readonly before?: unknown;
  /** Absent when the property goes away. */
  readonly after?: unknown;
}

export interface NotEquivalent {
  /** Path in the app description, e.g. `scale.rules[1]`. */
  readonly path: string;
  /** `ignored`: has no effect here. `approximated`: done in another way, which `message` tells. */
  readonly effect: "ignored" | "approximated";
  readonly message: string;
}
