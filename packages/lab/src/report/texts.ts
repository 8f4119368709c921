/** How the figures came about, and what they do not show. Printed in every report. */
export const method: string[] = [
  "Every request is a real HTTP request through a real weighted proxy to a real process of the payment API, which writes to a real PostgreSQL. The SDK, the Azure clients and the Kubernetes client are the ones you would use.",
  "Load is open loop: requests leave when the schedule says, whatever became of the ones before, and latency counts from that time.",
  "After each run every acknowledged payment is looked up in the ledger: none may be lost, none doubled, each must have moved the amount that was sent between the accounts that were sent, and the books must sum to zero.",
  "An outage is time in which fewer than half of the requests succeeded. A run is an outage from two seconds on, degraded above one failure in a thousand, and safe below.",
];

export const caveats: string[] = [
  "Azure is embedded. Its durations are drawn from measured ones and divided by the time scale; app time (probes, start-up, grace) is not compressed. So the share of failed requests during an upgrade is pessimistic: the platform hurries, the app does not.",
  "The slow configuration service stands for one that needs two minutes behind a probe with 30 s of patience: 10 s and 4 s here.",
  "The cluster has two nodes, so clients of the configuration service always move after it. On a larger one those that moved before it survive: how many is chance.",
  "Nothing repairs an unguarded upgrade: it stays down until the run ends. Its time down says how long was watched, not how long an outage lasts.",
  "One machine runs everything. Latencies compare runs with each other, not with your cluster.",
  "A run is one seed. How often something happens needs many seeds.",
];
