import { type AppDescription, type DeploymentTarget, defineApp, FairwayError, type Operation } from "@fairway/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** A place to run the contract in. Everything is created in it under names of the suite's own, and removed again. */
export interface ContractFixture extends AsyncDisposable {
  readonly target: DeploymentTarget;
  readonly images: ContractImages;
  /** Port that the images listen on. */
  readonly port: number;
}

/** Three versions that become ready, and one that no registry has. */
export interface ContractImages {
  readonly one: string;
  readonly two: string;
  readonly three: string;
  readonly missing: string;
}

/** What every `DeploymentTarget` must do, whatever is behind it. */
export function describeTarget(name: string, connectFixture: () => Promise<ContractFixture>): void {
  describe.concurrent(name, { timeout: patienceMs }, () => {
    let fixture: ContractFixture;
    let counter = 0;
    beforeAll(async () => {
      fixture = await connectFixture();
    }, 600_000);
    afterAll(() => fixture?.[Symbol.asyncDispose](), 600_000);

    /** An app of one test: removed when the test ends. */
    function scene(changes: Partial<AppDescription> = {}) {
      counter += 1;
      const name = `contract-${counter}`;
      const { target, images, port } = fixture;
      const describeApp = (image: string, more: Partial<AppDescription> = {}) =>
        defineApp({
          name,
          image,
          port,
          probes: { readiness: { periodSeconds: 1 } },
          ingress: { exposure: "public" },
          scale: { min: 1, max: 2 },
          ...changes,
          ...more,
        });
      return {
        name,
        target,
        images,
        describeApp,
        deploy: (image: string, more: Partial<AppDescription> = {}) => target.apply(describeApp(image, more)).result(),
        weights: async () => weightsByImage(await target.revisions(name)),
        [Symbol.asyncDispose]: () => target.remove(name).result(),
      };
    }

    test("the first revision is ready and has all the traffic", async () => {
      await using app = scene();
      const revision = await app.deploy(app.images.one);
      expect(revision).toMatchObject({ app: app.name, image: app.images.one, weight: 100, state: { kind: "ready" } });
      expect(revision.replicas.ready).toBeGreaterThan(0);
      const status = await app.target.status(app.name);
      expect(status).toMatchObject({ app: app.name, health: "healthy", messages: [] });
      expect(status.url).toMatch(/^https?:\/\/\S+$/);
      expect(await app.target.apps()).toContain(app.name);
      expect(await app.target.statuses()).toContainEqual(status);
    });

    test("the same app twice makes no second revision", async () => {
      await using app = scene();
      const first = await app.deploy(app.images.one);
      const second = await app.deploy(app.images.one);
      expect(second.name).toBe(first.name);
      expect(await app.target.revisions(app.name)).toHaveLength(1);
    });

    test("a changed image makes a second revision without traffic; the newest comes first", async () => {
      await using app = scene();
      const first = await app.deploy(app.images.one);
      const second = await app.deploy(app.images.two);
      expect(second).toMatchObject({ weight: 0, image: app.images.two, state: { kind: "ready" } });
      const revisions = await app.target.revisions(app.name);
      expect(revisions.map((revision) => revision.name)).toEqual([second.name, first.name]);
      expect(revisions.map((revision) => revision.weight)).toEqual([0, 100]);
      expect(Date.parse(second.createdAt)).toBeGreaterThanOrEqual(Date.parse(first.createdAt));
    });

    test("traffic is shifted, and no deploy after it touches the split", async () => {
      await using app = scene();
      const first = await app.deploy(app.images.one);
      const second = await app.deploy(app.images.two);
      const shifted = await app.target.shift(app.name, { [second.name]: 10, [first.name]: 90 }).result();
      expect(weightsByImage(shifted)).toEqual({ [app.images.one]: 90, [app.images.two]: 10 });
      await app.deploy(app.images.three);
      await app.deploy(app.images.two);
      expect(await app.weights()).toEqual({ [app.images.one]: 90, [app.images.two]: 10 });
      await app.target.shift(app.name, { [second.name]: 100 }).result();
      expect(await app.weights()).toEqual({ [app.images.two]: 100 });
    });

    test("a split that is none is refused, and nothing has changed", async () => {
      await using app = scene();
      const first = await app.deploy(app.images.one);
      const second = await app.deploy(app.images.two);
      const shift = (weights: Record<string, number>) => codeOf(app.target.shift(app.name, weights));
      expect(await shift({ [first.name]: 9, [second.name]: 90 })).toBe("traffic-invalid");
      expect(await shift({ [first.name]: 89.5, [second.name]: 10.5 })).toBe("traffic-invalid");
      expect(await shift({ [first.name]: 110, [second.name]: -10 })).toBe("traffic-invalid");
      expect(await shift({})).toBe("traffic-invalid");
      expect(await shift({ [first.name]: 90, "ghost--1": 10 })).toBe("revision-not-found");
      expect(await shift({ [first.name]: 100, "ghost--1": 0 })).toBe("revision-not-found");
      expect(await app.weights()).toEqual({ [app.images.one]: 100 });
    });

    test("what a deploy has superseded can be shifted back to", async () => {
      await using app = scene();
      const first = await app.deploy(app.images.one);
      const second = await app.deploy(app.images.two);
      await app.target.shift(app.name, { [second.name]: 100 }).result();
      await app.deploy(app.images.three);
      await app.target.shift(app.name, { [first.name]: 100 }).result();
      const back = (await app.target.revisions(app.name)).find(({ name }) => name === first.name);
      expect(back).toMatchObject({ weight: 100, state: { kind: "ready" } });
    });

    test("an older description again brings its revision back, and no new one", async () => {
      await using app = scene();
      const first = await app.deploy(app.images.one);
      await app.deploy(app.images.two);
      expect((await app.deploy(app.images.one)).name).toBe(first.name);
      expect(await app.target.revisions(app.name)).toHaveLength(2);
    });

    test("other bounds: as many replicas as asked for, the same versions at the same shares", async () => {
      await using app = scene();
      const first = await app.deploy(app.images.one);
      const second = await app.deploy(app.images.two);
      await app.target.shift(app.name, { [first.name]: 60, [second.name]: 40 }).result();
      await app.target.scale(app.name, { min: 2, max: 3 }).result();
      expect(await app.weights()).toEqual({ [app.images.one]: 60, [app.images.two]: 40 });
      await eventually(async () => {
        const revisions = await app.target.revisions(app.name);
        const carrying = revisions.filter(({ weight }) => weight > 0);
        expect(carrying.map(({ replicas }) => replicas.ready)).toEqual([2, 2]);
      });
      expect(await codeOf(app.target.scale(app.name, { min: 3, max: 2 }))).toBe("app-invalid");
      expect(await codeOf(app.target.scale(app.name, { min: -1, max: 2 }))).toBe("app-invalid");
    });

    test("a plan says what will be, and writes nothing", async () => {
      await using app = scene();
      const before = await app.target.plan(app.describeApp(app.images.one));
      expect(before.revision.isNew).toBe(true);
      expect(before.changes.some(({ action }) => action === "create")).toBe(true);
      expect(before.traffic).toEqual({ before: {}, after: { [before.revision.name]: 100 } });
      expect(await codeOfPromise(app.target.status(app.name))).toBe("app-not-found");
      const first = await app.deploy(app.images.one);
      expect(before.revision.name).toBe(first.name);

      const same = await app.target.plan(app.describeApp(app.images.one));
      expect(same.revision).toEqual({ name: first.name, isNew: false });
      expect(same.changes.filter(({ action }) => action !== "keep")).toEqual([]);

      const other = await app.target.plan(app.describeApp(app.images.two));
      expect(other.revision.isNew).toBe(true);
      expect(JSON.stringify(other.changes)).toContain(app.images.two);
      expect(other.traffic).toEqual({ before: { [first.name]: 100 }, after: { [first.name]: 100 } });
      expect(await app.target.revisions(app.name)).toHaveLength(1);
    });

    test("secrets are neither in a plan nor in a handle", async () => {
      await using app = scene({ secrets: { key: "hunter2-hunter2" }, env: { KEY: { secret: "key" } } });
      const description = app.describeApp(app.images.one);
      expect(JSON.stringify(await app.target.plan(description))).not.toContain("hunter2");
      const operation = app.target.apply(description);
      expect(JSON.stringify(operation)).not.toContain("hunter2");
      expect(await operation.result()).toMatchObject({ state: { kind: "ready" } });
      expect(JSON.stringify(await app.target.plan(app.describeApp(app.images.two)))).not.toContain("hunter2");
    });

    test("an image that no registry has: a failure with a reason, and the traffic where it was", async () => {
      await using app = scene();
      const first = await app.deploy(app.images.one);
      const failed = app.target.apply(app.describeApp(app.images.missing), { readyTimeoutMs: 60_000 });
      const error = await failed.result().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(FairwayError);
      expect(error).toMatchObject({ code: "revision-failed" });
      expect(String(error)).toMatch(/pull|image/i);
      expect(failed.state().kind).toBe("failed");
      expect(await app.weights()).toEqual({ [app.images.one]: 100 });
      const status = await app.target.status(app.name);
      expect(status.health).toBe("degraded");
      expect(status.messages).not.toEqual([]);
      const next = await app.deploy(app.images.two);
      await app.target.shift(app.name, { [first.name]: 50, [next.name]: 50 }).result();
      expect(await app.weights()).toEqual({ [app.images.one]: 50, [app.images.two]: 50 });
    });

    test("operations on one app at the same time all come to their end", async () => {
      await using app = scene();
      await app.deploy(app.images.one);
      // The one that is ready first may switch the other one off, which is then told so.
      const ends = await Promise.allSettled([app.deploy(app.images.two), app.deploy(app.images.three)]);
      const refusals = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : []));
      expect(refusals.length).toBeLessThan(2);
      for (const refusal of refusals) expect(refusal).toMatchObject({ code: "conflict" });
      expect(await app.weights()).toEqual({ [app.images.one]: 100 });
      const images = (await app.target.revisions(app.name)).map(({ image }) => image);
      expect(images.toSorted()).toEqual([app.images.one, app.images.two, app.images.three].toSorted());
    });

    test("a handle tells its progress from the beginning, to every reader, and what was called", async () => {
      await using app = scene();
      const operation = app.target.apply(app.describeApp(app.images.one));
      expect(operation.state()).toEqual({ kind: "running" });
      const live = await messagesOf(operation);
      expect(live.length).toBeGreaterThan(1);
      expect(operation.state()).toMatchObject({ kind: "succeeded", result: { weight: 100 } });
      expect(await messagesOf(operation)).toEqual(live);
      expect(operation.toJSON()).toMatchObject({ id: operation.id, target: app.target.address, call: "apply" });
    });

    test("a cancelled deploy says so, and the app can be deployed again", async () => {
      await using app = scene();
      await app.deploy(app.images.one);
      const operation = app.target.apply(app.describeApp(app.images.two));
      operation.cancel();
      expect(await codeOf(operation)).toBe("operation-cancelled");
      expect(operation.state()).toEqual({ kind: "cancelled" });
      expect(await app.deploy(app.images.three)).toMatchObject({ state: { kind: "ready" } });
      expect(await app.weights()).toEqual({ [app.images.one]: 100 });
    });

    test("a wait that is given up leaves the work alone", async () => {
      await using app = scene();
      const operation = app.target.apply(app.describeApp(app.images.one));
      await expect(operation.result({ signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
      expect(await operation.result()).toMatchObject({ weight: 100 });
    });

    test("logs of each replica, with the revision that they are of", async () => {
      await using app = scene();
      const revision = await app.deploy(app.images.one);
      await eventually(async () => {
        const lines = await collect(app.target.logs(app.name, { revision: revision.name }));
        expect(lines.length).toBeGreaterThan(0);
        expect(new Set(lines.map((line) => line.revision))).toEqual(new Set([revision.name]));
        expect(lines.every((line) => line.replica !== "")).toBe(true);
      });
      expect(await collect(app.target.logs(app.name, { tail: 1 }))).toHaveLength(1);
    });

    test("logs are followed until the reader has enough", async () => {
      await using app = scene();
      await app.deploy(app.images.one);
      const stop = new AbortController();
      const texts: string[] = [];
      for await (const line of app.target.logs(app.name, { follow: true, signal: stop.signal })) {
        texts.push(line.text);
        stop.abort();
      }
      expect(texts.length).toBeGreaterThan(0);
    });

    test("removing what is not there succeeds, and nothing else does with it", async () => {
      await using app = scene();
      await app.deploy(app.images.one);
      await app.target.remove(app.name).result();
      await app.target.remove(app.name).result();
      const { target, name } = app;
      expect(await target.apps()).not.toContain(name);
      expect(await codeOfPromise(target.status(name))).toBe("app-not-found");
      expect(await codeOfPromise(target.revisions(name))).toBe("app-not-found");
      expect(await codeOf(target.shift(name, { x: 100 }))).toBe("app-not-found");
      expect(await codeOf(target.scale(name, { min: 1, max: 2 }))).toBe("app-not-found");
      expect(await codeOfPromise(collect(target.logs(name)))).toBe("app-not-found");
    });

    test("a label gives a revision a name of its own and no traffic, and a deploy keeps it", async () => {
      await using app = scene();
      const labels = app.target.capability("labels");
      await app.deploy(app.images.one);
      const second = await app.deploy(app.images.two);
      await labels.set(app.name, "canary", second.name).result();
      await app.deploy(app.images.three);
      const labelled = (await app.target.revisions(app.name)).filter((revision) => revision.labels.includes("canary"));
      expect(labelled).toMatchObject([{ name: second.name, weight: 0, state: { kind: "ready" } }]);
      await labels.remove(app.name, "canary").result();
      await labels.remove(app.name, "canary").result();
      expect((await app.target.revisions(app.name)).flatMap((revision) => revision.labels)).toEqual([]);
      expect(await codeOf(labels.set(app.name, "canary", "ghost--1"))).toBe("revision-not-found");
    });

    test("a capability is there, or its absence says what to do instead", () => {
      const { target } = fixture;
      for (const name of ["upgrades", "labels"] as const) {
        if (target.supports(name)) expect(target.capability(name)).toBeDefined();
        else
          expect(() => target.capability(name)).toThrow(
            expect.objectContaining({ code: "not-supported", capability: name }),
          );
      }
    });
  });
}

/** For one case: a real target takes minutes for what the embedded one does in seconds. */
const patienceMs = process.env["FAIRWAY_TEST_TARGET"] ? 1_800_000 : 120_000;

/** Shares by image rather than by revision: scaling may replace a revision by a copy of itself. */
function weightsByImage(revisions: readonly { readonly image: string; readonly weight: number }[]) {
  const carrying = revisions.filter(({ weight }) => weight > 0);
  return Object.fromEntries(carrying.map(({ image, weight }): [string, number] => [image, weight]));
}

function codeOf(operation: Operation<unknown>): Promise<string> {
  return codeOfPromise(operation.result());
}

async function codeOfPromise(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof FairwayError) return error.code;
    throw error;
  }
  return "none: it succeeded";
}

async function messagesOf(operation: Operation<unknown>): Promise<string[]> {
  return (await collect(operation.events())).map(({ message }) => message);
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Until it holds; the last failure after 60 s. */
async function eventually(check: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
