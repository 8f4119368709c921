import { sumRevisions } from "../load/recorder.ts";
import type { Bucket } from "../load/spec.ts";

/** How many of a revision's answers were errors. */
export function errorShareOf(buckets: readonly Bucket[], revision: string): { share: number; answers: number } {
  const { ok, failed } = sumRevisions(buckets)[revision] ?? { ok: 0, failed: 0 };
  return { answers: ok + failed, share: ok + failed === 0 ? 0 : failed / (ok + failed) };
}
