import { createReadStream } from "node:fs";
import { extname, resolve } from "node:path";
import { type App, FairwayError } from "@fairway/model";
import { loadApp } from "@fairway/sdk";
import type { Context, TargetOptions } from "./context.ts";
import { whyUnreadable } from "./why-unreadable.ts";

export interface AppFileOptions extends TargetOptions {
  readonly secret: readonly string[];
  readonly image?: string;
}

/** The app of a file, with the image and the secrets of the command line. Throws `usage` or `app-invalid`. */
export async function readApp(file: string, options: AppFileOptions, context: Context): Promise<App> {
  return await loadApp(await readText(file, context), {
    format: extname(file) === ".json" ? "json" : "yaml",
    secrets: Object.fromEntries(options.secret.map((pair) => parseSecret(pair, context))),
    ...(options.image ? { image: options.image } : {}),
  });
}

/** More than any app description takes; no more is read, whatever the file is. */
const maxBytes = 1024 * 1024;

async function readText(file: string, { folder, signal }: Context): Promise<string> {
  const chunks: Uint8Array[] = [];
  try {
    const stream: AsyncIterable<Uint8Array> = createReadStream(resolve(folder, file), { end: maxBytes, signal });
    for await (const chunk of stream) chunks.push(chunk);
  } catch (cause) {
    throw unreadable(file, whyUnreadable(cause), cause);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw unreadable(file, "it is not UTF-8 text", cause);
  }
}

function unreadable(file: string, why: string, cause: unknown): FairwayError {
  return new FairwayError("usage", `The file ${file} cannot be read: ${why}.`, {
    hint: "Give the path of an app description (YAML or JSON), such as examples/payment-api.yaml.",
    path: "<file>",
    cause,
  });
}

function parseSecret(pair: string, context: Context): [string, string] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
  if (!name || value === undefined) {
    throw new FairwayError("usage", "A --secret has no value.", {
      hint: "Write --secret NAME=VALUE.",
      path: "--secret",
    });
  }
  if (value !== "@") return [name, value];
  const variable = `${name.toUpperCase().replaceAll("-", "_")}_VALUE`;
  const found = context.environment[variable];
  if (found !== undefined) return [name, found];
  throw new FairwayError("usage", `The environment variable ${variable} is not set.`, {
    hint: `Set it, or write --secret ${name}=VALUE.`,
    path: "--secret",
  });
}
