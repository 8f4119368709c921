import type { Cluster } from "../cluster.ts";
import type { GroupResource, KubeObject } from "../objects.ts";
import type { UserInfo } from "./access/user.ts";
import type { Call } from "./call.ts";
import type { JsonRecord } from "./json.ts";
import type { StatusError } from "./status-error.ts";
import type { FieldError } from "./validation/field-errors.ts";

export type Verb = "create" | "delete" | "deletecollection" | "get" | "list" | "patch" | "update" | "watch";

export type SubresourceName =
  | "approval"
  | "attach"
  | "binding"
  | "ephemeralcontainers"
  | "eviction"
  | "exec"
  | "finalize"
  | "log"
  | "portforward"
  | "proxy"
  | "resize"
  | "scale"
  | "status"
  | "token";

/** One column of the Table form, as kubectl prints it. */
export interface Column {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  readonly description: string;
  /** 0: always shown; 1: with `-o wide`. */
  readonly priority: 0 | 1;
  value(object: KubeObject, nowMs: number): string | number | boolean;
}

/** How names of a kind are formed: RFC 1123 subdomain, RFC 1123 label, RFC 1035 label, or any segment of a path. */
export type NameRule = "subdomain" | "label" | "label1035" | "path";

/** Everything that the API machinery knows about one kind in one version. */
export interface ResourceType {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  readonly subresources: readonly SubresourceName[];
  /** Its name in the type table. */
  readonly typeName: string;
  /** Comes from a CustomResourceDefinition: no strategic merge, updates need a resourceVersion, OpenAPI validation. */
  readonly custom: boolean;
  readonly nameRule: NameRule;
  /** Set when the objects are kept in the form of another version of the same kind. */
  readonly stored?: StoredForm;
  /** Not kept in the store but made when somebody asks. */
  readonly computed?: ComputedObjects;
  /** Fills in what the client left out. Changes the draft. */
  readonly setDefaults?: (draft: KubeObject) => void;
  /** The status of a new object; the client's own is dropped. Absent: what the client sent stays. */
  readonly initialStatus?: (object: KubeObject, cluster: Cluster) => unknown;
  /** What the server adds to a new object after validation: addresses, admission. */
  readonly prepare?: (object: KubeObject, cluster: Cluster, user: UserInfo) => KubeObject;
  /** What `prepare` gave the object and an update leaves out stays. */
  readonly keepAllocated?: (next: KubeObject, previous: KubeObject, cluster: Cluster) => KubeObject;
  /** A question: what comes back instead of a new object. Nothing is kept. */
  readonly answer?: (object: KubeObject, call: Call) => KubeObject;
  /** `validate` judges all fields: nothing is required that it does not ask for. */
  readonly judgesAll?: boolean;
  /** The group that refusals name, where it is another. */
  readonly errorGroup?: string;
  /** What `validate` says too much of an object that is there already. */
  readonly validateCreate?: (object: KubeObject) => readonly FieldError[];
  readonly validate?: (object: KubeObject) => readonly FieldError[];
  /** `subresource`: "" for the object itself. */
  /** What the kind itself has against labels and annotations, when nothing else has changed. */
  readonly validateMetadata?: (next: KubeObject, previous: KubeObject) => readonly FieldError[];
  readonly validateUpdate?: (next: KubeObject, previous: KubeObject, subresource: string) => readonly FieldError[];
  /** What is said of a change that is taken. */
  readonly changeWarnings?: (next: KubeObject, previous: KubeObject) => readonly string[];
  /** Field selectors beside metadata.name and metadata.namespace. */
  readonly selectableFields: Readonly<Record<string, (object: KubeObject) => string>>;
  readonly columns: readonly Column[];
  /** kubectl shows the name at the end and only with `-o wide`. Default: it comes first. */
  readonly nameShownLast?: boolean;
  /** The structural schema of a custom kind. */
  readonly schema?: JsonRecord;
  /** Said to everybody who uses this version. */
  readonly deprecation?: string;
  /** The first minor version of Kubernetes, as `major.minor`, that serves it. Default: all do. */
  readonly addedIn?: string;
  /** The first minor version of Kubernetes, as `major.minor`, that no longer serves it. */
  readonly removedIn?: string;
  /** Where the scale subresource finds its numbers. Default: `spec.replicas`, `status.replicas` and the label selector. */
  readonly scalePaths?: ScalePaths;
  /** What kubectl shows as the name. Default: the name. */
  readonly nameCell?: (object: KubeObject) => string;
}

export interface ComputedObjects {
  /** What there is, of one namespace if it is named. */
  list(cluster: Cluster, namespace: string | undefined): readonly KubeObject[];
  notFound(cluster: Cluster, namespace: string | undefined, name: string): StatusError;
}

export interface ScalePaths {
  readonly replicas: readonly string[];
  readonly current: readonly string[];
  /** Empty: there is none. */
  readonly selector: readonly string[];
}

export interface StoredForm {
  readonly resource: GroupResource;
  toStored(object: KubeObject): KubeObject;
  fromStored(object: KubeObject): KubeObject;
}

const allVerbs: readonly Verb[] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

type Optional =
  | "shortNames"
  | "categories"
  | "namespaced"
  | "verbs"
  | "subresources"
  | "custom"
  | "nameRule"
  | "selectableFields"
  | "singular";

/** A resource type with what most kinds have in common filled in. */
export function defineResource(
  type: Omit<ResourceType, Optional> & Partial<Pick<ResourceType, Optional>>,
): ResourceType {
  return {
    singular: type.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    namespaced: true,
    verbs: allVerbs,
    subresources: [],
    custom: false,
    nameRule: "subdomain",
    selectableFields: {},
    ...type,
  };
}

export function apiVersionOf(type: { group: string; version: string }): string {
  return type.group ? `${type.group}/${type.version}` : type.version;
}

/** Where the objects of a type lie in the store. */
export function storedResource(type: ResourceType): GroupResource {
  return type.stored?.resource ?? { group: type.group, resource: type.plural };
}

export function hasStatus(type: ResourceType): boolean {
  return type.subresources.includes("status");
}
