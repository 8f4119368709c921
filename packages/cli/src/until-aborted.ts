/** Waits for Ctrl-C, for commands that only it ends. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}

/** The work, or Ctrl-C, whichever comes first: for what only reads, and may be left alone in the middle. */
export async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = untilAborted(signal).then((): never => {
    throw signal.reason;
  });
  return await Promise.race([work, aborted]);
}
