// A replica for the tests: does what its environment says, tells what it sees.
import { spawn } from "node:child_process";
import { createServer } from "node:http";

const { MODE = "serve", PORT } = process.env;
if (MODE === "crash") {
  console.error("cannot go on");
  process.exit(3);
}
if (MODE === "talk") {
  process.stdout.write(`\u017c\u00f3\u0142\u0107\r\n\n${"x".repeat(40_000)}\nlast`, () => process.exit(0));
} else if (MODE === "stubborn") process.on("SIGTERM", () => console.log("no"));
else process.on("SIGTERM", () => process.exit(0));
if (MODE === "family") {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
  console.log(`grandchild ${child.pid}`);
}
const server = createServer((request, response) => {
  if (request.url === "/slow") return;
  if (request.url === "/cut") return void request.socket.destroy();
  response.statusCode = request.url === "/bad" ? 503 : request.url === "/moved" ? 302 : 200;
  response.end(JSON.stringify({ env: process.env, args: process.argv.slice(2), ppid: process.ppid }));
});
if (MODE === "talk") server.unref();
else if (MODE !== "deaf") server.listen(Number(PORT), "127.0.0.1", () => console.log(`listening ${process.pid}`));
else setInterval(() => console.log("deaf"), 50);
