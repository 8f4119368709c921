import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKubectl, hasKubectl, type Kubectl } from "./kubectl.ts";
import { eventually } from "./kubernetes-fixture.ts";
import { type RunningCluster, startCluster } from "./running-cluster.ts";

const found = await hasKubectl("kubernetes-workloads");

const setManifest = `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
        - name: db
          image: postgres:16
          volumeMounts: [{name: data, mountPath: /data}]
  volumeClaimTemplates:
    - metadata: {name: data}
      spec:
        accessModes: [ReadWriteOnce]
        resources: {requests: {storage: 1Gi}}
`;

const daemonManifest = `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers: [{name: agent, image: "agent:1"}]
`;

describe.skipIf(!found)("kubectl and workloads that run", () => {
  let cluster: RunningCluster;
  let kubectl: Kubectl;
  beforeAll(async () => {
    cluster = await startCluster();
    kubectl = createKubectl(cluster.kubeconfigText);
    await kubectl.run("wait --for=condition=Ready node --all --timeout=20s");
  });
  afterAll(async () => {
    kubectl[Symbol.dispose]();
    await cluster[Symbol.asyncDispose]();
  });

  it("rolls a stateful set forward and back", async () => {
    await kubectl.run("apply -f -", setManifest);
    expect(await kubectl.run("rollout status sts/db --timeout=20s")).toContain(
      "partitioned roll out complete: 2 new pods have been updated",
    );
    const [head, row] = await kubectl.table("get sts db -o wide");
    expect(head).toEqual(["NAME", "READY", "AGE", "CONTAINERS", "IMAGES"]);
    expect([row?.[1], row?.[3], row?.[4]]).toEqual(["2/2", "db", "postgres:16"]);
    await kubectl.run("set image sts/db db=postgres:17");
    await kubectl.run("rollout status sts/db --timeout=20s");
    expect(await kubectl.run("rollout history sts/db")).toMatch(/REVISION\s+CHANGE-CAUSE\n1\s+<none>\n2\s+<none>/);
    expect(await kubectl.run("rollout history sts/db --revision=1")).toContain("postgres:16");
    expect(await kubectl.run("rollout undo sts/db")).toContain("statefulset.apps/db rolled back");
    await kubectl.run("rollout status sts/db --timeout=20s");
    expect(await kubectl.run("get pod db-1 -o jsonpath={.spec.containers[0].image}")).toBe("postgres:16");
    const [revisionHead, ...revisions] = await kubectl.table("get controllerrevisions");
    expect(revisionHead).toEqual(["NAME", "CONTROLLER", "REVISION", "AGE"]);
    expect(revisions.map(([, controller, revision]) => [controller, revision])).toEqual(
      expect.arrayContaining([
        ["statefulset.apps/db", "3"],
        ["statefulset.apps/db", "2"],
      ]),
    );
    const described = await kubectl.run("describe sts db");
    expect(described).toMatch(/Pods Status:\s+2 Running \/ 0 Waiting \/ 0 Succeeded \/ 0 Failed/);
    expect(described).toContain("Create Pod db-0 in StatefulSet db successful");
    await kubectl.run("scale sts db --replicas=1");
    await kubectl.run("wait --for=delete pod/db-1 --timeout=20s");
  });

  it("shows claims, volumes and classes", async () => {
    const [claimHead, claim] = await kubectl.table("get pvc data-db-0");
    expect(claimHead?.slice(0, 6)).toEqual(["NAME", "STATUS", "VOLUME", "CAPACITY", "ACCESS MODES", "STORAGECLASS"]);
    expect([claim?.[1], claim?.[3], claim?.[4], claim?.[5]]).toEqual(["Bound", "1Gi", "RWO", "default"]);
    expect(await kubectl.run("describe pvc data-db-0")).toMatch(/Used By:\s+db-0/);
    const volume = await kubectl.run("get pv");
    expect(volume).toMatch(/pvc-\S+\s+1Gi\s+RWO\s+Delete\s+Bound\s+default\/data-db-[01]\s+default/);
    expect(await kubectl.run("get sc")).toMatch(
      /default \(default\)\s+disk.csi.azure.com\s+Delete\s+WaitForFirstConsumer\s+true/,
    );
    expect(await kubectl.run("get pc")).toMatch(/system-node-critical\s+2000001000\s+false/);
    await kubectl.run("delete pvc data-db-1");
    await eventually(async () => !(await kubectl.run("get pv")).includes("data-db-1"));
  });

  it("rolls a daemon set forward, back and anew", async () => {
    await kubectl.run("apply -f -", daemonManifest);
    expect(await kubectl.run("rollout status ds/agent --timeout=20s")).toContain(
      'daemon set "agent" successfully rolled out',
    );
    const [head, row] = await kubectl.table("get ds agent");
    expect(head).toEqual(["NAME", "DESIRED", "CURRENT", "READY", "UP-TO-DATE", "AVAILABLE", "NODE SELECTOR", "AGE"]);
    expect(row?.slice(0, 7)).toEqual(["agent", "2", "2", "2", "2", "2", "<none>"]);
    await kubectl.run("set image ds/agent agent=agent:2");
    await kubectl.run("rollout status ds/agent --timeout=20s");
    await kubectl.run("rollout undo ds/agent --to-revision=1");
    await kubectl.run("rollout status ds/agent --timeout=20s");
    expect(await kubectl.run("get ds agent -o jsonpath={.spec.template.spec.containers[0].image}")).toBe("agent:1");
    await kubectl.run("rollout restart ds/agent");
    await kubectl.run("rollout status ds/agent --timeout=20s");
    expect(await kubectl.run("describe ds agent")).toMatch(/Desired Number of Nodes Scheduled: 2/);
    expect(
      await kubectl.run("drain node-1 --ignore-daemonsets --delete-emptydir-data --force --timeout=20s"),
    ).toContain("node/node-1 drained");
    await kubectl.run("uncordon node-1");
  });

  it("pauses, resumes, undoes and restarts a deployment", async () => {
    await kubectl.run("create deployment web --image=nginx:1 --replicas=2");
    expect(await kubectl.run("rollout status deploy/web --timeout=20s")).toContain("successfully rolled out");
    await kubectl.run("rollout pause deploy/web");
    await kubectl.run("set image deploy/web nginx=nginx:2");
    expect((await kubectl.run("get rs -l app=web -o name")).trim().split("\n")).toHaveLength(1);
    await kubectl.run("rollout resume deploy/web");
    await kubectl.run("rollout status deploy/web --timeout=20s");
    await kubectl.run("rollout undo deploy/web");
    await kubectl.run("rollout status deploy/web --timeout=20s");
    expect(await kubectl.run("rollout history deploy/web")).toMatch(/REVISION\s+CHANGE-CAUSE\n2\s+<none>\n3\s+<none>/);
    await kubectl.run("rollout restart deploy/web");
    await kubectl.run("rollout status deploy/web --timeout=20s");
    expect(await kubectl.run("describe deploy web")).toMatch(/Progressing\s+True\s+NewReplicaSetAvailable/);
    expect(await kubectl.run("describe rs -l app=web")).toContain("Controlled By:");
  });

  it("runs jobs, waits for them and reads what they wrote", async () => {
    await kubectl.run([
      "create",
      "job",
      "pi",
      "--image=perl:5",
      "--",
      "sh",
      "-c",
      "echo 3.14159; sleep 0.2; echo done",
    ]);
    await kubectl.run("wait --for=condition=complete job/pi --timeout=20s");
    expect(await kubectl.run("logs job/pi")).toBe("3.14159\ndone\n");
    const [head, row] = await kubectl.table("get jobs pi");
    expect(head).toEqual(["NAME", "STATUS", "COMPLETIONS", "DURATION", "AGE"]);
    expect(row?.slice(0, 3)).toEqual(["pi", "Complete", "1/1"]);
    expect(await kubectl.run("describe job pi")).toMatch(
      /Pods Statuses:\s+0 Active \(0 Ready\) \/ 1 Succeeded \/ 0 Failed/,
    );
    expect(await kubectl.run("get pods -l job-name=pi")).toMatch(/0\/1\s+Completed/);
    await kubectl.run("delete job pi");
    await eventually(async () => (await kubectl.run("get pods -l job-name=pi -o name")) === "");
  });

  it("makes jobs from cron jobs", async () => {
    await kubectl.run([
      "create",
      "cronjob",
      "nightly",
      "--image=busybox",
      "--schedule=0 3 * * *",
      "--",
      "echo",
      "night",
    ]);
    const [head, row] = await kubectl.table("get cj nightly");
    expect(head).toEqual(["NAME", "SCHEDULE", "TIMEZONE", "SUSPEND", "ACTIVE", "LAST SCHEDULE", "AGE"]);
    expect(row?.slice(0, 6)).toEqual(["nightly", "0 3 * * *", "<none>", "False", "0", "<none>"]);
    await kubectl.run("create job by-hand --from=cronjob/nightly");
    await kubectl.run("wait --for=condition=complete job/by-hand --timeout=20s");
    expect(await kubectl.run("logs job/by-hand")).toBe("night\n");
    expect(await kubectl.run("describe cj nightly")).toMatch(/Concurrency Policy:\s+Allow/);
    const bad = ["create", "cronjob", "bad", "--image=busybox", "--schedule=99 3 * * *"];
    expect(await kubectl.fails(bad)).toContain("end of range (99) above maximum (59): 99");
  });

  it("runs single pods, follows them and shows what a crashed one wrote", async () => {
    await kubectl.run([
      "run",
      "once",
      "--image=busybox",
      "--restart=Never",
      "--",
      "sh",
      "-c",
      "echo hi; sleep 2; echo there",
    ]);
    await kubectl.run(["wait", "--for=jsonpath={.status.phase}=Running", "pod/once", "--timeout=20s"]);
    expect(await kubectl.run("logs -f once")).toBe("hi\nthere\n");
    await kubectl.run(["wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/once", "--timeout=20s"]);
    expect((await kubectl.table("get pod once"))[1]?.slice(0, 3)).toEqual(["once", "0/1", "Completed"]);
    await kubectl.run(["run", "crashing", "--image=busybox", "--", "sh", "-c", "echo boom; exit 3"]);
    await eventually(async () => (await kubectl.run("get pod crashing")).includes("CrashLoopBackOff"));
    expect(await kubectl.run("logs crashing --previous")).toBe("boom\n");
    expect(await kubectl.run("logs crashing --since=1h")).toBe("boom\n");
    expect(await kubectl.run("describe pod crashing")).toMatch(/Exit Code:\s+3/);
    await kubectl.run("delete pod once crashing --grace-period=1");
  });
});
