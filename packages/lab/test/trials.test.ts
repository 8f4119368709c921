import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reportOnTrials, runTrials, type TrialsOptions, type TrialsPlan } from "@fairway/lab";
import { afterAll, beforeAll, expect, test } from "vitest";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fairway-trials-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const plan: TrialsPlan = {
  topology: "small",
  traffic: "flat",
  strategies: ["in-place", "node-pool"],
  incidents: ["none"],
  firstSeed: 1,
  seeds: 2,
};

function trials(name: string, more: Partial<TrialsOptions> = {}) {
  return runTrials({ plan, workers: 1, path: join(folder, name), program: "test", ...more });
}

const textOf = (name: string) => readFile(join(folder, name), "utf8");

test("any number of workers leaves the same bytes, and so does a run that was killed and taken up", {
  timeout: 180_000,
}, async () => {
  const stop = new AbortController();
  const whole = await trials("two.jsonl", { workers: 2 });
  const ended = await trials("ended.jsonl", {
    signal: stop.signal,
    onProgress: ({ done }) => {
      if (done === 3) stop.abort();
    },
  });
  expect(whole).toMatchObject({ failures: [], isWhole: true });
  expect(whole.records.map(({ strategy, incident, seed }) => `${strategy} ${incident} ${seed}`)).toEqual([
    "in-place none 1",
    "in-place none 2",
    "node-pool none 1",
    "node-pool none 2",
  ]);
  expect(ended).toMatchObject({ isWhole: false, records: { length: 3 } });
  // As a kill leaves it.
  await appendFile(join(folder, "ended.jsonl"), '{"schemaVersion":1,"strategy":"in-pl');
  const run: string[] = [];
  await trials("ended.jsonl", { onProgress: ({ message }) => void run.push(message) });
  // The first one tells of the platform.
  expect(run).toHaveLength(1 + 1);
  expect(await textOf("ended.jsonl")).toBe(await textOf("two.jsonl"));
  await trials("two.jsonl", { onProgress: ({ message }) => expect.unreachable(message) });
  const { records } = whole;
  const report = await reportOnTrials({ plan, records, program: "test", isComplete: true });
  expect(report.timelines.map(({ strategy, timeline }) => [strategy, timeline.nodes.length >= 6])).toEqual([
    ["in-place", true],
    ["node-pool", true],
  ]);
  // Nothing went wrong in these: there is nothing to compare yet.
  expect(report.rows).toEqual([]);
});

test.for([
  ["is another program's", { program: "other" }, "program is test and not other"],
  ["is another topology's", { plan: { ...plan, topology: "company" } }, "topology is small and not company"],
] as const)("a file that %s is not gone on with", async ([name, more, why]) => {
  const file = `${name}.jsonl`;
  await trials(file, { signal: AbortSignal.abort() });
  await expect(trials(file, more)).rejects.toMatchObject({
    code: "experiment-invalid",
    message: expect.stringContaining(why) as unknown,
    path: "--output",
  });
});

test.for([
  ["no JSON", "hello\n", "line 1 is no JSON"],
  ["JSON of something else", '{"kind":"other"}\n', "it is no file of trials"],
] as const)("a file that is %s is refused and left as it is", async ([, text, why]) => {
  await writeFile(join(folder, "other.jsonl"), text);
  await expect(trials("other.jsonl")).rejects.toMatchObject({ message: expect.stringContaining(why) as unknown });
  expect(await textOf("other.jsonl")).toBe(text);
});

test("a place that cannot be written is refused before anything is run", async () => {
  await expect(trials("x", { path: "/dev/null/x/trials.jsonl" })).rejects.toMatchObject({
    code: "usage",
    path: "--output",
  });
});
