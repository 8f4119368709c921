import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cellsOf, createKubectl, hasKubectl, type Kubectl } from "./kubectl.ts";
import { eventually, startTestApi, type TestApi, webPod } from "./kubernetes-fixture.ts";

const found = await hasKubectl("kubernetes-kubectl");

const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop, labels: {app: shop}}
spec:
  replicas: 2
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
        - name: shop
          image: shop:1
          ports: [{containerPort: 80}]
          env: [{name: A, value: "1"}, {name: B, value: "2"}]
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec:
  selector: {app: shop}
  ports: [{port: 80}]
`;

describe.skipIf(!found)("kubectl", () => {
  let api: TestApi;
  let kubectl: Kubectl;
  beforeAll(async () => {
    api = await startTestApi();
    kubectl = createKubectl(api.kubeconfigText);
    seedNodes(api);
  });
  afterAll(async () => {
    kubectl[Symbol.dispose]();
    await api[Symbol.asyncDispose]();
  });

  it("lists nodes and pods", async () => {
    const [head, ...rows] = await kubectl.table("get nodes");
    expect(head).toEqual(["NAME", "STATUS", "ROLES", "AGE", "VERSION"]);
    expect(rows.map(([name, status, roles]) => [name, status, roles])).toEqual([
      ["node-0", "Ready", "<none>"],
      ["node-1", "Ready,SchedulingDisabled", "agent"],
      ["node-2", "NotReady", "<none>"],
    ]);
    const both = await kubectl.run("get nodes,pods -A");
    expect(both).toContain("node/node-0");
  });

  it("applies, applies again, changes and prunes from its side", async () => {
    expect(await kubectl.run("apply -f -", manifest)).toBe("deployment.apps/shop created\nservice/shop created\n");
    expect(await kubectl.run("apply -f -", manifest)).toBe("deployment.apps/shop unchanged\nservice/shop unchanged\n");
    const changed = manifest.replace(', {name: B, value: "2"}', "").replace("shop:1", "shop:2");
    expect(await kubectl.run("diff -f -", manifest)).toBe("");
    expect(await kubectl.run("apply -f -", changed)).toContain("deployment.apps/shop configured");
    const containers = await kubectl.run("get deployment shop -o jsonpath={.spec.template.spec.containers[0]}");
    expect(JSON.parse(containers)).toMatchObject({ image: "shop:2", env: [{ name: "A", value: "1" }] });
    expect(await kubectl.fails("apply -f -", changed.replace("replicas:", "replcas:"))).toContain(
      'unknown field "spec.replcas"',
    );
  });

  it("applies on the server's side, with conflicts", async () => {
    const own = manifest.replaceAll("shop", "till");
    expect(await kubectl.run("apply --server-side -f -", own)).toContain("deployment.apps/till serverside-applied");
    const other = "apply --server-side --field-manager=other -f -";
    const changed = own.replace("replicas: 2", "replicas: 5");
    expect(await kubectl.fails(other, changed)).toContain('conflict with "kubectl": .spec.replicas');
    await kubectl.run(`${other.replace(" -f", " --force-conflicts -f")}`, changed);
    expect(await kubectl.run("get deploy till -o jsonpath={.spec.replicas}")).toBe("5");
  });

  it("takes over from client-side to server-side apply", async () => {
    const own = manifest.replaceAll("shop", "moved");
    await kubectl.run("apply -f -", own);
    expect(await kubectl.run("apply --server-side -f -", own)).toContain("serverside-applied");
    const managers = await kubectl.run(
      "get deploy moved --show-managed-fields -o jsonpath={.metadata.managedFields[*].manager}",
    );
    expect(managers).toContain("kubectl");
    expect(managers).not.toContain("kubectl-client-side-apply");
  });

  it("creates what typed clients send as protobuf", async () => {
    await kubectl.run("create deployment typed --image=nginx:1.27 --replicas=0 --port=8080");
    const spec = JSON.parse(await kubectl.run("get deploy typed -o jsonpath={.spec}")) as Record<string, unknown>;
    expect(spec).toMatchObject({
      replicas: 0,
      selector: { matchLabels: { app: "typed" } },
      template: { spec: { containers: [{ name: "nginx", image: "nginx:1.27", ports: [{ containerPort: 8080 }] }] } },
    });
    await kubectl.run("create secret generic typed --from-literal=password=s3cret");
    expect(await kubectl.run("get secret typed -o jsonpath={.data.password}")).toBe(
      Buffer.from("s3cret").toString("base64"),
    );
    await kubectl.run("create poddisruptionbudget typed --selector=app=typed --min-available=50%");
    const [head, row] = await kubectl.table("get pdb typed");
    expect(head).toEqual(["NAME", "MIN AVAILABLE", "MAX UNAVAILABLE", "ALLOWED DISRUPTIONS", "AGE"]);
    expect(row?.slice(0, 4)).toEqual(["typed", "50%", "N/A", "0"]);
    await kubectl.run("autoscale deployment typed --min=1 --max=5 --cpu-percent=50");
    expect((await kubectl.table("get hpa typed"))[1]?.slice(0, 5)).toEqual([
      "typed",
      "Deployment/typed",
      "cpu: <unknown>/50%",
      "1",
      "5",
    ]);
  });

  it("scales, labels, annotates, sets images and patches", async () => {
    await kubectl.run("create deployment verbs --image=nginx:1");
    await kubectl.run("scale deployment verbs --replicas=4");
    await kubectl.run("label deployment verbs tier=front");
    await kubectl.run("annotate deployment verbs owner=pay");
    await kubectl.run("set image deployment/verbs nginx=nginx:2");
    await kubectl.run('patch deployment verbs -p {"spec":{"minReadySeconds":3}}');
    await kubectl.run("label deployment verbs tier-");
    const object = JSON.parse(await kubectl.run("get deploy verbs -o json")) as { metadata: object; spec: object };
    expect(object.metadata).toMatchObject({ annotations: { owner: "pay" }, labels: { app: "verbs" } });
    expect(object.metadata).not.toMatchObject({ labels: { tier: "front" } });
    expect(object.spec).toMatchObject({
      replicas: 4,
      minReadySeconds: 3,
      template: { spec: { containers: [{ image: "nginx:2" }] } },
    });
    expect(await kubectl.fails("scale deployment verbs --replicas=-1")).not.toBe("");
  });

  it("follows a rollout by what the controller writes into the status", async () => {
    await kubectl.run("create deployment rolling --image=nginx:1 --replicas=2");
    const waiting = kubectl.run("rollout status deployment rolling --timeout=20s");
    const status = { observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
    const merge = JSON.stringify({ status });
    await kubectl.run(`patch deployment rolling --subresource=status --type=merge -p ${merge}`);
    expect(await waiting).toContain('deployment "rolling" successfully rolled out');
    expect((await kubectl.table("get deploy rolling"))[1]?.slice(0, 4)).toEqual(["rolling", "2/2", "2", "2"]);
  });

  it("describes", async () => {
    await kubectl.run("create deployment described --image=nginx:1");
    expect(await kubectl.run("describe deployment described")).toMatch(
      /RollingUpdateStrategy:\s+25% max unavailable, 25% max surge/,
    );
    expect(await kubectl.run("describe node node-0")).toMatch(/Name:\s+node-0/);
    expect(await kubectl.run("describe namespace default")).toMatch(/Status:\s+Active/);
    expect(await kubectl.run("describe service kubernetes")).toContain("10.0.0.1");
    expect(await kubectl.run("explain deployment.spec.strategy")).toContain("rollingUpdate");
    expect(await kubectl.run("api-resources")).toContain("gateway.networking.k8s.io/v1");
  });

  it("watches", async () => {
    const child = spawn("kubectl", ["get", "pods", "-w", "--no-headers"], { env: kubectl.environment });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    const pods = { group: "", resource: "pods" };
    const pod = webPod("watched");
    await kubectl.run("apply -f -", JSON.stringify({ ...pod, spec: { ...pod.spec, nodeName: "node-0" } }));
    await eventually(() => output.includes("watched"));
    const running = {
      phase: "Running",
      containerStatuses: [{ name: "web", ready: true, restartCount: 0, state: { running: {} } }],
    };
    api.cluster.store.update(pods, "default", "watched", (current) => ({ ...current, status: running }));
    await kubectl.run("delete pod watched --wait=false");
    await eventually(() => output.includes("Terminating"));
    child.kill("SIGINT");
    await ended;
    const rows = cellsOf(output).filter(([name]) => name === "watched");
    expect(rows.map(([, ready, status]) => `${ready} ${status}`)).toEqual([
      "0/1 Pending",
      "1/1 Running",
      "1/1 Terminating",
    ]);
  });

  it("shows logs", async () => {
    const pod = webPod("talking");
    await kubectl.run("apply -f -", JSON.stringify({ ...pod, spec: { ...pod.spec, nodeName: "node-0" } }));
    api.cluster.store.update({ group: "", resource: "pods" }, "default", "talking", (current) => ({
      ...current,
      status: { phase: "Running", containerStatuses: [{ name: "web", restartCount: 0, state: { running: {} } }] },
    }));
    for (const line of ["listening", "served"]) api.cluster.world.logs.append("test/default/talking/web/0", line);
    expect(await kubectl.run("logs talking")).toBe("listening\nserved\n");
    expect(await kubectl.run("logs talking --tail=1")).toBe("served\n");
    expect(await kubectl.fails("logs talking --previous")).toContain("previous terminated container");
  });

  it("cordons, and drains through evictions", async () => {
    expect(await kubectl.run("get pods -A -o wide")).toMatch(
      /NAMESPACE\s+NAME\s+READY\s+STATUS\s+RESTARTS\s+AGE\s+IP\s+NODE/,
    );
    await kubectl.run("cordon node-0");
    expect(await kubectl.run("get node node-0")).toContain("SchedulingDisabled");
    await kubectl.run("uncordon node-0");
    const pod = webPod("drained");
    await kubectl.run("apply -f -", JSON.stringify({ ...pod, spec: { ...pod.spec, nodeName: "node-2" } }));
    const [head] = await kubectl.table("get pods -o wide");
    expect(head?.slice(0, 7)).toEqual(["NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE"]);
    api.evictions = {
      kind: "refused",
      status: 429,
      reason: "TooManyRequests",
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: { causes: [] },
    };
    const refused = await kubectl.fails("drain node-2 --force --timeout=1s");
    expect(refused).toContain("Cannot evict pod as it would violate the pod's disruption budget.");
  });

  it("deletes, and waits until it is gone", async () => {
    await kubectl.run("create deployment doomed --image=nginx:1");
    expect(await kubectl.run("delete deployment doomed")).toContain('deployment.apps "doomed" deleted');
    expect(await kubectl.fails("get deployment doomed")).toContain('deployments.apps "doomed" not found');
    await kubectl.run("create namespace doomed");
    await kubectl.run("create configmap -n doomed settings --from-literal=a=b");
    await kubectl.run("delete namespace doomed --timeout=20s");
    expect(await kubectl.fails("get namespace doomed")).toContain("not found");
  });

  it("runs into no bug on the way", () => {
    expect(api.traced("kubernetes.bug")).toEqual([]);
  });
});

function seedNodes(api: TestApi): void {
  const nodes = { group: "", resource: "nodes" };
  const ready = (status: string) => [{ type: "Ready", status }];
  const seeds = [
    { status: "True", unschedulable: false, labels: {} },
    { status: "True", unschedulable: true, labels: { "node-role.kubernetes.io/agent": "" } },
    { status: "Unknown", unschedulable: false, labels: {} },
  ];
  for (const [index, { status, unschedulable, labels }] of seeds.entries()) {
    api.cluster.store.create(nodes, {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: `node-${index}`, labels },
      spec: unschedulable ? { unschedulable } : {},
      status: { conditions: ready(status), nodeInfo: { kubeletVersion: "v1.33.5" } },
    });
  }
}
