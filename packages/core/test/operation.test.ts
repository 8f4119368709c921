import { type Operation, type OperationEvent, runOperation } from "@fairway/core";
import { FairwayError } from "@fairway/model";
import { expect, test } from "vitest";
import { createTestClock } from "./test-clock.ts";

const spec = { target: "aca://s/g/e", call: "apply", arguments: ["shop"], clock: createTestClock(1_000) };

async function eventsOf(operation: Operation<unknown>): Promise<OperationEvent[]> {
  const events: OperationEvent[] = [];
  for await (const event of operation.events()) events.push(event);
  return events;
}

async function read(operation: Operation<unknown>): Promise<string[]> {
  return (await eventsOf(operation)).map(({ message }) => message);
}

test("every reader gets every event from the beginning, before and after the end", async () => {
  const step = Promise.withResolvers<void>();
  const operation = runOperation(spec, async ({ report }) => {
    report("one", 0.5);
    await step.promise;
    report("two");
    return 7;
  });
  const early = read(operation);
  const other = read(operation);
  expect(operation.state()).toEqual({ kind: "running" });
  step.resolve();
  expect(await operation.result()).toBe(7);
  expect(operation.state()).toEqual({ kind: "succeeded", result: 7 });
  expect(await early).toEqual(["one", "two"]);
  expect(await other).toEqual(["one", "two"]);
  expect(await read(operation)).toEqual(["one", "two"]);
  const [first] = await eventsOf(operation);
  expect(first).toEqual({ at: "1970-01-01T00:00:01.000Z", message: "one", progress: 0.5 });
});

test("a reader that leaves early disturbs nobody", async () => {
  const step = Promise.withResolvers<void>();
  const operation = runOperation(spec, async ({ report }) => {
    report("one");
    await step.promise;
    report("two");
  });
  for await (const event of operation.events()) {
    expect(event.message).toBe("one");
    break;
  }
  step.resolve();
  expect(await read(operation)).toEqual(["one", "two"]);
});

test("it fails with the FairwayError of the work; anything else becomes one of code platform", async () => {
  const known = new FairwayError("conflict", "No.", { hint: "Wait." });
  const refused = runOperation(spec, () => Promise.reject(known));
  await expect(refused.result()).rejects.toBe(known);
  expect(refused.state()).toEqual({ kind: "failed", error: known });

  const broken = runOperation(spec, () => Promise.reject(new TypeError("x is not a function")));
  await expect(broken.result()).rejects.toMatchObject({ code: "platform", cause: { name: "TypeError" } });
});

test("a failure that nobody asks for does not end the process", async () => {
  const operation = runOperation(spec, () => Promise.reject(new Error("lost")));
  await read(operation);
  expect(operation.state().kind).toBe("failed");
});

test("cancel reaches the work, and the outcome says cancelled whatever the work threw", async () => {
  const operation = runOperation(spec, async ({ signal }) => {
    await new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    });
  });
  operation.cancel();
  await expect(operation.result()).rejects.toMatchObject({ code: "operation-cancelled" });
  expect(operation.state()).toEqual({ kind: "cancelled" });
});

test("work that was done before the cancellation reached it stays done", async () => {
  const operation = runOperation(spec, () => Promise.resolve("done"));
  await operation.result();
  operation.cancel();
  expect(operation.state()).toEqual({ kind: "succeeded", result: "done" });
});

test("aborting the wait does not stop the work", async () => {
  const step = Promise.withResolvers<void>();
  const operation = runOperation(spec, () => step.promise.then(() => "done"));
  const waiting = new AbortController();
  const result = operation.result({ signal: waiting.signal });
  waiting.abort(new Error("enough"));
  await expect(result).rejects.toThrow("enough");
  await expect(operation.result({ signal: waiting.signal })).rejects.toThrow("enough");
  step.resolve();
  expect(await operation.result()).toBe("done");
});

test("the record says what to call again, and ids differ", () => {
  const first = runOperation(spec, () => Promise.resolve());
  const second = runOperation(spec, () => Promise.resolve());
  expect(JSON.parse(JSON.stringify(first))).toEqual({
    id: first.id,
    target: "aca://s/g/e",
    call: "apply",
    arguments: ["shop"],
  });
  expect(first.id).not.toBe(second.id);
  expect("then" in first).toBe(false);
});
