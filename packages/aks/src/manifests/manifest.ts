/** A Kubernetes object as we write it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    /** Absent for kinds without one. */
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** What every manifest of a revision is rendered from. */
export interface RevisionContext {
  readonly namespace: string;
  readonly revision: string;
}
