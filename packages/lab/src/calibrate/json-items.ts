import { FairwayError } from "@fairway/model";

/**
 * The objects of a JSON list, one at a time, whatever its size: `[…]`, or `{ "value": […] }` as the API answers. Throws
 * `usage` when it is no list of objects, or ends in the middle.
 */
export async function* jsonItems(chunks: AsyncIterable<string>, name: string): AsyncGenerator<unknown> {
  const splitter = new Splitter(name);
  for await (const chunk of chunks) yield* splitter.items(chunk);
  splitter.end();
}

/** An event has some kilobytes; what has more is something else. */
const longestItem = 4_000_000;

class Splitter {
  readonly #name: string;
  /** Before the list, in it, or behind it. */
  #place: "before" | "inside" | "behind" = "before";
  #item = "";
  #depth = 0;
  #inText = false;
  #escaped = false;
  #count = 0;

  constructor(name: string) {
    this.#name = name;
  }

  *items(chunk: string): Generator<unknown> {
    const text = this.#place === "before" ? this.#withoutHead(chunk) : chunk;
    let from = 0;
    for (let index = 0; index < text.length && this.#place === "inside"; index += 1) {
      const isWhole = this.#step(text.charCodeAt(index));
      if (this.#depth === 0 && !isWhole) from = index + 1;
      if (!isWhole) continue;
      yield this.#parse(this.#item + text.slice(from, index + 1));
      this.#item = "";
      from = index + 1;
    }
    if (this.#place !== "inside") return;
    this.#item += text.slice(from);
    if (this.#item.length > longestItem) throw this.#wrong(`event ${this.#count + 1} does not end`);
  }

  end(): void {
    if (this.#place === "behind") return;
    if (this.#place === "inside") throw this.#wrong(`it ends in the middle, after ${this.#count} events`);
    throw this.#wrong(this.#item.trim() === "" ? "it is empty" : "it is no list of events");
  }

  /** What is left when the list has begun. */
  #withoutHead(chunk: string): string {
    this.#item += chunk;
    const head = /^\uFEFF?\s*(?:\{\s*(?:"nextLink"\s*:\s*(?:null|"[^"]*")\s*,\s*)?"value"\s*:\s*)?\[/.exec(this.#item);
    if (!head) {
      if (this.#item.length > longestHead) throw this.#wrong("it is no list of events");
      return "";
    }
    const rest = this.#item.slice(head[0].length);
    this.#item = "";
    this.#place = "inside";
    return rest;
  }

  /** True at the end of an item. */
  #step(code: number): boolean {
    if (this.#inText) {
      if (this.#escaped) this.#escaped = false;
      else if (code === backslash) this.#escaped = true;
      else if (code === quote) this.#inText = false;
      return false;
    }
    switch (code) {
      case quote:
        this.#mustBeInside();
        this.#inText = true;
        return false;
      case openBrace:
      case openBracket:
        this.#depth += 1;
        return false;
      case closeBrace:
        this.#depth -= 1;
        return this.#depth === 0;
      case closeBracket:
        if (this.#depth === 0) this.#place = "behind";
        else this.#depth -= 1;
        return false;
      default:
        if (code > space && code !== comma) this.#mustBeInside();
        return false;
    }
  }

  #mustBeInside(): void {
    if (this.#depth === 0) throw this.#wrong(`item ${this.#count + 1} is no object`);
  }

  #parse(text: string): unknown {
    this.#count += 1;
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw this.#wrong(`event ${this.#count} is no JSON`, cause);
    }
  }

  #wrong(why: string, cause?: unknown): FairwayError {
    return new FairwayError("usage", `${this.#name} is no export of an activity log: ${why}.`, {
      hint: "Make one with az monitor activity-log list --offset 89d --max-events 100000 -o json > activity.json.",
      path: "--export",
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

const longestHead = 4_096;
const [quote, backslash, space, comma] = [0x22, 0x5c, 0x20, 0x2c];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];
