import type { DeploymentTarget, LogLine, LogOptions } from "@fairway/core";
import { describe, expect, test } from "vitest";
import { like, shop, startCluster } from "./azure.ts";

/** Says its number twice a second and serves. */
const talker = `
  const name = process.env.NAME ?? "talker";
  console.log(name + " starts");
  let n = 0;
  setInterval(() => console.log(name + " " + n++), 100);
  require("node:http").createServer((q, r) => r.writeHead(q.url === "/" ? 200 : 404).end(name)).listen(Number(process.env.PORT));
  process.on("SIGTERM", () => process.exit(0));
`;
const images = {
  "registry.example/talker:1": { command: [process.execPath, "-e", talker] as const },
};

const talking = (name: string) =>
  shop({ image: "registry.example/talker:1", env: { NAME: name }, scale: { min: 2, max: 2 } });

describe.concurrent("logs", () => {
  test("have the lines of every replica", async () => {
    await using world = await startCluster({ runtime: "process", images });
    const { name } = await world.target.apply(talking("one")).result();
    const lines = await read(world.target, {});
    expect(lines).toContainEqual({ revision: name, replica: like(new RegExp(`^${name}-`)), text: "one starts" });
    expect(new Set(lines.map(({ replica }) => replica)).size).toBe(2);
    const last = await read(world.target, { tail: 1 });
    expect(last).toHaveLength(2);
  });

  test("follow goes on with replicas that start later, and ends with its signal", async () => {
    await using world = await startCluster({ runtime: "process", images });
    const first = await world.target.apply(talking("one")).result();
    const stopping = new AbortController();
    const seen = new Set<string>();
    let second: Promise<{ name: string }> | undefined;
    for await (const { text } of world.target.logs("shop", { follow: true, signal: stopping.signal })) {
      seen.add(text);
      if (text === "one 3") second ??= world.target.apply(talking("two")).result();
      if (text === "two 2") stopping.abort();
    }
    expect([...seen]).toEqual(expect.arrayContaining(["one starts", "one 3", "two starts", "two 2"]));
    const { name } = (await second) ?? first;
    const only = await read(world.target, { revision: name, tail: 5 });
    expect(new Set(only.map(({ revision }) => revision))).toEqual(new Set([name]));
  });

  test("of an app or a revision that is not there are refused", async () => {
    await using world = await startCluster();
    await expect(read(world.target, {})).rejects.toMatchObject({ code: "app-not-found" });
    await world.target.apply(shop()).result();
    await expect(read(world.target, { revision: "shop--nothere1" })).rejects.toMatchObject({
      code: "revision-not-found",
    });
  });
});

async function read(target: DeploymentTarget, options: LogOptions): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for await (const line of target.logs("shop", options)) lines.push(line);
  return lines;
}
