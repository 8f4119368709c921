import { createContainerAppsTarget } from "@fairway/container-apps";
import { defineApp } from "@fairway/model";
import { expect, test } from "vitest";
import { startServer } from "../../emulator/test/container-apps-server.ts";
import { environmentPath, groupPath, subscription } from "../../emulator/test/container-apps-world.ts";
import { httpsRequest } from "../../emulator/test/https-request.ts";
import { systemClock } from "../../sdk/src/system-clock.ts";

test("smoke", async () => {
  await using server = await startServer({ behaviour: () => ({ createMs: 5, listenAfterMs: 5, stopMs: 5 }) });
  const headers = { authorization: `Bearer ${server.token()}`, "content-type": "application/json" };
  await httpsRequest(`${server.url}${groupPath}?api-version=2024-11-01`, {
    ca: server.caPem,
    method: "PUT",
    headers,
    body: JSON.stringify({ location: "westeurope" }),
  });
  await server.client.managedEnvironments.createOrUpdate("shop", "main", { location: "westeurope" });
  const credential = {
    getToken: () => Promise.resolve({ token: server.token(), expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  const calls: string[] = [];
  const target = await createContainerAppsTarget({
    address: `aca://${subscription}/shop/main`,
    subscriptionId: subscription,
    resourceGroup: "shop",
    environment: "main",
    credential,
    clock: systemClock,
    arm: { endpoint: server.url, caCertificate: server.caPem },
    waits: { readyPollMs: 100 },
    clientOptions: {
      additionalPolicies: [
        {
          position: "perRetry",
          policy: {
            name: "count",
            async sendRequest(r, n) {
              const a = await n(r);
              calls.push(`${r.method} ${new URL(r.url).pathname.split("/").slice(-3).join("/")} ${a.status}`);
              return a;
            },
          },
        },
      ],
    },
  });
  async function run(name: string, op: any) {
    calls.length = 0;
    const t = Date.now();
    try {
      for await (const e of op.events()) console.log("   ", e.message);
      const r = await op.result();
      console.log(name, Date.now() - t, "ms", JSON.stringify(r));
      return r;
    } catch (e: any) {
      console.log(name, "ERR", e.code, e.message, e.cause?.message ?? "", e.code === "platform" ? e.cause?.stack : "");
    } finally {
      console.log(calls.join("\n"));
    }
  }
  const app = defineApp({ name: "web", image: "shop/web:1", port: 8080, probes: { readiness: { periodSeconds: 1 } } });
  console.log(JSON.stringify(await target.plan(app), null, 1));
  const first = await run("apply", target.apply(app));
  await run("again", target.apply(app));
  const app2 = { ...app, image: "shop/web:2" };
  console.log(JSON.stringify(await target.plan(app2), null, 1));
  const second = await run("apply 2", target.apply(app2));
  await run("shift", target.shift("web", { [first.name]: 90, [second.name]: 10 }));
  await run("bad", target.apply({ ...app, image: "shop/web:does-not-exist" }));
  console.log(JSON.stringify(await target.status("web"), null, 1));
  await run("scale", target.scale("web", { min: 2, max: 3 }));
  for await (const l of target.logs("web", { tail: 2 })) console.log(l);
  console.log(await target.apps());
  await run("label", target.capability("labels").set("web", "blue", second.name));
  await run("remove", target.remove("web"));
  await run("remove", target.remove("web"));
  await target.status("web").catch((e) => console.log(e.code, e.message));
  expect(1).toBe(1);
}, 120_000);
