import type { Operation } from "@fairway/sdk";
import type { CommonOptions, Context } from "./context.ts";
import { createProgress } from "./progress.ts";

/** Shows the progress of long work and waits for its end. Ctrl-C ends the waiting; the work goes on at the target. */
export async function follow<T>(operation: Operation<T>, context: Context, options: CommonOptions): Promise<T> {
  const progress = createProgress(context.stderr, options.json);
  const shown = showEvents(operation, (message, share) =>
    progress.show({ message, ...(share === undefined ? {} : { share }) }),
  );
  try {
    const result = await operation.result({ signal: context.signal });
    await shown;
    return result;
  } finally {
    progress.end();
    if (context.signal.aborted) context.stderr.write("What was started at the target goes on there.\n");
  }
}

async function showEvents<T>(operation: Operation<T>, show: (message: string, share?: number) => void): Promise<void> {
  for await (const { message, progress } of operation.events()) show(message, progress);
}
