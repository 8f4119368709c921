import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { identity, startServer, type TestServer } from "./container-apps-server.ts";
import { environmentPath, groupPath } from "./container-apps-world.ts";
import { httpsRequest } from "./https-request.ts";

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Another one than that of the PATH, when it is named: the commands below came into the CLI itself in 2.7x. */
const program = process.env["FAIRWAY_TEST_AZ"] ?? "az";
const asked = await run(["containerapp", "show"], {});
// Older releases do not know the word; what they suggest instead has a name as well.
const isThere = asked.stderr.includes("--name") && !asked.stderr.includes("not recognized");
// oxlint-disable-next-line no-console
if (!isThere) console.log("container-apps-az: skipped, there is no az with `containerapp` on the PATH");

function run(words: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> {
  const options = { env: { ...process.env, AZURE_EXTENSION_USE_DYNAMIC_INSTALL: "no", ...env } };
  return new Promise((resolve) => {
    execFile(program, words, options, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) || 1 : 0, stdout, stderr }),
    );
  });
}

/** One working day of `az containerapp`. The tests go on from one another. */
describe.skipIf(!isThere)("az containerapp", () => {
  let azure: TestServer;
  let home: string;

  function az(line: string): Promise<Ran> {
    return run(line.split(" "), {
      AZURE_CONFIG_DIR: home,
      REQUESTS_CA_BUNDLE: join(home, "ca.pem"),
      SSL_CERT_FILE: join(home, "ca.pem"),
      AZURE_CORE_COLLECT_TELEMETRY: "no",
      AZURE_CORE_INSTANCE_DISCOVERY: "false",
      AZURE_CORE_ONLY_SHOW_ERRORS: "true",
      NO_PROXY: "127.0.0.1",
    });
  }

  async function json(line: string): Promise<unknown> {
    const { code, stdout, stderr } = await az(`${line} -o json`);
    expect(code, `${line}: ${stderr}`).toBe(0);
    return stdout === "" ? undefined : (JSON.parse(stdout) as unknown);
  }

  const app = "-g shop -n web";

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "fairway-az-"));
    azure = await startServer();
    writeFileSync(join(home, "ca.pem"), azure.caPem);
    for (const [path, body] of [
      [groupPath, { location: "westeurope" }],
      [environmentPath, { location: "westeurope", properties: {} }],
    ] as const) {
      await httpsRequest(`${azure.url}${path}?api-version=2025-01-01`, {
        method: "PUT",
        ca: azure.caPem,
        headers: { authorization: `Bearer ${azure.token()}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    }
    const authority = `--endpoint-active-directory ${azure.url}/adfs`;
    await json(`cloud register -n Fairway --endpoint-resource-manager ${azure.url}/ ${authority}`);
    await json("cloud set -n Fairway");
    const secret = `-u ${identity.clientId} -p ${identity.clientSecret}`;
    await json(`login --service-principal ${secret} --tenant ${azure.arm.tokens.tenantId}`);
  }, 60_000);

  afterAll(async () => {
    await azure[Symbol.asyncDispose]();
    rmSync(home, { recursive: true, force: true });
  });

  it("makes an app, changes it, and shares traffic out", async () => {
    const ingress = "--ingress external --target-port 8080 --revisions-mode multiple";
    const made = await json(
      `containerapp create ${app} --environment main --image shop/web:1 ${ingress} --min-replicas 1`,
    );
    expect(made).toMatchObject({ name: "web", properties: { provisioningState: "Succeeded" } });
    await json(`containerapp update ${app} --image shop/web:2 --revision-suffix v2`);
    const listed = await az(`containerapp revision list ${app} -o tsv --query [].name`);
    const [first = "", second = ""] = listed.stdout.trim().split("\n");
    expect(second).toBe("web--v2");
    const split = await json(`containerapp ingress traffic set ${app} --revision-weight ${first}=80 ${second}=20`);
    // The command line keeps the entry of the latest revision, with weight 0.
    expect(split).toEqual([
      { latestRevision: true, weight: 0 },
      { revisionName: first, weight: 80 },
      { revisionName: second, weight: 20 },
    ]);
    await json(`containerapp revision label add ${app} --label blue --revision ${second} --no-prompt`);
    await json(`containerapp ingress traffic set ${app} --revision-weight ${second}=100`);
    await json(`containerapp revision deactivate -g shop --revision ${first}`);
    await json(`containerapp revision activate -g shop --revision ${first}`);
    expect((await az("containerapp list -o table")).stdout).toMatch(/^web +West Europe +shop/m);
  }, 120_000);

  it("sets secrets, and reads logs of the system", async () => {
    await json(`containerapp secret set ${app} --secrets one=1`);
    expect(await json(`containerapp secret show ${app} --secret-name one`)).toMatchObject({ name: "one", value: "1" });
    const logs = await az(`containerapp logs show ${app} --type system --tail 20`);
    expect(logs.stdout).toContain("Creating revision web--v2");
    expect((await az(`containerapp exec ${app} --command sh`)).stderr).toContain("501");
  }, 60_000);

  it("runs a job", async () => {
    const trigger = "--trigger-type Manual --replica-timeout 60 --replica-retry-limit 1";
    await json(`containerapp job create -g shop -n task --environment main ${trigger} --image shop/job:1`);
    const { name } = (await json("containerapp job start -g shop -n task")) as { name: string };
    expect(await json("containerapp job execution list -g shop -n task")).toMatchObject([{ name }]);
    await json(`containerapp delete ${app} --yes`);
    expect((await az("containerapp list -o tsv")).stdout).toBe("");
  }, 60_000);
});
