import {
  AdmissionregistrationV1Api,
  AppsV1Api,
  BatchV1Api,
  CoreV1Api,
  type V1PodTemplateSpec,
} from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Certificates, createCertificates } from "../src/http/tls.ts";
import { eventually } from "./kubernetes-fixture.ts";
import { type RunningCluster, startCluster } from "./running-cluster.ts";
import { startWebhook } from "./webhook.ts";

const namespace = "default";

describe("pods that controllers create", () => {
  let cluster: RunningCluster;
  let certificates: Certificates;
  beforeAll(async () => {
    [cluster, certificates] = await Promise.all([startCluster(), createCertificates()]);
  });
  afterAll(() => cluster[Symbol.asyncDispose]());
  const core = () => cluster.config.makeApiClient(CoreV1Api);
  const apps = () => cluster.config.makeApiClient(AppsV1Api);

  const templateOf = (app: string): V1PodTemplateSpec => ({
    metadata: { labels: { app } },
    spec: { containers: [{ name: "web", image: "web:1" }] },
  });
  function deployment(app: string, replicas: number) {
    const spec = { replicas, selector: { matchLabels: { app } }, template: templateOf(app) };
    return apps().createNamespacedDeployment({ namespace, body: { metadata: { name: app }, spec } });
  }
  async function register(kind: "Mutating" | "Validating", app: string, url: string): Promise<void> {
    const admission = cluster.config.makeApiClient(AdmissionregistrationV1Api);
    const rules = [{ apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE"] }];
    const webhook = {
      name: `${app}.policy.example.com`,
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
      objectSelector: { matchLabels: { app } },
      rules,
      clientConfig: { url, caBundle: Buffer.from(certificates.caPem).toString("base64") },
    };
    const body = { metadata: { name: app }, webhooks: [webhook] };
    if (kind === "Mutating") await admission.createMutatingWebhookConfiguration({ body });
    else await admission.createValidatingWebhookConfiguration({ body });
  }
  const messagesOf = async (reason: string, name: string) => {
    const { items } = await core().listNamespacedEvent({ namespace });
    const own = items.filter((event) => event.reason === reason && event.involvedObject.name?.startsWith(name));
    return own.map(({ message }) => message);
  };

  it("go through mutating webhooks, each of them, and are defaulted and checked again", async () => {
    const sidecar = { name: "side", image: "side:1" };
    const patch = Buffer.from(JSON.stringify([{ op: "add", path: "/spec/containers/-", value: sidecar }]));
    const users = new Set<string>();
    await using webhook = await startWebhook(certificates, ({ userInfo }) => {
      users.add(userInfo.username);
      return { allowed: true, patchType: "JSONPatch", patch: patch.toString("base64") };
    });
    await register("Mutating", "meshed", webhook.url);
    await deployment("meshed", 3);
    const pods = await eventually(async () => {
      const { items } = await core().listNamespacedPod({ namespace, labelSelector: "app=meshed" });
      return items.length === 3 && items.every((pod) => pod.status?.phase === "Running") && items;
    });
    for (const pod of pods) {
      expect(pod.spec?.containers.map(({ name, imagePullPolicy }) => [name, imagePullPolicy])).toEqual([
        ["web", "IfNotPresent"],
        ["side", "IfNotPresent"],
      ]);
    }
    expect(webhook.seen).toHaveLength(3);
    expect([...users]).toEqual(["system:serviceaccount:kube-system:replicaset-controller"]);
  });

  it("are refused by a webhook in its words, on the event and on the condition", async () => {
    await using webhook = await startWebhook(certificates, () => ({
      allowed: false,
      status: { message: "not on Fridays" },
    }));
    await register("Validating", "friday", webhook.url);
    await deployment("friday", 1);
    const why = 'admission webhook "friday.policy.example.com" denied the request: not on Fridays';
    await eventually(async () => (await messagesOf("FailedCreate", "friday")).includes(`Error creating: ${why}`));
    const status = await eventually(async () => {
      const { status: now } = await apps().readNamespacedDeployment({ name: "friday", namespace });
      return now?.conditions?.some(({ type }) => type === "ReplicaFailure") && now;
    });
    expect(status.conditions?.find(({ type }) => type === "ReplicaFailure")).toMatchObject({
      status: "True",
      reason: "FailedCreate",
      message: why,
    });
  });

  it("are refused when a webhook does not answer as one, whoever makes them", async () => {
    const gone = await startWebhook(certificates, () => ({ allowed: true }));
    await gone[Symbol.asyncDispose]();
    await register("Validating", "nobody", gone.url);
    await cluster.config.makeApiClient(BatchV1Api).createNamespacedJob({
      namespace,
      body: {
        metadata: { name: "nobody" },
        spec: {
          template: {
            metadata: { labels: { app: "nobody" } },
            spec: { restartPolicy: "Never", containers: [{ name: "a", image: "a:1" }] },
          },
        },
      },
    });
    const [message] = await eventually(async () => {
      const messages = await messagesOf("FailedCreate", "nobody");
      return messages.length > 0 && messages;
    });
    expect(message).toMatch(
      /^Error creating: Internal error occurred: failed calling webhook "nobody.policy.example.com": failed to call webhook: Post ".*": dial tcp 127.0.0.1:\d+: connect: connection refused$/,
    );
  });

  it("are kept by replication controllers as by replica sets", async () => {
    const spec = { replicas: 2, selector: { app: "old" }, template: templateOf("old") };
    await core().createNamespacedReplicationController({ namespace, body: { metadata: { name: "old" }, spec } });
    const status = await eventually(async () => {
      const { status: now } = await core().readNamespacedReplicationController({ name: "old", namespace });
      return now?.availableReplicas === 2 && now;
    });
    expect(status).toMatchObject({
      replicas: 2,
      fullyLabeledReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      observedGeneration: 1,
    });
    const { items } = await core().listNamespacedPod({ namespace, labelSelector: "app=old" });
    expect(items.map(({ metadata }) => metadata?.ownerReferences?.[0]?.kind)).toEqual(
      Array.from({ length: 2 }, () => "ReplicationController"),
    );
    expect(await messagesOf("SuccessfulCreate", "old")).toHaveLength(2);
  });
});
