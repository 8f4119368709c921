import { FairwayError } from "@fairway/model";
import type { ClusterFacts } from "@fairway/sdk";
import { factsSchema } from "./snapshot-schema.ts";

/** What was read of a cluster, to be looked at elsewhere: no secret and no value of an environment variable is in it. */
export interface ClusterSnapshot {
  /** Address of the cluster that it was read from. */
  readonly target: string;
  readonly facts: ClusterFacts;
}

/** Raised when an older Fairway could not read what a newer one writes. */
const formatVersion = 1;
const formatName = "fairway-cluster-snapshot";

/** Beyond this it is no snapshot: a cluster of 1,000 nodes and 20,000 pods takes about 30 MB. */
export const longestSnapshotBytes = 64 * 1_024 * 1_024;

export function formatSnapshot({ target, facts }: ClusterSnapshot): string {
  return `${JSON.stringify({ format: formatName, version: formatVersion, target, facts }, undefined, 1)}\n`;
}

/** Throws `usage`, with the path of the first thing that is wrong. `name` is what the user calls it. */
export function parseSnapshot(text: string, name: string): ClusterSnapshot {
  const read = readJson(text, name);
  const { format, version, target, facts } = (read ?? {}) as Record<string, unknown>;
  if (format !== formatName || typeof target !== "string") {
    throw invalid(name, `it is no snapshot of a cluster (format ${JSON.stringify(format)})`);
  }
  if (version !== formatVersion) {
    throw new FairwayError(
      "usage",
      `${name} has form ${JSON.stringify(version)}; this Fairway reads ${formatVersion}.`,
      {
        hint: "Save it anew with this Fairway, or rehearse with the one that saved it.",
        path: "version",
      },
    );
  }
  const { success, data, error } = factsSchema.safeParse(facts);
  // The schema has just said that it has the shape of the facts.
  if (success) return { target, facts: data as ClusterFacts };
  const [issue] = error.issues;
  const path = ["facts", ...(issue?.path ?? [])].join(".");
  throw invalid(name, `${path}: ${issue?.message ?? "it is wrong"}`, path);
}

function readJson(text: string, name: string): unknown {
  if (text.trim() === "") throw invalid(name, "it is empty");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(name, `it is no JSON: ${cause instanceof Error ? cause.message : "it cannot be read"}`);
  }
}

function invalid(name: string, why: string, path?: string): FairwayError {
  return new FairwayError("usage", `${name} cannot be rehearsed: ${why}.`, {
    hint: "Save one from a cluster: fairway upgrade rehearse --to VERSION --save-snapshot FILE.",
    ...(path === undefined ? {} : { path }),
  });
}
