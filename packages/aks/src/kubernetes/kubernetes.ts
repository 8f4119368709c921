import type { Writable } from "node:stream";
import type { Clock } from "@fairway/core";
import {
  ApisApi,
  CoreV1Api,
  HttpMethod,
  type KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  Log,
  PatchStrategy,
} from "@kubernetes/client-node";
import type { Manifest } from "../manifests/manifest.ts";
import { fieldManager, runtimeFieldManager } from "../names.ts";
import { type Connection, type ConnectionOptions, createConnection, serverOf } from "./connection.ts";
import { isStatus } from "./kubernetes-errors.ts";
import { createRequests, type Requests } from "./requests.ts";

/** What identifies one object. */
export interface Reference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Default: the namespace of the target. */
  readonly namespace?: string;
  /** The kind has no namespace. Reads may leave it out, a write that names one is refused. */
  readonly isClusterWide?: boolean;
}

export interface Selection {
  readonly labels?: Readonly<Record<string, string>>;
  /** A field selector, e.g. `involvedObject.name=x`. */
  readonly fields?: string;
  /** In all namespaces. Default false. */
  readonly everywhere?: boolean;
}

export interface LogRequest {
  readonly pod: string;
  readonly container: string;
  readonly follow: boolean;
  readonly tail?: number;
}

/** The Kubernetes API of one cluster, as the rest of the adapter uses it. Everything it throws is a `FairwayError`. */
export interface Kubernetes {
  readonly namespace: string;
  get<T extends KubernetesObject>(reference: Reference): Promise<T | undefined>;
  /** Objects of the namespace, or of the cluster for kinds without one. Empty when the kind is not there. */
  list<T extends KubernetesObject>(apiVersion: string, kind: string, selection?: Selection): Promise<readonly T[]>;
  /** Server-side apply as `fairway`. Takes over fields of others: only our own objects are applied. */
  apply(manifest: Manifest): Promise<KubernetesObject>;
  /** JSON merge patch as `fairway-runtime`: what changes while the app runs. Undefined when the object is not there. */
  patch(reference: Reference, patch: object): Promise<KubernetesObject | undefined>;
  /** Removes the object and, in the background, what it owns. What is not there is removed already. */
  remove(reference: Reference): Promise<void>;
  /** Asks the pod to go, as its budgets allow: `refused` when they do not now. */
  evict(namespace: string, pod: string): Promise<"gone" | "refused">;
  /** What the API server tells of itself, in the text form of Prometheus; undefined when this user may not see it. */
  metrics(): Promise<string | undefined>;
  /** Names of the API groups that the cluster serves. Asked once. */
  groups(): Promise<ReadonlySet<string>>;
  /** Writes lines of a container into `stream` until they end or the returned controller aborts. */
  streamLog(request: LogRequest, stream: Writable): Promise<AbortController>;
  /** The last lines that a container wrote before it was restarted. */
  previousLog(pod: string, container: string, lines: number): Promise<string>;
  close(): Promise<void>;
}

export function createKubernetes(
  kubeConfig: KubeConfig,
  namespace: string,
  clock: Clock,
  options: ConnectionOptions = {},
): Kubernetes {
  const connection = createConnection(kubeConfig, options);
  const requests = createRequests(serverOf(kubeConfig), clock);
  return {
    namespace,
    ...objectCalls(connection, requests, namespace),
    ...logCalls(kubeConfig, connection, requests, namespace),
    evict: createEviction(connection, requests),
    groups: groupsOnce(connection, requests),
    metrics: () => readMetrics(connection, requests),
    close: () => connection.close(),
  };
}

type ObjectCalls = Pick<Kubernetes, "get" | "list" | "apply" | "patch" | "remove">;

function objectCalls({ configuration }: Connection, requests: Requests, namespace: string): ObjectCalls {
  const objects = new KubernetesObjectApi(configuration);
  // The client's parameters are positional; most of them stay at their defaults.
  const none = undefined;
  return {
    get: (reference) => requests.sendUnlessMissing(nameOf(reference), () => objects.read(header(reference, namespace))),
    async list<T extends KubernetesObject>(apiVersion: string, kind: string, selection: Selection = {}) {
      const scope = selection.everywhere === true ? none : namespace;
      const labels = labelSelector(selection);
      const list = await requests.sendUnlessMissing(`${kind} objects`, () =>
        objects.list<T>(apiVersion, kind, scope, none, none, none, selection.fields, labels),
      );
      return list?.items ?? [];
    },
    apply: (manifest) =>
      requests.send(nameOf({ kind: manifest.kind, name: manifest.metadata.name }), () =>
        objects.patch(manifest as KubernetesObject, none, none, fieldManager, true, PatchStrategy.ServerSideApply),
      ),
    patch: (reference, change) =>
      requests.sendUnlessMissing(nameOf(reference), () =>
        objects.patch(
          patchOf(reference, namespace, change),
          none,
          none,
          runtimeFieldManager,
          none,
          PatchStrategy.MergePatch,
        ),
      ),
    async remove(reference) {
      await requests.sendUnlessMissing(nameOf(reference), () =>
        objects.delete(header(reference, namespace), none, none, none, none, "Background"),
      );
    },
  };
}

function logCalls(
  kubeConfig: KubeConfig,
  { configuration }: Connection,
  requests: Requests,
  namespace: string,
): Pick<Kubernetes, "streamLog" | "previousLog"> {
  const log = new Log(kubeConfig);
  const core = new CoreV1Api(configuration);
  return {
    streamLog: ({ pod, container, follow, tail }, stream) =>
      requests.send(`The log of ${pod}`, () =>
        log.log(namespace, pod, container, stream, { follow, ...(tail === undefined ? {} : { tailLines: tail }) }),
      ),
    async previousLog(pod, container, lines) {
      const request = { name: pod, namespace, container, previous: true, tailLines: lines };
      return (await requests.sendUnlessMissing(`The log of ${pod}`, () => core.readNamespacedPodLog(request))) ?? "";
    },
  };
}

function createEviction({ configuration }: Connection, requests: Requests): Kubernetes["evict"] {
  const core = new CoreV1Api(configuration);
  return (namespace, name) =>
    requests.send(`The eviction of ${namespace}/${name}`, async () => {
      try {
        const metadata = { namespace, name };
        await core.createNamespacedPodEviction({
          namespace,
          name,
          body: { apiVersion: "policy/v1", kind: "Eviction", metadata },
        });
      } catch (thrown) {
        // The answer of a budget that has nothing left is 429, and no reason to repeat at once.
        if (isStatus(thrown, 429)) return "refused";
        if (!isStatus(thrown, 404)) throw thrown;
      }
      return "gone";
    });
}

/** The client has no call for it. */
async function readMetrics({ configuration }: Connection, requests: Requests): Promise<string | undefined> {
  const { httpStatusCode, body } = await requests.send("The metrics of the API server", async () => {
    const request = configuration.baseServer.makeRequestContext("/metrics", HttpMethod.GET);
    await configuration.authMethods.default?.applySecurityAuthentication(request);
    return await configuration.httpApi.send(request).toPromise();
  });
  return httpStatusCode === 200 ? await body.text() : undefined;
}

function groupsOnce({ configuration }: Connection, requests: Requests): Kubernetes["groups"] {
  const apis = new ApisApi(configuration);
  let known: Promise<ReadonlySet<string>> | undefined;
  async function read(): Promise<ReadonlySet<string>> {
    try {
      const { groups } = await requests.send("The API groups", () => apis.getAPIVersions());
      return new Set(groups.map(({ name }) => name));
    } catch (error) {
      known = undefined;
      throw error;
    }
  }
  return () => (known ??= read());
}

function header(reference: Reference, namespace: string) {
  const { apiVersion, kind, name, isClusterWide = false } = reference;
  const place = isClusterWide ? {} : { namespace: reference.namespace ?? namespace };
  return { apiVersion, kind, metadata: { name, ...place } };
}

function patchOf(reference: Reference, namespace: string, change: object): KubernetesObject {
  const { metadata, ...identity } = header(reference, namespace);
  const changed = "metadata" in change && typeof change.metadata === "object" ? change.metadata : {};
  return { ...change, ...identity, metadata: { ...changed, ...metadata } };
}

function labelSelector({ labels = {} }: Selection): string | undefined {
  const terms = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return terms.length > 0 ? terms.join(",") : undefined;
}

function nameOf({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind} ${name}`;
}
