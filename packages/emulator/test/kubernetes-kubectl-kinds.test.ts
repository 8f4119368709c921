import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApi, type TestApi } from "./kubernetes-fixture.ts";

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const found = await run(["version", "--client"], {});

function run(args: readonly string[], env: NodeJS.ProcessEnv, input = ""): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile("kubectl", args, { env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) || 1 : 0, stdout, stderr });
    });
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

describe.skipIf(found.code !== 0)("kubectl, kind by kind", () => {
  let api: TestApi;
  let home: string;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    api = await startTestApi();
    home = mkdtempSync(join(tmpdir(), "fairway-kubectl-"));
    const file = join(home, "config");
    writeFileSync(file, api.kubeconfigText);
    env = { KUBECONFIG: file, HOME: home, KUBECACHEDIR: join(home, "cache") };
  });
  afterAll(async () => {
    await api[Symbol.asyncDispose]();
    rmSync(home, { recursive: true, force: true });
  });

  async function kubectl(command: string, input = "", more: NodeJS.ProcessEnv = {}): Promise<string> {
    const { code, stdout, stderr } = await run(command.split(" "), { ...env, ...more }, input);
    if (code !== 0) throw new Error(`kubectl ${command}: ${stderr}`);
    return stdout;
  }
  async function failing(command: string): Promise<string> {
    const { code, stderr } = await run(command.split(" "), env);
    expect(code).not.toBe(0);
    return stderr;
  }

  it.each([
    ["ingress", "create ingress i --rule=a.example/*=web:80", "describe ingress i", "a.example"],
    ["priority class", "create priorityclass high --value=1000", "describe priorityclass high", "1000"],
    ["role", "create role reader --verb=get --resource=pods", "describe role reader", "pods"],
    ["role binding", "create rolebinding b --clusterrole=view --user=ann", "describe rolebinding b", "ann"],
    ["quota", "create quota q --hard=pods=9", "describe quota q", "pods"],
    ["service account", "create serviceaccount robot", "describe serviceaccount robot", "robot"],
    ["budget", "create pdb p --selector=app=web --min-available=1", "describe pdb p", "app=web"],
    ["service", "create service nodeport web --tcp=80:8080", "describe service web", "NodePort"],
    ["namespace", "create namespace team", "describe namespace team", "Active"],
  ])("creates and describes a %s", async (_kind, create, describes, shown) => {
    expect(await kubectl(create)).toContain("created");
    expect(await kubectl(describes)).toContain(shown);
  });

  it("knows what the caller may do, and gives out tokens", async () => {
    expect(await kubectl("auth can-i delete nodes")).toBe("yes\n");
    expect((await run(["auth", "can-i", "list", "pods", "--as=nobody"], env)).stdout).toBe("no\n");
    expect((await kubectl("create token default")).split(".")).toHaveLength(3);
  });

  it("lists volumes and classes as kubectl shows them", async () => {
    const claim =
      "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {accessModes: [ReadWriteOnce], storageClassName: default, resources: {requests: {storage: 1Gi}}}\n";
    await kubectl("apply -f -", claim);
    const [head, row] = (await kubectl("get pvc data")).split("\n");
    expect(
      head
        ?.trim()
        .split(/\s{2,}/)
        .slice(0, 3),
    ).toEqual(["NAME", "STATUS", "VOLUME"]);
    expect(row).toMatch(/^data\s+Pending\s+default\s+<unset>/);
    expect(await kubectl("get storageclass")).toContain("default (default)");
  });

  it("edits, replaces, and replaces by force", async () => {
    await kubectl("create configmap settings --from-literal=a=one");
    await kubectl("edit configmap settings", "", { KUBE_EDITOR: "sed -i s/one/two/" });
    expect(await kubectl("get configmap settings -o jsonpath={.data.a}")).toBe("two");
    const manifest = await kubectl("get configmap settings -o yaml");
    expect(await kubectl("replace -f -", manifest.replace("two", "three"))).toBe("configmap/settings replaced\n");
    expect(await kubectl("replace --force -f -", manifest)).toContain("configmap/settings replaced");
    expect(await kubectl("get configmap settings -o jsonpath={.data.a}")).toBe("two");
  });

  it("says that there are no metrics, as a cluster without a metrics server does", async () => {
    expect(await failing("top nodes")).toContain("Metrics API not available");
  });
});
