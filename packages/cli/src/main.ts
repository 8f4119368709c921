import { type Output, runCli } from "./index.ts";

const interruption = new AbortController();
process.on("SIGINT", () => interrupt());
process.on("SIGTERM", () => interrupt());
// Whoever started us is gone, without having been able to say so: see bin/fairway.mjs.
process.on("disconnect", () => interrupt());
process.channel?.unref();
// Whoever reads our output may go away (`fairway logs … | head`): that ends the command, without a word.
process.stdout.on("error", () => process.exit(0));

const exitCode = await runCli(process.argv.slice(2), {
  stdout: outputTo(process.stdout),
  stderr: outputTo(process.stderr),
  environment: process.env,
  // npm and npx run from the package's folder; INIT_CWD is where the user stands.
  folder: process.env["INIT_CWD"] ?? process.cwd(),
  signal: interruption.signal,
});
// An operation that was left to its target still polls in here.
if (interruption.signal.aborted) process.exit(exitCode);
process.exitCode = exitCode;

function interrupt(): void {
  // The second Ctrl-C does not wait: children end by themselves when this process is gone.
  if (interruption.signal.aborted) process.exit(130);
  interruption.abort(new Error("interrupted"));
}

function outputTo(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY === true,
    columns: stream.columns ?? 100,
  };
}
