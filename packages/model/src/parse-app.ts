import { type App, type AppDescription, type AppSchema, createAppSchema } from "./app.ts";
import { appRuleIssues } from "./app-rules.ts";
import { FairwayError, type Issue } from "./errors.ts";
import { loadZod } from "./load-zod.ts";
import { schemaIssues } from "./schema-issues.ts";

/**
 * The app that a description says, with every default filled in. Throws `FairwayError` `app-invalid` with all that is
 * wrong, each with its path.
 *
 * @example const app = defineApp({ name: "payment-api", image: "registry.example/payment-api:1.0.0", port: 8080 });
 */
export function defineApp(description: AppDescription): App {
  return parseApp(description);
}

/** The same for a value of unknown form: a file, a request body. */
export function parseApp(value: unknown): App {
  const parsed = appSchema().safeParse(value);
  if (!parsed.success) throw invalid(nameIn(value), schemaIssues(parsed.error.issues, value));
  const issues = appRuleIssues(parsed.data);
  if (issues.length > 0) throw invalid(parsed.data.name, issues);
  return withDaprDefaults(parsed.data);
}

/** JSON Schema (draft 2020-12) of what a caller writes, for editors and for other languages. */
export function appJsonSchema(): Record<string, unknown> {
  return { title: "Fairway app", ...loadZod().toJSONSchema(appSchema(), { io: "input" }) };
}

let schema: AppSchema | undefined;

function appSchema(): AppSchema {
  schema ??= createAppSchema(loadZod());
  return schema;
}

function invalid(name: string | undefined, issues: readonly Issue[]): FairwayError {
  const [first, ...more] = issues;
  if (!first) throw new Error("Invalid without an issue.");
  const subject = name === undefined ? "The app" : `The app "${name}"`;
  const place = first.path === "" ? first.message : `${first.path}: ${first.message}`;
  const rest = more.length === 0 ? "" : ` (and ${more.length} more)`;
  return new FairwayError("app-invalid", `${subject} is not valid: ${place}${rest}.`, {
    hint: "Correct the fields that are named. All fields are in docs/app.schema.json, which `appJsonSchema()` gives too.",
    issues,
    path: first.path,
  });
}

function nameIn(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("name" in value)) return undefined;
  return typeof value.name === "string" ? value.name.slice(0, 64) : undefined;
}

function withDaprDefaults(app: App): App {
  if (!app.dapr) return app;
  return { ...app, dapr: { ...app.dapr, appId: app.dapr.appId ?? app.name, port: app.dapr.port ?? app.port } };
}
