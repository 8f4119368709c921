/** Pods by domain. */
export class DomainCrowds {
  readonly #domains: ReadonlySet<string>;
  readonly #byDomain = new Map<string, number>();
  /** How many the fullest domain has. */
  most = 0;

  constructor(domains: ReadonlySet<string>) {
    this.#domains = domains;
  }

  /** How many domains there are. */
  get size(): number {
    return this.#domains.size;
  }

  /** How many the emptiest domain has. */
  get least(): number {
    return this.#byDomain.size < this.#domains.size ? 0 : Math.min(...this.#byDomain.values());
  }

  of(domain: string): number {
    return this.#byDomain.get(domain) ?? 0;
  }

  add(domain: string, count: number): void {
    const crowd = this.of(domain) + count;
    this.#byDomain.set(domain, crowd);
    this.most = Math.max(this.most, crowd);
  }
}
