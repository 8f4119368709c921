import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { FairwayError, type Finding, loadPreflightRules, type PreflightRules } from "@fairway/sdk";
import type { Context } from "../context.ts";
import { whyUnreadable } from "../why-unreadable.ts";

export const defaultRulesFile = ".fairway-preflight.yaml";

/** The rules of the file; none when the default one is not there. Throws `usage` when it cannot be read or is wrong. */
export async function readRules(file: string | undefined, context: Context): Promise<PreflightRules> {
  try {
    return await loadPreflightRules(await readFile(resolve(context.folder, file ?? defaultRulesFile), "utf8"));
  } catch (cause) {
    if (cause instanceof FairwayError) throw cause;
    if (file === undefined && cause instanceof Error && "code" in cause && cause.code === "ENOENT") {
      return { ignore: [], checks: [] };
    }
    throw new FairwayError(
      "usage",
      `The rules file ${file ?? defaultRulesFile} cannot be read: ${whyUnreadable(cause)}.`,
      {
        hint: "Give --rules the path of a YAML file with ignore and checks.",
        path: "--rules",
        cause,
      },
    );
  }
}

/** FW039: runs the team's own checks one after another, with the target in FAIRWAY_TARGET. */
export async function runOwnChecks(
  { checks }: PreflightRules,
  target: string,
  context: Context,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { name, command, severity } of checks) {
    const { code, lastLine } = await runInShell(command, target, context);
    if (code === 0) continue;
    const evidence = `it ended with ${code ?? "a signal"}${lastLine === "" ? "" : `: ${lastLine}`}`;
    findings.push({ code: "FW039", severity, subject: `check ${name}`, evidence, fix: command });
  }
  return findings;
}

interface Ended {
  readonly code: number | null;
  readonly lastLine: string;
}

export async function runInShell(command: string, target: string, context: Context): Promise<Ended> {
  const child = spawn(command, {
    shell: true,
    cwd: context.folder,
    env: { ...context.environment, FAIRWAY_TARGET: target },
    stdio: ["ignore", "pipe", "pipe"],
    signal: context.signal,
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => (text = (text + chunk).slice(-longestOutput)));
  }
  return await new Promise((done, failed) => {
    child.once("error", failed);
    child.once("close", (code) => done({ code, lastLine: text.trimEnd().split("\n").at(-1) ?? "" }));
  });
}

const longestOutput = 4_096;
