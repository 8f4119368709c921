/** Values of many sources as they come. A source may be added while it is read; it ends with `end` and the last source. */
export class Merge<T> {
  readonly #waiting: T[] = [];
  #open = 0;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #changed = Promise.withResolvers<void>();

  add(source: AsyncIterable<T>): void {
    this.#open += 1;
    void this.#drain(source);
  }

  /** No more sources will be added. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  async *read(): AsyncGenerator<T> {
    for (;;) {
      const changed = this.#changed.promise;
      yield* this.#waiting.splice(0);
      if (this.#waiting.length > 0) continue;
      if (this.#failure) throw this.#failure.error;
      if (this.#ended && this.#open === 0) return;
      await changed;
    }
  }

  async #drain(source: AsyncIterable<T>): Promise<void> {
    try {
      for await (const value of source) {
        this.#waiting.push(value);
        this.#wake();
      }
    } catch (error) {
      this.fail(error);
    } finally {
      this.#open -= 1;
      this.#wake();
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
