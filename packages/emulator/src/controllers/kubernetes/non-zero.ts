/** The numbers that are not 0: Kubernetes leaves the others out of its JSON (`omitempty`). */
export function nonZero<K extends string>(numbers: Readonly<Record<K, number>>): Partial<Record<K, number>> {
  const kept = Object.entries<number>(numbers).filter(([, value]) => value !== 0);
  return Object.fromEntries(kept) as Partial<Record<K, number>>;
}
