import { type App, FairwayError, parseApp } from "@fairway/model";

export interface LoadAppOptions {
  /** Default: JSON when the text starts with a brace, else YAML. */
  readonly format?: "json" | "yaml";
  /** Another image than the text names. */
  readonly image?: string;
  /** Values of secrets, so that the text need not hold them. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** A description is smaller by orders of magnitude; what is larger is another file, and YAML takes its time with it. */
const maxCharacters = 256 * 1024;

/** The app that a YAML or JSON text describes. Rejects with `app-invalid`: the place in the text, or all wrong fields. */
export async function loadApp(text: string, options: LoadAppOptions = {}): Promise<App> {
  if (text.length > maxCharacters) throw tooLarge();
  const format = options.format ?? (/^\s*\{/.test(text) ? "json" : "yaml");
  return parseApp(complete(format === "json" ? readJson(text) : await readYaml(text), options));
}

function complete(description: unknown, { image, secrets = {} }: LoadAppOptions): unknown {
  // What is no object is left to the schema to refuse.
  if (typeof description !== "object" || description === null || Array.isArray(description)) return description;
  const written = "secrets" in description && typeof description.secrets === "object" ? description.secrets : {};
  return {
    ...description,
    ...(image === undefined ? {} : { image }),
    ...(Object.keys(secrets).length === 0 ? {} : { secrets: { ...written, ...secrets } }),
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // Node's message quotes the text around the place, where a secret may be.
    const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined;
    throw unreadable("JSON", position === undefined ? "it ends too early" : `see ${placeOf(text, Number(position))}`);
  }
}

async function readYaml(text: string): Promise<unknown> {
  const { parseAllDocuments } = await import("yaml");
  const documents = parseAllDocuments(text, { prettyErrors: true });
  const [document, second] = "empty" in documents ? [] : documents;
  if (!document) throw unreadable("YAML", "it is empty");
  if (second) throw unreadable("YAML", "it has more than one document: write one app per file");
  const [error] = document.errors;
  if (error)
    throw unreadable("YAML", `see line ${error.linePos?.[0].line}, column ${error.linePos?.[0].col} (${error.code})`);
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    throw unreadable("YAML", "its aliases refer to more than 100 nodes, or to nothing");
  }
}

function placeOf(text: string, position: number): string {
  const before = text.slice(0, position).split("\n");
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

function tooLarge(): FairwayError {
  return new FairwayError("app-invalid", `The app is described in more than ${maxCharacters / 1024} KiB.`, {
    hint: "Give the description of one app; large configuration belongs into files or a configuration service.",
  });
}

function unreadable(format: string, why: string): FairwayError {
  return new FairwayError("app-invalid", `The app cannot be read as ${format}: ${why}.`, {
    hint: `Correct the ${format}, or give the other format.`,
  });
}
