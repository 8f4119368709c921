import type { Operation } from "@fairway/sdk";
import type { CommonOptions, Context } from "./context.ts";
import { createProgress } from "./progress.ts";
import { untilAborted } from "./until-aborted.ts";

/**
 * What Ctrl-C does to the work: `stop` at the next safe point, only end the waiting and `leave` it to Azure, or stop
 * driving what is written down, so that somebody can `resume` it.
 */
type OnInterrupt = "stop" | "leave" | "resume";

const farewells: Readonly<Record<OnInterrupt, string>> = {
  stop: "What is done stays done, and what the target has begun goes on there: repeat the command to go on.\n",
  leave: "What was started at the target goes on there.\n",
  resume: "The step that runs goes on at the target. `fairway upgrade resume` takes it from here, `abort` stops it.\n",
};

/** Shows the progress of long work and waits for its end. */
export async function follow<T>(
  operation: Operation<T>,
  context: Context,
  options: CommonOptions,
  onInterrupt: OnInterrupt = "stop",
): Promise<T> {
  const progress = createProgress(context.stderr, options.json);
  const { signal } = context;
  const shown = showEvents(operation, (message, share) => {
    if (!signal.aborted) progress.show({ message, ...(share === undefined ? {} : { share }) });
  });
  if (onInterrupt !== "leave") void untilAborted(signal).then(() => operation.cancel());
  try {
    const result = await operation.result(onInterrupt === "leave" ? { signal } : {});
    await shown;
    return result;
  } finally {
    progress.end();
    if (signal.aborted) context.stderr.write(farewells[onInterrupt]);
  }
}

async function showEvents<T>(operation: Operation<T>, show: (message: string, share?: number) => void): Promise<void> {
  for await (const { message, progress } of operation.events()) show(message, progress);
}
