import { calibrationJsonSchema } from "@fairway/emulator";
import { reportSchema } from "@fairway/lab";
import { appJsonSchema } from "@fairway/model";
import { z } from "zod";
import { calibrationFile, calibrationPage } from "./calibration-page.ts";
import { errorsPage } from "./errors-page.ts";
import { findingsPage } from "./findings-page.ts";
import { schemaPage } from "./schema-page.ts";

/** The pages and schemas under docs/ that are made from the code, by file name. */
export function generatedDocs(): Readonly<Record<string, string>> {
  return {
    "errors.md": errorsPage(),
    "findings.md": findingsPage(),
    "calibration.md": calibrationPage(),
    "calibration.yaml": calibrationFile(),
    "calibration.schema.json": asJson(calibrationJsonSchema()),
    "app.schema.json": asJson(appJsonSchema()),
    "app.md": schemaPage(appPage, appJsonSchema()),
    "report.schema.json": asJson(reportJsonSchema()),
    "report.md": schemaPage(reportPage, reportJsonSchema()),
  };
}

/** Of what is written, so that a field with a default is always there. */
export function reportJsonSchema(): unknown {
  return { title: "Fairway report", ...z.toJSONSchema(reportSchema, { io: "output" }) };
}

const generated = "Generated from the schema in the code by `npm run docs`: do not edit.";

const appPage = {
  title: "The description of an app",
  introduction: `${generated} The same as JSON Schema:
[app.schema.json](app.schema.json). Write it as YAML or JSON, or call \`defineApp\`; unknown fields are refused. Editors complete YAML with
\`# yaml-language-server: $schema=docs/app.schema.json\` on its first line.`,
};

const reportPage = {
  title: "report.json",
  introduction: `${generated} The same as JSON Schema:
[report.schema.json](report.schema.json). \`fairway compare\` writes report.json beside report.html, and
\`fairway compare --json\` prints it. A change that breaks readers raises \`schemaVersion\`.`,
};

function asJson(schema: unknown): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}
