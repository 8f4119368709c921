// The app of the contract suite: says its version on every path, and on its log.
import { createServer } from "node:http";

const version = process.env.VERSION;
const server = createServer((request, response) => {
  console.log(`${request.method} ${request.url}`);
  response.end(version);
});
server.listen(Number(process.env.PORT), "127.0.0.1", () => console.log(`web ${version} listens`));
process.once("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
