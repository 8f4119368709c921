import type { Address } from "../ports.ts";
import type { UserInfo } from "./access/user.ts";
import type { Admitted } from "./admission/required.ts";
import type { Attempt } from "./admission/webhooks.ts";
import { badRequest, pathNotFound } from "./status-error.ts";

/** One call, as it came over the wire. */
export interface KubeRequest {
  readonly method: string;
  /** Without the query, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Header values; "" when absent. */
  readonly accept: string;
  readonly contentType: string;
  readonly userAgent: string;
  /** Default: the administrator of the cluster. */
  readonly user?: UserInfo;
  /** What admission webhooks have said to it so far. */
  readonly admitted?: Admitted;
  /** As sent; empty without a body. */
  readonly body: Uint8Array;
}

export type KubeResponse =
  | {
      readonly kind: "json";
      readonly status: number;
      /** What `JSON.stringify` makes of it is what is answered. */
      readonly body: unknown;
      readonly contentType?: string;
      /** Shown by kubectl as `Warning: …`. */
      readonly warnings?: readonly string[];
      readonly retryAfterSeconds?: number;
    }
  | { readonly kind: "text"; readonly status: number; readonly text: string }
  | { readonly kind: "bytes"; readonly status: number; readonly contentType: string; readonly bytes: Uint8Array }
  /** Goes on to a port of a pod; who serves the API sends it there. */
  | {
      readonly kind: "proxy";
      readonly address: Address;
      readonly isTls: boolean;
      /** As the pod is to be called. */
      readonly host: string;
      readonly path: string;
      /** The path of the proxy itself. */
      readonly prefix: string;
    }
  /** What came back from there. */
  | {
      readonly kind: "forwarded";
      readonly status: number;
      readonly headers: Readonly<Record<string, string | string[]>>;
      /** Piece by piece, as it comes. */
      readonly body: AsyncIterable<Uint8Array> | Uint8Array;
    }
  /** Nothing has happened yet: webhooks are to be asked, and the request to be sent again with their answer. */
  | { readonly kind: "admission"; readonly attempt: Attempt }
  | {
      readonly kind: "stream";
      readonly contentType: string;
      readonly open: OpenStream;
      readonly warnings?: readonly string[];
    };

/** What Go answers for a path that nobody has. */
export const pageNotFound: KubeResponse = { kind: "text", status: 404, text: "404 page not found\n" };

/** Starts a watch or a followed log; what is there already is written first. Returns the function that ends it. */
export type OpenStream = (sink: StreamSink) => () => void;

export interface StreamSink {
  /** What is there already, taken as fast as the client reads it; what is written meanwhile comes after it. */
  begin(chunks: Iterable<string, undefined>): void;
  write(chunk: string): void;
  /** Nothing follows; the server ends the response. */
  end(): void;
}

/** Group, version and object of a resource URL. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly namespace?: string;
  readonly plural: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** Decoded segments of a path. An encoded slash inside a name finds nothing. */
export function segmentsOf(path: string): readonly string[] {
  const segments = path.split("/").slice(1);
  if (segments.at(-1) === "") segments.pop();
  const decoded = segments.map(decodeSegment);
  if (decoded.some((segment) => segment === "" || segment === "." || segment === ".." || segment.includes("/"))) {
    throw pathNotFound();
  }
  return decoded;
}

/** Undefined: not the URL of a resource (too short or too long). */
export function parseResourcePath(segments: readonly string[]): ResourcePath | undefined {
  const [root, ...rest] = segments;
  if (root === "api") return parseInGroup("", rest);
  const [group, ...inGroup] = rest;
  return root === "apis" && group !== undefined ? parseInGroup(group, inGroup) : undefined;
}

const namespaceSubresources: readonly string[] = ["status", "finalize"];

function parseInGroup(group: string, [version, ...rest]: readonly string[]): ResourcePath | undefined {
  const [first, second, third, ...others] = rest;
  if (version === undefined || first === undefined) return undefined;
  const ofNamespace = first === "namespaces" && second !== undefined && third !== undefined;
  if (!ofNamespace || namespaceSubresources.includes(third)) return parseObject({ group, version }, rest);
  return parseObject({ group, version, namespace: second }, [third, ...others]);
}

function parseObject(
  place: { group: string; version: string; namespace?: string },
  [plural, name, subresource, ...tooMany]: readonly string[],
): ResourcePath | undefined {
  // What follows a proxy is its own path.
  if (plural === undefined || (tooMany.length > 0 && subresource !== "proxy")) return undefined;
  return {
    ...place,
    plural,
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest(`invalid URL escape in ${JSON.stringify(segment)}`);
  }
}
