/** What those who follow changes go by: each version from a moment on. */
export class Propagation<Version> {
  readonly #versions = new Map<string, readonly { readonly fromMs: number; readonly version: Version }[]>();

  /** A change is never overtaken by an earlier one. */
  publish(key: string, version: Version, fromMs: number, nowMs: number): void {
    const known = this.#versions.get(key) ?? [];
    const current = known.findLastIndex((one) => one.fromMs <= nowMs);
    const kept = known.slice(Math.max(0, current));
    this.#versions.set(key, [...kept, { fromMs: Math.max(fromMs, this.settledMs(key)), version }]);
  }

  at(key: string, nowMs: number): Version | undefined {
    return this.#versions.get(key)?.findLast(({ fromMs }) => fromMs <= nowMs)?.version;
  }

  /** When the last change is everywhere; 0 without one. */
  settledMs(key: string): number {
    return this.#versions.get(key)?.at(-1)?.fromMs ?? 0;
  }

  forget(key: string): void {
    this.#versions.delete(key);
  }
}
