export interface GatherLimits {
  readonly atOnceMax: number;
  readonly sizeMax: number;
}

interface Waiting<In, Out> {
  readonly input: In;
  resolve(output: Out): void;
  reject(error: unknown): void;
}

/**
 * Group commit: what is asked for while earlier work is on its way is done together afterwards. With little to do
 * nothing waits; with much, one round trip and one disk write serve many. `work` answers in the order of its inputs.
 */
export function gather<In, Out>(
  work: (inputs: readonly In[]) => Promise<readonly Out[]>,
  { atOnceMax, sizeMax }: GatherLimits,
): (input: In) => Promise<Out> {
  const waiting: Waiting<In, Out>[] = [];
  let atOnce = 0;

  async function workOff(): Promise<void> {
    atOnce += 1;
    while (waiting.length > 0) await settle(waiting.splice(0, sizeMax));
    atOnce -= 1;
  }

  async function settle(group: readonly Waiting<In, Out>[]): Promise<void> {
    try {
      const outputs = await work(group.map(({ input }) => input));
      for (const [index, one] of group.entries()) one.resolve(outputs[index] as Out);
    } catch (error) {
      for (const one of group) one.reject(error);
    }
  }

  return (input) =>
    new Promise((resolve, reject) => {
      waiting.push({ input, resolve, reject });
      if (atOnce < atOnceMax) void workOff();
    });
}
