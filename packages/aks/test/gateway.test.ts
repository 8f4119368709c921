import { get } from "node:http";
import type { Address, Azure } from "@fairway/emulator";
import { expect, test } from "vitest";
import { shop, startCluster } from "./azure.ts";

/** Answers every request with its version. */
const web = `
  require("node:http").createServer((_, r) => r.end(process.env.VERSION)).listen(Number(process.env.PORT));
  process.on("SIGTERM", () => process.exit(0));
`;
const image = "registry.example/web:1";
const images = { [image]: { command: [process.execPath, "-e", web] as const } };
const version = (number: string) => shop({ image, env: { VERSION: number } });

test("requests are split by the weights, one by one, and a label reaches its revision alone", async () => {
  await using world = await startCluster({ runtime: "process", images });
  const { azure, target } = world;
  const first = await target.apply(version("one")).result();
  const { hostname } = new URL((await target.status("shop")).url ?? "");
  expect(await answers(azure, hostname, 10)).toEqual({ one: 10 });

  const second = await target.apply(version("two")).result();
  expect(await answers(azure, hostname, 10)).toEqual({ one: 10 });

  await target.shift("shop", { [first.name]: 90, [second.name]: 10 }).result();
  expect(await answers(azure, hostname, 100)).toEqual({ one: 90, two: 10 });

  await target.capability("labels").set("shop", "next", second.name).result();
  expect(await answers(azure, hostname.replace("shop.", "shop---next."), 10)).toEqual({ two: 10 });
});

async function answers({ gateway }: Azure, host: string, count: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let index = 0; index < count; index += 1) {
    const answer = await ask(gateway, host);
    counts[answer] = (counts[answer] ?? 0) + 1;
  }
  return counts;
}

function ask({ host: address, port }: Address, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: address, port, path: "/", headers: { host } }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve(text));
    }).once("error", reject);
  });
}
