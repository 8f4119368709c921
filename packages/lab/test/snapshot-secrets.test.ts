import { beforeAll, expect, test } from "vitest";
import { openDoor } from "../src/rehearse/cluster-door.ts";
import type { Manifest } from "../src/rehearse/manifests.ts";
import { formatSnapshot } from "../src/rehearse/snapshot.ts";
import { openVirtualWorld } from "../src/virtual/world.ts";
import { deployment, startShop } from "./rehearsed-shop.ts";

/** A word that stands for what nobody may read, by the place where teams keep it. */
const places = {
  "a Secret": "hush-secret",
  "a Secret's last applied configuration": "hush-secret-applied",
  "a ConfigMap": "hush-config",
  "a variable": "hush-variable",
  "a variable with a connection string": "hush-connection",
  "a Deployment's last applied configuration": "hush-applied",
  "an annotation of pods": "hush-annotation",
  "the arguments of a container": "hush-argument",
  "a header of a probe": "hush-header",
  "a hook that runs before the end": "hush-hook",
  "the address of a webhook": "hush-webhook",
  "an inline key of a volume": "hush-volume",
} as const;

let text = "";
beforeAll(async () => {
  using world = await openVirtualWorld({ seed: 4 });
  const { address, target, kubeconfig } = await startShop(world, []);
  await world.run(async () => {
    const door = openDoor(world.azure, kubeconfig);
    for (const one of objects()) await door.create(one);
    await world.wait(60_000);
  });
  const facts = await world.run(() => target.capability("upgrades").facts());
  // They are there, as far as anything of them may be.
  expect(facts.workloads.map(({ name }) => name)).toContain("api");
  expect(facts.pods.filter(({ namespace }) => namespace === "shop")).toHaveLength(2);
  expect(facts.webhooks.map(({ name }) => name)).toEqual(["policy.shop.example"]);
  text = formatSnapshot({ target: address, facts });
});

test.for(Object.entries(places))("what %s holds is in no snapshot", ([, word]) => {
  expect(text).not.toContain(word);
  expect(text).not.toContain(Buffer.from(word).toString("base64"));
});

function objects(): readonly Manifest[] {
  const applied = (word: string) => ({
    "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify({ apiVersion: "v1", data: { key: word } }),
  });
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: "keys",
      namespace: "shop",
      annotations: applied(places["a Secret's last applied configuration"]),
    },
    stringData: { key: places["a Secret"] },
  };
  const config = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "settings", namespace: "shop" },
    data: { url: places["a ConfigMap"] },
  };
  const webhook = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: "policy" },
    webhooks: [
      {
        name: "policy.shop.example",
        clientConfig: { url: `https://policy.example/${places["the address of a webhook"]}` },
        failurePolicy: "Ignore",
        rules: [{ apiGroups: ["apps"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["replicasets"] }],
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
      },
    ],
  };
  return [secret, config, talkative(applied(places["a Deployment's last applied configuration"])), webhook];
}

function talkative(annotations: object): Manifest {
  const plain = deployment("api", { replicas: 2 });
  const header = { name: "Authorization", value: places["a header of a probe"] };
  const container = {
    name: "app",
    image: "registry.example/api:1",
    args: [`--key=${places["the arguments of a container"]}`],
    env: [
      { name: "KEY", value: places["a variable"] },
      { name: "DATABASE", value: `Server=db;Password=${places["a variable with a connection string"]}` },
      { name: "REFERENCE", valueFrom: { secretKeyRef: { name: "keys", key: "key" } } },
    ],
    envFrom: [{ secretRef: { name: "keys" } }],
    readinessProbe: { httpGet: { path: "/", port: 80, httpHeaders: [header] } },
    lifecycle: { preStop: { exec: { command: ["sh", "-c", `echo ${places["a hook that runs before the end"]}`] } } },
  };
  const volume = {
    name: "share",
    csi: { driver: "file.csi.azure.com", volumeAttributes: { key: places["an inline key of a volume"] } },
  };
  const labels = { app: "api" };
  return {
    ...plain,
    metadata: { name: "api", namespace: "shop", annotations } as Manifest["metadata"],
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { note: places["an annotation of pods"] } },
        spec: { containers: [container], volumes: [volume] },
      },
    },
  };
}
