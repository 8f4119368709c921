import { expect, it } from "vitest";
import { startServer } from "./container-apps-server.ts";
import { startWorld, subscription } from "./container-service-world.ts";

const list = `/subscriptions/${subscription}/resourceGroups?api-version=2024-11-01`;

it("counts reads, writes and deletes on buckets of their own", () => {
  const { call } = startWorld();
  const group = `/subscriptions/${subscription}/resourceGroups/other?api-version=2024-11-01`;
  expect(call("GET", list).headers).toMatchObject({
    "x-ms-ratelimit-remaining-subscription-reads": "1099",
    "x-ms-ratelimit-remaining-subscription-global-reads": "16499",
  });
  expect(call("PUT", group, { location: "westeurope" }).headers).toMatchObject({
    "x-ms-ratelimit-remaining-subscription-writes": "799",
    "x-ms-ratelimit-remaining-subscription-global-writes": "11999",
  });
  expect(call("DELETE", group).headers).toMatchObject({ "x-ms-ratelimit-remaining-subscription-deletes": "799" });
});

it("refuses with 429 when a bucket is empty, says when to come back, and keeps the word", () => {
  const { call, kernel } = startWorld();
  for (let index = 0; index < 1_100; index++) expect(call("GET", list).status).toBe(200);
  const refused = call("GET", list);
  expect(refused).toMatchObject({
    status: 429,
    headers: { "retry-after": "1", "x-ms-ratelimit-remaining-subscription-reads": "0" },
    body: { error: { code: "SubscriptionRequestsThrottled" } },
  });
  expect(refused.body["error"]["message"]).toContain(`'read' requests for subscription '${subscription}'`);
  kernel.runFor(1_000);
  const answers = Array.from({ length: 30 }, () => call("GET", list).status);
  expect(answers.filter((status) => status === 200)).toHaveLength(25);
});

it("an official client waits and succeeds", async () => {
  const slow = { size: 3, perSecond: 1 / 600 };
  await using server = await startServer({ rateLimits: { buckets: { reads: slow } } });
  const seen: number[] = [];
  server.client.pipeline.addPolicy(
    {
      name: "watch",
      async sendRequest(request, next) {
        const response = await next(request);
        seen.push(response.status);
        return response;
      },
    },
    { afterPhase: "Retry" },
  );
  for (let index = 0; index < 4; index++) await server.client.managedEnvironments.listBySubscription().next();
  expect(seen).toEqual([200, 200, 200, 429, 200]);
});

it("counts on without refusing when it is switched off", async () => {
  const reads = { size: 1, perSecond: 0 };
  await using server = await startServer({ rateLimits: { enforced: false, buckets: { reads } } });
  for (let index = 0; index < 3; index++) await server.client.managedEnvironments.listBySubscription().next();
});
