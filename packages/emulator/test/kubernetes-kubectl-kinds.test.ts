import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cellsOf, createKubectl, hasKubectl, type Kubectl } from "./kubectl.ts";
import { startTestApi, type TestApi } from "./kubernetes-fixture.ts";

const found = await hasKubectl("kubernetes-kubectl-kinds");

describe.skipIf(!found)("kubectl, kind by kind", () => {
  let api: TestApi;
  let kubectl: Kubectl;
  beforeAll(async () => {
    api = await startTestApi();
    kubectl = createKubectl(api.kubeconfigText);
  });
  afterAll(async () => {
    kubectl[Symbol.dispose]();
    await api[Symbol.asyncDispose]();
  });

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
    expect(await kubectl.run(create)).toContain("created");
    expect(await kubectl.run(describes)).toContain(shown);
  });

  it("knows what the caller may do, and gives out tokens", async () => {
    expect(await kubectl.run("auth can-i delete nodes")).toBe("yes\n");
    expect(await kubectl.fails("auth can-i list pods --as=nobody", "", "stdout")).toBe("no\n");
    expect((await kubectl.run("create token default")).split(".")).toHaveLength(3);
  });

  it("lists volumes and classes as kubectl shows them", async () => {
    const claim =
      "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {accessModes: [ReadWriteOnce], storageClassName: default, resources: {requests: {storage: 1Gi}}}\n";
    await kubectl.run("apply -f -", claim);
    const printed = await kubectl.run("get pvc data");
    const [, row] = printed.split("\n");
    expect(cellsOf(printed)[0]?.slice(0, 3)).toEqual(["NAME", "STATUS", "VOLUME"]);
    expect(row).toMatch(/^data\s+Pending\s+default\s+<unset>/);
    expect(await kubectl.run("get storageclass")).toContain("default (default)");
  });

  it("edits, replaces, and replaces by force", async () => {
    await kubectl.run("create configmap settings --from-literal=a=one");
    await kubectl.run("edit configmap settings", "", { KUBE_EDITOR: "sed -i s/one/two/" });
    expect(await kubectl.run("get configmap settings -o jsonpath={.data.a}")).toBe("two");
    const manifest = await kubectl.run("get configmap settings -o yaml");
    expect(await kubectl.run("replace -f -", manifest.replace("two", "three"))).toBe("configmap/settings replaced\n");
    expect(await kubectl.run("replace --force -f -", manifest)).toContain("configmap/settings replaced");
    expect(await kubectl.run("get configmap settings -o jsonpath={.data.a}")).toBe("two");
  });

  it("takes a list of several kinds, and says which of its fields nobody knows", async () => {
    const list = (field: string): string =>
      `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: listed}, ${field}: {a: b}}\n- {apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: listed}, spec: {minAvailable: 10%}}\n`;
    expect(await kubectl.run("apply -f -", list("data"))).toBe(
      "configmap/listed created\npoddisruptionbudget.policy/listed created\n",
    );
    expect(await kubectl.fails("apply -f -", list("date"))).toContain(
      'ValidationError(ConfigMap): unknown field "date" in io.k8s.api.core.v1.ConfigMap',
    );
  });

  it("explains fields in the words of Kubernetes", async () => {
    const explained = await kubectl.run("explain pod.spec.dnsPolicy");
    expect(explained).toContain("ENUM:\n    ClusterFirst\n    ClusterFirstWithHostNet\n    Default\n    None\n");
    expect(explained).toContain("Set DNS policy for the pod.");
    expect(await kubectl.run("explain hpa.spec.minReplicas")).toContain("the lower limit for the number of replicas");
  });

  it("says that nothing is measured yet", async () => {
    expect(await kubectl.fails("top nodes")).toContain("metrics not available yet");
  });
});
