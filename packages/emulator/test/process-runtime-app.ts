// A replica for the tests: does what its environment says, tells what it sees.
import { spawn } from "node:child_process";
import { createServer } from "node:http";

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const { MODE = "serve", PORT } = process.env;
if (MODE === "crash") {
  process.stderr.write("cannot go on\n", () => process.exit(3));
} else if (MODE === "talk") {
  process.stdout.write(`żółć\r\n\n${"x".repeat(40_000)}\nlast`, () => process.exit(0));
} else if (MODE === "deaf") {
  setInterval(() => say("deaf"), 50);
} else {
  serve();
}

function serve(): void {
  process.on("SIGTERM", () => (MODE === "stubborn" ? say("no") : process.exit(0)));
  if (MODE === "family") {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
    say(`grandchild ${child.pid}`);
  }
  const statuses: Readonly<Record<string, number>> = { "/bad": 503, "/moved": 302 };
  const server = createServer((request, response) => {
    if (request.url === "/slow") return;
    if (request.url === "/cut") return void request.socket.destroy();
    response.statusCode = statuses[request.url ?? ""] ?? 200;
    response.end(JSON.stringify({ env: process.env, args: process.argv.slice(2) }));
  });
  server.listen(Number(PORT), "127.0.0.1", () => say(`listening ${process.pid}`));
}
