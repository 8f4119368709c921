import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callRaw, startTestApi, type TestApi } from "./kubernetes-fixture.ts";

/** A creation that Kubernetes 1.36.2 refused, or what it made of one; what differs from run to run is left out. */
interface Exchange {
  readonly path: string;
  readonly body: Record<string, unknown>;
  readonly status?: number;
  readonly reason?: string;
  /** `field: message`, each. */
  readonly causes?: readonly string[];
  readonly message?: string;
  readonly made?: Record<string, unknown>;
}

interface Answer {
  readonly reason?: string;
  readonly message?: string;
  readonly metadata?: Record<string, unknown>;
  readonly details?: { readonly causes?: readonly { readonly field: string; readonly message: string }[] };
}

const exchanges = readFileSync(new URL("recorded/kubernetes.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Exchange);
const kindOf = ({ body }: Exchange): string => `${String(body["apiVersion"])} ${String(body["kind"])}`;
const refusedByKind = Map.groupBy(
  exchanges.filter(({ made }) => made === undefined),
  kindOf,
);
const madeByKind = exchanges.filter(({ made }) => made !== undefined);

describe("as Kubernetes 1.36.2 answers", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi({ kubernetesVersion: "1.36.2" });
    await post("/api/v1/namespaces", { metadata: { name: "recorded" } });
    await post("/api/v1/namespaces/recorded/serviceaccounts", { metadata: { name: "default" } });
  });
  afterAll(() => api[Symbol.asyncDispose]());

  async function post(path: string, body: unknown): Promise<{ status: number; answer: Answer }> {
    const headers = { "content-type": "application/json", accept: "application/json" };
    const { status, text } = await callRaw(api, path, { method: "POST", headers, body: JSON.stringify(body) });
    return { status, answer: JSON.parse(text) as Answer };
  }

  it.each([...refusedByKind])("refuses a %s", async (_kind, refused) => {
    for (const { path, body, status, reason, causes, message } of refused) {
      const { status: code, answer } = await post(`${path}?dryRun=All&fieldValidation=Strict`, body);
      const given = answer.details?.causes?.map((cause) => `${cause.field}: ${cause.message}`).toSorted();
      expect({ status: code, reason: answer.reason, causes: given }, JSON.stringify(body)).toEqual({
        status,
        reason,
        causes: causes?.toSorted(),
      });
      if (message !== undefined) expect(answer.message).toBe(message);
    }
  });

  it.each(madeByKind.map((exchange) => [kindOf(exchange), exchange] as const))(
    "makes a %s",
    async (_kind, exchange) => {
      const { answer } = await post(`${exchange.path}?dryRun=All`, exchange.body);
      const {
        managedFields: _,
        uid: __,
        resourceVersion: ___,
        creationTimestamp: ____,
        ...metadata
      } = answer.metadata ?? {};
      expect({ ...answer, metadata }).toEqual(exchange.made);
    },
  );
});
