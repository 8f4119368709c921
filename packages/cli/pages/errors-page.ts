import { type ErrorCode, errorCodes } from "@fairway/model";
import { exitCodeOf } from "../src/exit-codes.ts";
import { errorTexts } from "./error-texts.ts";

/** docs/errors.md: every code with its exit code, who can mend it, and what to do. */
export function errorsPage(): string {
  return `# Error codes

Generated from the closed codes of \`@fairway/model\` by \`npm run docs\`: do not edit.

Everything that Fairway refuses or fails at is a \`FairwayError\`: a \`code\` from this page, a \`message\` with the subject in
it, a \`hint\` that says what to do next, and the original error as \`cause\`. \`issues\` has one entry per wrong field, each
with its \`path\`. The codes are stable; messages are not. The command ends with the exit code.

| code | what happened | who mends it | exit code |
| --- | --- | --- | --- |
${errorCodes.map(row).join("\n")}
${errorCodes.map((code) => `\n## ${code}\n\n${errorTexts[code].text}\n`).join("")}`;
}

function row(code: ErrorCode): string {
  const { what, who } = errorTexts[code];
  return `| [\`${code}\`](#${code}) | ${what} | ${who} | ${exitCodeOf(code)} |`;
}
