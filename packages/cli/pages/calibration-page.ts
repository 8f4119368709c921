import {
  type Chance,
  type Confidence,
  type Distribution,
  type Duration,
  defaultCalibration,
  formatCalibration,
  quantileSeconds,
} from "@fairway/emulator";

const entries: readonly (readonly [string, Duration | Chance])[] = Object.entries(defaultCalibration);

/** docs/calibration.md. */
export function calibrationPage(): string {
  const durations = entries.flatMap(([name, entry]) => (isDuration(entry) ? [durationRow(name, entry)] : []));
  const chances = entries.flatMap(([name, entry]) => (isDuration(entry) ? [] : [chanceRow(name, entry)]));
  return `# Calibration

Generated from the code by \`npm run docs\`: do not edit. Every duration of the embedded Azure and every chance of a failure
is drawn from one of these entries; the same as a file is [calibration.yaml](calibration.yaml). Seconds are those of real
Azure; *scaled* ones are divided by the time scale.

Confidence: **A** documented, or measured often; **B** measured a few times, older, or inferred; **C** reported by others;
**D** assumed. ${countOf("D")} of ${entries.length} entries are D and ${countOf("C")} are C: measure them before a decision hangs on them.

## Your own figures

A file has the entries that you change, as YAML or JSON, checked by [calibration.schema.json](calibration.schema.json):

\`\`\`yaml
# yaml-language-server: $schema=docs/calibration.schema.json
nodes.join:
  distribution: { kind: lognormal, medianSeconds: 45, p95Seconds: 110 }
  source: our clusters in westeurope, May to July
  confidence: B
  samples: 31
nodes.joinFails:
  distribution: { kind: chance, probability: 0.004 }
  source: 2 of 512 nodes in a year
  confidence: C
\`\`\`

| kind | fields | draws |
| --- | --- | --- |
| \`fixed\` | \`seconds\` | always the same |
| \`uniform\` | \`fromSeconds\`, \`toSeconds\` | all between as likely |
| \`lognormal\` | \`medianSeconds\`, \`p95Seconds\` | half below the first, 95 of 100 below the second |
| \`empirical\` | \`seconds\`: what was measured | between the shortest and the longest, as they lie |
| \`mixture\` | \`parts\`: \`weight\`, \`distribution\` | one of the parts; weights sum to 1 |
| \`chance\` | \`probability\`, 0 to 1 | whether it happens, for entries that are chances |

It is read by \`fairway emulator\`, \`fairway compare --lane virtual\` and \`fairway upgrade plan\`, each with \`--calibration FILE\`, and by
\`startAzure({ calibration })\` and \`createVirtualAzure(kernel, { calibration })\`.
What is wrong in it is refused with its path, and nothing starts. The same seed with the same calibration gives the same
bytes.

### From an activity log

\`fairway calibrate\` reads the activity log of the target's resource group (role Monitoring Reader), or an export of one,
and writes such a file. It pairs begin and end of each operation, leaves out those that failed or have no other half, and
fits: below eight samples they stand for themselves; from eight on a lognormal, with the few that lie far beyond all others
as a slow tail, or again the samples where no lognormal describes them. Confidence follows the count: A from 30 samples on,
B from 8, C from 3. What the log does not tell apart, such as an upgrade of a pool, whose time is that of its nodes and
drains, is counted and not used. The log of an embedded Azure tells its own times, which its time scale has compressed.

\`\`\`sh
az monitor activity-log list --offset 89d --max-events 100000 -o json > activity.json
fairway calibrate --export activity.json --out ours.yaml
fairway emulator --calibration ours.yaml
\`\`\`

What Kubernetes fixes in its code, such as the back-offs of containers (10 s to 5 min) and of jobs (10 s to 10 min), and
what an app, a cluster or a fault sets itself, is no calibration.

## Durations

| entry | distribution | p50 | p95 | scaled | confidence | source |
| --- | --- | --- | --- | --- | --- | --- |
${durations.join("\n")}

## Chances

| entry | probability | confidence | source |
| --- | --- | --- | --- |
${chances.join("\n")}
`;
}

/** docs/calibration.yaml: every default, to start from. */
export function calibrationFile(): string {
  return `# yaml-language-server: $schema=calibration.schema.json\n# Generated from the code by \`npm run docs\`: every default. A file of your own needs only what it changes.\n${formatCalibration(Object.fromEntries(entries))}`;
}

function durationRow(name: string, { distribution, scaled, confidence, source }: Duration): string {
  const [p50, p95] = [0.5, 0.95].map((share) => seconds(quantileSeconds(distribution, share)));
  return `| \`${name}\` | ${described(distribution)} | ${p50} | ${p95} | ${scaled ? "yes" : "no"} | ${confidence} | ${source} |`;
}

function chanceRow(name: string, { distribution, confidence, source }: Chance): string {
  return `| \`${name}\` | ${distribution.probability} | ${confidence} | ${source} |`;
}

function described(distribution: Distribution): string {
  switch (distribution.kind) {
    case "fixed":
    case "lognormal":
      return distribution.kind;
    case "uniform":
      return `uniform ${distribution.fromSeconds}–${distribution.toSeconds} s`;
    case "empirical":
      return `empirical, ${distribution.seconds.length} samples`;
    case "mixture":
      return distribution.parts
        .map(({ weight, distribution: part }) => `${(100 * weight).toFixed(1)} % ${described(part)}`)
        .join(", ");
  }
}

function seconds(value: number): string {
  return `${value < 20 ? Number(value.toFixed(1)) : Math.round(value)} s`;
}

function countOf(confidence: Confidence): number {
  return entries.filter(([, entry]) => entry.confidence === confidence).length;
}

function isDuration(entry: Duration | Chance): entry is Duration {
  return "scaled" in entry;
}
