/** A call of Azure Resource Manager, taken apart. Provider types and namespaces are compared without case. */
export interface ArmRequest {
  readonly method: "GET" | "PUT" | "PATCH" | "POST" | "DELETE" | "HEAD";
  readonly subscription: string;
  readonly resourceGroup?: string;
  /** Lower-case resource types below the provider, e.g. `["managedclusters", "agentpools"]`. */
  readonly types: readonly string[];
  /** Names as sent. One fewer than types: a collection, or (POST, or a singleton) an action such as `listsecrets`. */
  readonly names: readonly string[];
  readonly apiVersion: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Parsed JSON, or undefined without a body. */
  readonly body: unknown;
  /** `https://host:port` as the client reached us, for the URLs of operations. */
  readonly baseUrl: string;
}

export interface ArmResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; absent: an empty body. */
  readonly body?: unknown;
}

/** A resource provider: synchronous, throws `ArmError` to refuse. */
export interface ArmProvider {
  /** `Microsoft.App`. */
  readonly namespace: string;
  /** Newest first. Any later or newer one of the same form is taken as well, and answered in the newest shape. */
  readonly apiVersions: readonly string[];
  /** As `GET …/providers/{namespace}` lists them: `managedClusters`, `managedClusters/agentPools`. Others answer 404. */
  readonly resourceTypes: readonly string[];
  /** Below a resource, with a name of their own, and no resources: `jobs/stop`. Not listed. */
  readonly actionTypes?: readonly string[];
  /** Of its own answers, refusals and operations included. Those of Azure Resource Manager in front of it go without. */
  readonly responseHeaders?: Readonly<Record<string, string>>;
  handle(request: ArmRequest): ArmResponse;
  /** What `GET /providers/{namespace}/operations` lists. Default: nothing. */
  operations?(): readonly unknown[];
  /** Top-level resources, for the list of a group's resources. Names of groups are compared without case. */
  resources?(subscription: string, resourceGroup: string): readonly TrackedResource[];
  /** Names of groups that it has made for its own resources, such as the nodes of clusters. */
  managedGroups?(subscription: string): readonly string[];
  /** Begins to delete every resource of the group; the group goes when `resources` is empty. */
  deleteGroup?(subscription: string, resourceGroup: string): void;
}

/** What `GET …/resourceGroups/{group}/resources` shows of a resource. */
export interface TrackedResource {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly location: string;
  readonly tags?: Readonly<Record<string, string>>;
}

export class ArmError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Members of the body beside code and message: target, details, subcode … */
  readonly extra: Readonly<Record<string, unknown>>;
  /** Microsoft.ContainerService sometimes answers without the `error` envelope. */
  readonly flat: boolean;

  constructor(
    status: number,
    code: string,
    message: string,
    options: { headers?: Record<string, string>; extra?: Record<string, unknown>; flat?: boolean } = {},
  ) {
    super(message);
    this.name = "ArmError";
    this.status = status;
    this.code = code;
    this.headers = options.headers ?? {};
    this.extra = options.extra ?? {};
    this.flat = options.flat ?? false;
  }
}
