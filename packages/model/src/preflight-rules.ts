import { FairwayError } from "./errors.ts";
import { type Finding, type FindingCode, type FindingSeverity, isFindingCode } from "./finding.ts";
import { loadZod } from "./load-zod.ts";
import { schemaIssues } from "./schema-issues.ts";

/** What a team has decided about findings: which do not count, and what it checks by itself. */
export interface PreflightRules {
  readonly ignore: readonly IgnoreRule[];
  readonly checks: readonly OwnCheck[];
}

export interface IgnoreRule {
  readonly code: FindingCode;
  /** `*` stands for any text. Absent: every subject. */
  readonly subject?: string | undefined;
  /** For whoever reads the file later. */
  readonly reason: string;
  /** The last day on which the rule holds: `2027-01-31`. */
  readonly until?: string | undefined;
}

export interface OwnCheck {
  readonly name: string;
  /** A line for the shell; it passes when it ends with 0. */
  readonly command: string;
  readonly severity: FindingSeverity;
}

/** The rules in a value of unknown form. Throws `usage` with every wrong field. */
export function parsePreflightRules(value: unknown): PreflightRules {
  const zod = loadZod();
  const parsed = zod
    .strictObject({
      ignore: zod
        .array(
          zod.strictObject({
            code: zod.custom<FindingCode>(
              (code) => typeof code === "string" && isFindingCode(code),
              "is no code of docs/findings.md",
            ),
            subject: zod.string().min(1).optional(),
            reason: zod.string().min(1),
            until: zod.iso.date("must be a day such as 2027-01-31").optional(),
          }),
        )
        .default([]),
      checks: zod
        .array(
          zod.strictObject({
            name: zod.string().min(1),
            command: zod.string().min(1),
            severity: zod.enum(["required", "recommended"]).default("required"),
          }),
        )
        .default([]),
    })
    .safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = schemaIssues(parsed.error.issues, value);
  const [first] = issues;
  throw new FairwayError("usage", `The preflight rules are not valid: ${first?.path ?? ""}: ${first?.message ?? ""}.`, {
    hint: "Write ignore: [{code: FW012, subject: Deployment demo/*, reason: …, until: 2027-01-31}] and checks: [{name: …, command: …}]. docs/upgrades.md has an example.",
    issues,
    ...(first ? { path: first.path } : {}),
  });
}

export interface SortedFindings {
  readonly shown: readonly Finding[];
  readonly ignored: readonly IgnoredFinding[];
  /** Rules whose last day is over: what they ignored counts again. */
  readonly ended: readonly IgnoreRule[];
}

export interface IgnoredFinding extends Finding {
  /** Of the rule. */
  readonly reason: string;
}

/** Takes out what the rules ignore on this day (`2027-01-31`). */
export function sortOut(findings: readonly Finding[], { ignore }: PreflightRules, today: string): SortedFindings {
  const isOver = ({ until }: IgnoreRule) => until !== undefined && today > until;
  const rules = ignore.filter((rule) => !isOver(rule));
  const ruleOf = (finding: Finding) => rules.find((rule) => covers(rule, finding));
  return {
    shown: findings.filter((finding) => !ruleOf(finding)),
    ignored: findings.flatMap((finding) => {
      const rule = ruleOf(finding);
      return rule ? [{ ...finding, reason: rule.reason }] : [];
    }),
    ended: ignore.filter(isOver),
  };
}

function covers({ code, subject }: IgnoreRule, finding: Finding): boolean {
  return code === finding.code && (subject === undefined || pattern(subject).test(finding.subject));
}

function pattern(text: string): RegExp {
  const parts = text.split("*").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}
