import type { VirtualAzure } from "@fairway/emulator";
import type { Manifest } from "./manifests.ts";

/** The Kubernetes API of a virtual cluster for what has to be there before anything begins. */
export interface ClusterDoor {
  create(manifest: Manifest): Promise<void>;
  /** JSON merge patch. */
  patch(path: string, change: unknown): Promise<void>;
  list<T>(path: string): Promise<readonly T[]>;
}

export function openDoor(azure: Pick<VirtualAzure, "kubernetes">, kubeconfig: string): ClusterDoor {
  const [server = "", token = ""] = [/server: (\S+)/, /token: (\S+)/].map((form) => form.exec(kubeconfig)?.[1]);
  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const answer = await azure.kubernetes({
      method,
      url: `${server}${path}`,
      headers: { authorization: `Bearer ${token}`, "content-type": type, accept: "application/json" },
      body: body === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(body)),
    });
    if (answer.kind !== "json") throw new Error(`${method} ${path} was not answered with JSON.`);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return JSON.parse(JSON.stringify(answer.body));
  }
  return {
    create: async (manifest) => void (await call("POST", collectionOf(manifest), manifest)),
    patch: async (path, change) => void (await call("PATCH", path, change)),
    async list<T>(path: string) {
      // The API server has just made it.
      return ((await call("GET", path)) as { readonly items: readonly T[] }).items;
    },
  };
}

export function pathOf(manifest: Manifest): string {
  return `${collectionOf(manifest)}/${manifest.metadata.name}`;
}

function collectionOf({ apiVersion, kind, metadata }: Manifest): string {
  const root = apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion}`;
  const inside = metadata.namespace === undefined ? "" : `/namespaces/${metadata.namespace}`;
  return `${root}${inside}/${kind.toLowerCase()}s`;
}
