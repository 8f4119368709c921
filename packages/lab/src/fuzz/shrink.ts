import type { Scenario } from "./scenario.ts";

export interface ShrinkOptions {
  /** Whether it still goes wrong in the same way. */
  fails(scenario: Scenario): Promise<boolean>;
  /** So many runs at most. */
  readonly mostRuns: number;
}

/**
 * The smallest scenario that still fails: what can be left out is, then what can be smaller becomes so, again and again until
 * nothing helps any more.
 */
export async function shrink(scenario: Scenario, { fails, mostRuns }: ShrinkOptions): Promise<Scenario> {
  let smallest = scenario;
  let runs = 0;
  for (let isShrinking = true; isShrinking; ) {
    isShrinking = false;
    for (const smaller of smallerOnes(smallest)) {
      if (runs >= mostRuns) return smallest;
      runs += 1;
      if (!(await fails(smaller))) continue;
      smallest = smaller;
      isShrinking = true;
      break;
    }
  }
  return smallest;
}

/** Each a little smaller, the boldest first. */
function* smallerOnes(scenario: Scenario): Generator<Scenario> {
  for (const part of ["faults", "calls", "entries", "rivals", "jumps", "asks", "apps", "pools"] as const) {
    for (const less of withoutSome<unknown>(scenario[part])) {
      const smaller = { ...scenario, [part]: less } as Scenario;
      if (isPossible(smaller)) yield smaller;
    }
  }
  for (const part of ["backAfter", "badMetric", "asksPerson", "hasSpares"] as const) {
    const { [part]: there, ...without } = scenario;
    if (there !== undefined) yield without;
  }
  const { traffic } = scenario;
  if (traffic?.canary) yield { ...scenario, traffic: withoutCanary(traffic) };
  for (const pools of eachSmaller(scenario.pools, smallerPools)) yield { ...scenario, pools };
  for (const apps of eachSmaller(scenario.apps, smallerApps)) yield { ...scenario, apps };
  for (const calls of eachSmaller(scenario.calls, (call) => [{ ...call, number: Math.floor(call.number / 2) }])) {
    if (calls.every(({ number }) => number > 0)) yield { ...scenario, calls };
  }
}

/** Without all, without each half, without each one. */
function* withoutSome<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length === 0) return;
  yield [];
  const half = Math.floor(items.length / 2);
  if (half > 0 && items.length > 2) yield items.slice(0, half);
  if (half > 0 && items.length > 2) yield items.slice(half);
  if (items.length > 1) for (const [index] of items.entries()) yield items.toSpliced(index, 1);
}

function* eachSmaller<T>(items: readonly T[], smaller: (item: T) => readonly T[]): Generator<T[]> {
  for (const [index, item] of items.entries()) for (const one of smaller(item)) yield items.with(index, one);
}

function smallerPools(pool: Scenario["pools"][number]): readonly Scenario["pools"][number][] {
  return [
    ...(pool.nodes > 1
      ? [
          { ...pool, nodes: 1 },
          { ...pool, nodes: pool.nodes - 1 },
        ]
      : []),
    ...(pool.maxSurge > 1 ? [{ ...pool, maxSurge: 1 }] : []),
    ...(pool.undrainable === "Cordon" ? [{ ...pool, undrainable: "Schedule" as const }] : []),
  ];
}

function smallerApps(app: Scenario["apps"][number]): readonly Scenario["apps"][number][] {
  return [
    ...(app.replicas > 1
      ? [
          { ...app, replicas: 1 },
          { ...app, replicas: app.replicas - 1 },
        ]
      : []),
    ...(app.startSeconds > 1 ? [{ ...app, startSeconds: 1 }] : []),
  ];
}

function withoutCanary({ canary: _canary, ...traffic }: NonNullable<Scenario["traffic"]>): Scenario["traffic"] {
  return traffic;
}

/** A release needs an app, and a cluster a pool. */
function isPossible({ platform, strategy, pools, apps }: Scenario): boolean {
  if (strategy === "revision" && apps.length === 0) return false;
  return platform === "cluster" ? pools.length > 0 : apps.length > 0;
}
