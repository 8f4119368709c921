import type { Writable } from "node:stream";
import type { Clock } from "@fairway/core";
import {
  ApisApi,
  CoreV1Api,
  createConfiguration,
  type KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  Log,
  PatchStrategy,
  type RequestContext,
  ServerConfiguration,
} from "@kubernetes/client-node";
import type { Manifest } from "../manifests/manifest.ts";
import { fieldManager, runtimeFieldManager } from "../names.ts";
import { isStatus, kubernetesError, retryAfterMs } from "./kubernetes-errors.ts";

/** What identifies one object. */
export interface Reference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Default: the namespace of the target. Has no meaning for kinds without one. */
  readonly namespace?: string;
}

export interface Selection {
  readonly labels?: Readonly<Record<string, string>>;
  /** A field selector, e.g. `involvedObject.name=x`. */
  readonly fields?: string;
}

export interface LogRequest {
  readonly pod: string;
  readonly container: string;
  readonly follow: boolean;
  readonly tail?: number;
  readonly since?: string;
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
  /** Names of the API groups that the cluster serves. Asked once. */
  groups(): Promise<ReadonlySet<string>>;
  /** Writes lines of a container into `stream` until they end or the returned controller aborts. */
  streamLog(request: LogRequest, stream: Writable): Promise<AbortController>;
  /** The last lines that a container wrote before it was restarted. */
  previousLog(pod: string, container: string, lines: number): Promise<string>;
  close(): Promise<void>;
}

/** How often a request that the API server was too busy for (429) is repeated. */
const throttledRetries = 5;

export function createKubernetes(kubeConfig: KubeConfig, namespace: string, clock: Clock): Kubernetes {
  const connection = createConnection(kubeConfig);
  const objects = new KubernetesObjectApi(connection.configuration);
  const core = new CoreV1Api(connection.configuration);
  const apis = new ApisApi(connection.configuration);
  const log = new Log(kubeConfig);
  const server = kubeConfig.getCurrentCluster()?.server ?? "the cluster";
  let groups: Promise<ReadonlySet<string>> | undefined;

  /** One request, with the errors converted and 429 waited out. */
  async function request<T>(subject: string, send: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await send();
      } catch (thrown) {
        const waitMs = attempt > throttledRetries ? undefined : retryAfterMs(thrown);
        if (waitMs === undefined) throw kubernetesError(thrown, { subject, server });
        await clock.sleep(waitMs);
      }
    }
  }
  async function unlessMissing<T>(subject: string, send: () => Promise<T>): Promise<T | undefined> {
    return request(subject, async () => {
      try {
        return await send();
      } catch (thrown) {
        if (isStatus(thrown, 404)) return undefined;
        throw thrown;
      }
    });
  }
  async function readGroups(): Promise<ReadonlySet<string>> {
    const list = await request("the API groups", () => apis.getAPIVersions());
    return new Set(list.groups.map(({ name }) => name));
  }

  return {
    namespace,
    get: (reference) => unlessMissing(describe(reference), () => objects.read(header(reference, namespace))),
    async list<T extends KubernetesObject>(apiVersion: string, kind: string, selection: Selection = {}) {
      const labels = Object.entries(selection.labels ?? {}).map(([key, value]) => `${key}=${value}`);
      const list = await unlessMissing(`${kind} objects`, () =>
        objects.list<T>(
          apiVersion,
          kind,
          namespace,
          undefined,
          undefined,
          undefined,
          selection.fields,
          labels.length > 0 ? labels.join(",") : undefined,
        ),
      );
      return list?.items ?? [];
    },
    apply: (manifest) =>
      request(`${manifest.kind} ${manifest.metadata.name}`, () =>
        objects.patch(
          manifest as KubernetesObject,
          undefined,
          undefined,
          fieldManager,
          true,
          PatchStrategy.ServerSideApply,
        ),
      ),
    patch: (reference, patch) =>
      unlessMissing(describe(reference), () =>
        objects.patch(
          { ...patch, ...withMetadata(patch, header(reference, namespace)) },
          undefined,
          undefined,
          runtimeFieldManager,
          undefined,
          PatchStrategy.MergePatch,
        ),
      ),
    async remove(reference) {
      await unlessMissing(describe(reference), () =>
        objects.delete(header(reference, namespace), undefined, undefined, undefined, undefined, "Background"),
      );
    },
    groups: () => {
      groups ??= readGroups().catch((error: unknown) => {
        groups = undefined;
        throw error;
      });
      return groups;
    },
    streamLog: (asked, stream) =>
      request(`the log of ${asked.pod}`, () =>
        log.log(namespace, asked.pod, asked.container, stream, {
          follow: asked.follow,
          ...(asked.tail === undefined ? {} : { tailLines: asked.tail }),
          ...(asked.since === undefined ? {} : { sinceTime: asked.since }),
        }),
      ),
    async previousLog(pod, container, lines) {
      const text = await unlessMissing(`the log of ${pod}`, () =>
        core.readNamespacedPodLog({ name: pod, namespace, container, previous: true, tailLines: lines }),
      );
      return text ?? "";
    },
    close: () => connection.close(),
  };
}

type Dispatcher = NonNullable<ReturnType<RequestContext["getDispatcher"]>>;

/**
 * The client makes a connection pool for each request, and with it a TLS handshake. Here the first one serves all
 * requests of the target.
 */
function createConnection(kubeConfig: KubeConfig) {
  let shared: Dispatcher | undefined;
  const cluster = kubeConfig.getCurrentCluster();
  const configuration = createConfiguration({
    baseServer: new ServerConfiguration(cluster?.server ?? "", {}),
    authMethods: { default: kubeConfig },
    promiseMiddleware: [
      {
        pre: async (context) => {
          const own = context.getDispatcher();
          if (own) {
            shared ??= own;
            context.setDispatcher(shared);
          }
          return context;
        },
        post: async (response) => response,
      },
    ],
  });
  return { configuration, close: async () => shared?.close() };
}

function header(reference: Reference, namespace: string) {
  const { apiVersion, kind, name } = reference;
  return { apiVersion, kind, metadata: { name, namespace: reference.namespace ?? namespace } };
}

function withMetadata(patch: object, target: ReturnType<typeof header>) {
  const metadata = "metadata" in patch && typeof patch.metadata === "object" ? patch.metadata : {};
  return { ...target, metadata: { ...metadata, ...target.metadata } };
}

function describe(reference: Reference): string {
  return `${reference.kind} ${reference.name}`;
}
