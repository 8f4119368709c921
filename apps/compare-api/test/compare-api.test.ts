import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeReport } from "@fairway/lab";
import { expect, test } from "vitest";
import { z } from "zod";
import { emptyReport, heldComparison, serveApi, start, statusForHost } from "./served-api.ts";

const started = z.object({ id: z.string(), events: z.string() });

test("without a report, / and /report.json are 404 problems that say how to get one", async () => {
  await using api = await serveApi();
  for (const path of ["/", "/report.json", "/risk.html", "/risk.json"]) {
    const response = await fetch(api.url + path);
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toContain("application/problem+json");
    expect(await response.json()).toMatchObject({ type: "urn:fairway:problem:no-report", status: 404 });
  }
});

test("the report of the folder is served, as a page and as data", async () => {
  await using api = await serveApi();
  await writeReport(emptyReport, api.reportFolder);
  const page = await fetch(api.url);
  expect(page.headers.get("content-type")).toContain("text/html");
  expect(await page.text()).toContain("Nothing was compared");
  expect(await (await fetch(`${api.url}/report.json`)).json()).toEqual(emptyReport);
});

test.for([
  { name: "an unknown field", body: { seeed: 1 }, status: 400, code: "comparison-invalid" },
  { name: "a wrong type", body: { seed: "one" }, status: 400, code: "comparison-invalid" },
  { name: "a fractional seed", body: { seed: 1.5 }, status: 400, code: "comparison-invalid" },
  { name: "an unknown experiment", body: { experiments: ["magic"] }, status: 400, code: "comparison-invalid" },
  { name: "no experiment", body: { experiments: [] }, status: 400, code: "comparison-invalid" },
  { name: "broken JSON", body: '{"seed":', status: 400, code: "bad-request" },
  { name: "a body of 1 MB", body: { seed: "x".repeat(1_000_000) }, status: 413, code: "too-large" },
])("a comparison with $name is refused, and none is started", async ({ body, status, code }) => {
  await using api = await serveApi();
  const response = await start(api.url, body);
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ title: code, status });
  expect(await (await fetch(`${api.url}/comparisons`)).json()).toEqual({ value: [] });
});

test("a form, which a foreign page could post without asking, is refused", async () => {
  await using api = await serveApi();
  const response = await start(api.url, "seed=1", { "content-type": "application/x-www-form-urlencoded" });
  expect(response.status).toBe(415);
});

test.for(["http://evil.example", "null", "http://127.0.0.1:1", ""])(
  "a page of the origin %o may not start a comparison",
  async (origin) => {
    await using api = await serveApi();
    const response = await start(api.url, {}, { origin });
    expect(response.status).toBe(403);
  },
);

test("a name that is not loopback is refused, whatever it resolves to", async () => {
  await using api = await serveApi();
  expect(await statusForHost(api.url, "evil.example")).toBe(403);
});

test("a second comparison is refused while one runs, and the first leaves its report", async () => {
  const held = heldComparison();
  await using api = await serveApi({ run: held.run });
  const first = await start(api.url, { seed: 7 }, { origin: api.url });
  expect(first.status).toBe(202);
  const { id, events } = started.parse(await first.json());
  expect(first.headers.get("location")).toBe(`/comparisons/${id}`);

  const second = await start(api.url);
  expect(second.status).toBe(409);
  expect(await second.json()).toMatchObject({ title: "comparison-running" });

  held.release();
  expect(await (await fetch(api.url + events)).text()).toContain('"kind":"succeeded"');
  expect(JSON.parse(await readFile(join(api.reportFolder, "report.json"), "utf8"))).toEqual(emptyReport);
  expect((await fetch(`${api.url}/comparisons/${id}`)).status).toBe(200);
});

test("events come from the beginning, or after the last one that was seen, and end with the state", async () => {
  const held = heldComparison();
  await using api = await serveApi({ run: held.run });
  const { events } = started.parse(await (await start(api.url)).json());
  const whileRunning = await fetch(api.url + events);
  held.release();

  const first = 'id: 0\nevent: progress\ndata: {"message":"first","share":0}\n\n';
  const second = 'id: 1\nevent: progress\ndata: {"message":"second","share":0.5}\n\n';
  const end = 'event: end\ndata: {"kind":"succeeded","report":"/report.json"}\n\n';
  expect(await whileRunning.text()).toBe(first + second + end);
  const afterwards = await fetch(api.url + events);
  expect(afterwards.headers.get("content-type")).toBe("text/event-stream");
  expect(await afterwards.text()).toBe(first + second + end);
  const resumed = await fetch(api.url + events, { headers: { "last-event-id": "0" } });
  expect(await resumed.text()).toBe(second + end);
  const confused = await fetch(api.url + events, { headers: { "last-event-id": "-7" } });
  expect(await confused.text()).toBe(first + second + end);
});

test("DELETE cancels a running comparison, after which another may start", async () => {
  await using api = await serveApi({ run: heldComparison().run });
  const { id, events } = started.parse(await (await start(api.url)).json());
  expect((await fetch(`${api.url}/comparisons/${id}`, { method: "DELETE" })).status).toBe(202);
  expect(await (await fetch(api.url + events)).text()).toContain('data: {"kind":"cancelled"}');
  expect((await start(api.url)).status).toBe(202);
});

test("the end of the one who serves cancels what runs", async () => {
  const serving = new AbortController();
  await using api = await serveApi({ run: heldComparison().run, signal: serving.signal });
  const { events } = started.parse(await (await start(api.url)).json());
  serving.abort();
  expect(await (await fetch(api.url + events)).text()).toContain('data: {"kind":"cancelled"}');
});

test("a comparison that fails says why", async () => {
  await using api = await serveApi({ run: () => Promise.reject(new Error("no database")) });
  const { events } = started.parse(await (await start(api.url)).json());
  expect(await (await fetch(api.url + events)).text()).toContain('{"kind":"failed","message":"no database"}');
});

test("what is not there is a 404 problem", async () => {
  await using api = await serveApi();
  for (const path of ["/comparisons/none", "/comparisons/none/events", "/..%2fpackage.json"]) {
    const response = await fetch(api.url + path);
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toContain("application/problem+json");
  }
});
