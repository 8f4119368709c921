export interface GatherLimits {
  /** How many may be done together. */
  readonly sizeMax: number;
  /** What has waited longer for its turn is not begun any more, but rejected with `tooLate()`. */
  readonly waitMsMax: number;
  tooLate(): Error;
}

interface Waiting<In, Out> {
  readonly input: In;
  readonly sinceMs: number;
  resolve(output: Out): void;
  reject(error: unknown): void;
}

/**
 * Group commit: what is asked for while earlier work is on its way is done together afterwards. With little to do
 * nothing waits; with much, one round trip and one disk write serve many. `work` answers in the order of its inputs.
 */
export function gather<In, Out>(
  work: (inputs: readonly In[]) => Promise<readonly Out[]>,
  limits: GatherLimits,
): (input: In) => Promise<Out> {
  const waiting: Waiting<In, Out>[] = [];
  let isWorking = false;

  async function workOff(): Promise<void> {
    isWorking = true;
    while (waiting.length > 0) {
      rejectLate();
      await settle(waiting.splice(0, limits.sizeMax));
    }
    isWorking = false;
  }

  /** The oldest come first. */
  function rejectLate(): void {
    const limitMs = performance.now() - limits.waitMsMax;
    const inTime = waiting.findIndex(({ sinceMs }) => sinceMs >= limitMs);
    for (const one of waiting.splice(0, inTime < 0 ? waiting.length : inTime)) one.reject(limits.tooLate());
  }

  async function settle(group: readonly Waiting<In, Out>[]): Promise<void> {
    if (group.length === 0) return;
    try {
      const outputs = await work(group.map(({ input }) => input));
      for (const [index, one] of group.entries()) one.resolve(outputs[index] as Out);
    } catch (error) {
      for (const one of group) one.reject(error);
    }
  }

  return (input) =>
    new Promise((resolve, reject) => {
      waiting.push({ input, sinceMs: performance.now(), resolve, reject });
      if (!isWorking) void workOff();
    });
}
