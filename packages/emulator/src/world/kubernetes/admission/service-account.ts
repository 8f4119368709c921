import type { Cluster } from "../../cluster.ts";
import type { KubeObject } from "../../objects.ts";
import { type JsonRecord, listAt, recordAt, textAt } from "../json.ts";
import { safeAlphabet } from "../names.ts";
import { forbidden } from "../status-error.ts";

const accounts = { group: "", resource: "serviceaccounts" };
const mountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
const volumePrefix = "kube-api-access-";

/** What of a cluster admission works with. */
export type AdmissionPlace = Pick<Cluster, "store" | "world">;

/**
 * The pod with its service account, that account's pull secrets and its token mounted. Source: kubernetes/kubernetes
 * plugin/pkg/admission/serviceaccount.
 */
export function withServiceAccount(pod: KubeObject, place: AdmissionPlace): KubeObject {
  const spec = recordAt(pod, "spec");
  const name = textAt(spec, "serviceAccountName") || "default";
  const account = accountOf(pod, name, place);
  const secrets = listAt(account, "imagePullSecrets");
  const pulled =
    listAt(spec, "imagePullSecrets").length > 0 || secrets.length === 0 ? {} : { imagePullSecrets: secrets };
  const named = { ...spec, ...pulled, serviceAccountName: name, serviceAccount: name };
  const automount = spec["automountServiceAccountToken"] ?? account["automountServiceAccountToken"] ?? true;
  return { ...pod, spec: automount === true ? withToken(pod, named, place) : named };
}

function accountOf(pod: KubeObject, name: string, { store }: AdmissionPlace): JsonRecord {
  const { namespace = "" } = pod.metadata;
  const account = store.get(accounts, namespace, name);
  // Every namespace gets its default account right after its creation.
  if (account || name === "default") return account ?? {};
  const why = `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`;
  throw forbidden({ group: "", plural: "pods", kind: "Pod" }, earlyName(pod), why);
}

/** What admission calls a pod to which it gives something: the end of a generated name is drawn only later. */
export function earlyName({ metadata: { name, generateName } }: KubeObject): string {
  return generateName !== undefined && name.length === generateName.length + 5 ? generateName : name;
}

function withToken(pod: KubeObject, spec: JsonRecord, place: AdmissionPlace): JsonRecord {
  const volumes = listAt(spec, "volumes");
  const own = volumes.map((volume) => textAt(volume, "name") ?? "").find((name) => name.startsWith(volumePrefix));
  const name = own ?? `${volumePrefix}${randomEnd(pod, place)}`;
  const [containers, initContainers] = ["containers", "initContainers"].map((field) =>
    listAt(spec, field).map((container) => withMount(container, name)),
  );
  const isMounted = [...listAt(spec, "containers"), ...listAt(spec, "initContainers")].some(lacksMount);
  return {
    ...spec,
    ...(isMounted && own === undefined ? { volumes: [...volumes, { name, projected: tokenVolume }] } : {}),
    containers,
    ...(spec["initContainers"] === undefined ? {} : { initContainers }),
  };
}

function lacksMount(container: unknown): boolean {
  return !listAt(container, "volumeMounts").some((mount) => textAt(mount, "mountPath") === mountPath);
}

function withMount(container: unknown, name: string): unknown {
  if (!lacksMount(container)) return container;
  const mounts = [...listAt(container, "volumeMounts"), { name, readOnly: true, mountPath }];
  return { ...recordAt(container), volumeMounts: mounts };
}

function randomEnd({ metadata }: KubeObject, { store, world }: AdmissionPlace): string {
  const stream = `kube-api-access/${metadata.namespace ?? ""}/${metadata.name}/${store.version}`;
  return world.random.stream(stream).text(5, safeAlphabet);
}

const tokenVolume = {
  defaultMode: 0o644,
  sources: [
    { serviceAccountToken: { expirationSeconds: 3_607, path: "token" } },
    { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    {
      downwardAPI: {
        items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
      },
    },
  ],
};
