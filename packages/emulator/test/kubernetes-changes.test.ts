import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callRaw, startTestApi, type TestApi } from "./kubernetes-fixture.ts";

/** Changes of an object that Kubernetes 1.36.2 refused, one after the other, none of them carried out. */
interface Story {
  readonly title: string;
  readonly path: string;
  readonly body: object;
  readonly changes: readonly Change[];
}

interface Change {
  /** Below the collection. */
  readonly path: string;
  readonly type: "jp" | "merge" | "strat";
  readonly patch: unknown;
  readonly status: number;
  /** `field: message`, each. */
  readonly causes?: readonly string[];
  readonly message?: string;
}

interface Answer {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message: string }[] };
}

const mediaTypes = {
  jp: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strat: "application/strategic-merge-patch+json",
};

const stories = readFileSync(new URL("recorded/changes.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line, index) => JSON.parse(line.replaceAll("namespaces/recorded", `namespaces/recorded-${index}`)) as Story);

describe("refuses changes as Kubernetes 1.36.2 does", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi({ kubernetesVersion: "1.36.2" });
  });
  afterAll(() => api[Symbol.asyncDispose]());

  async function send(method: string, path: string, type: string, body: unknown) {
    const headers = { "content-type": type, accept: "application/json" };
    const { status, text } = await callRaw(api, path, { method, headers, body: JSON.stringify(body) });
    return { status, answer: JSON.parse(text) as Answer };
  }

  it.each(stories.map((story) => [story.title, story] as const))("%s", async (_title, { path, body, changes }) => {
    const [, namespace = ""] = /namespaces\/([^/]+)/.exec(path) ?? [];
    await send("POST", "/api/v1/namespaces", "application/json", { metadata: { name: namespace } });
    await send("POST", path, "application/json", body);
    for (const { path: below, type, patch, status, causes, message } of changes) {
      const { status: code, answer } = await send("PATCH", `${path}${below}?dryRun=All`, mediaTypes[type], patch);
      const given = answer.details?.causes?.map((cause) => `${cause.field ?? ""}: ${cause.message}`).toSorted();
      expect({ status: code, causes: given }, JSON.stringify(patch)).toEqual({ status, causes: causes?.toSorted() });
      if (message !== undefined) expect(answer.message).toBe(message);
    }
  });
});
