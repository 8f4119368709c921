import type { Environment } from "@marcbachmann/cel-js";
import { type Checked, checkExpression } from "./compile.ts";
import { checkingEnvironment } from "./environment.ts";

/** What an expression of a policy, or of a webhook, may ask about beside `object`, `oldObject`, `request` and `namespaceObject`. */
export interface AdmissionVariables {
  readonly params: boolean;
  readonly authorizer: boolean;
  /** Types of the policy's own variables; undefined: it can have none. */
  readonly variables: ReadonlyMap<string, string> | undefined;
  /** The type of `object` and `oldObject`, declared by it. Default: `dyn`. */
  readonly objectType?: (environment: Environment) => string;
}

/** CEL with the variables of admission (apiserver: pkg/admission/plugin/cel/compile.go). */
export function checkAdmission(expression: string, known: AdmissionVariables): Checked {
  base ??= withRequest(checkingEnvironment());
  const environment = base.clone();
  const object = known.objectType?.(environment) ?? "dyn";
  environment.registerVariable("object", object).registerVariable("oldObject", object);
  if (known.params) environment.registerVariable("params", "dyn");
  if (known.authorizer) environment.registerVariable("authorizer", "kubernetes.authorization.Authorizer");
  if (known.variables) {
    environment.registerType("kubernetes.variables", { fields: Object.fromEntries(known.variables) });
    environment.registerVariable("variables", "kubernetes.variables");
  }
  return checkExpression(environment, expression);
}

let base: Environment | undefined;

function withRequest(environment: Environment): Environment {
  for (const [name, fields] of Object.entries(types)) environment.registerType(`kubernetes.${name}`, { fields });
  return environment
    .registerVariable("request", "kubernetes.AdmissionRequest")
    .registerVariable("namespaceObject", "kubernetes.Namespace");
}

const texts = (...names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, "string"]));
const labels = "map<string, string>";
const time = "google.protobuf.Timestamp";

const types: Readonly<Record<string, Record<string, string>>> = {
  GroupVersionKind: texts("group", "version", "kind"),
  GroupVersionResource: texts("group", "version", "resource"),
  UserInfo: { ...texts("username", "uid"), groups: "list<string>", extra: "map<string, list<string>>" },
  AdmissionRequest: {
    ...texts("subResource", "requestSubResource", "name", "namespace", "operation"),
    kind: "kubernetes.GroupVersionKind",
    requestKind: "kubernetes.GroupVersionKind",
    resource: "kubernetes.GroupVersionResource",
    requestResource: "kubernetes.GroupVersionResource",
    userInfo: "kubernetes.UserInfo",
    dryRun: "bool",
    options: "dyn",
  },
  NamespaceSpec: { finalizers: "list<string>" },
  NamespaceCondition: { ...texts("status", "type", "message", "reason"), lastTransitionTime: time },
  NamespaceStatus: { conditions: "list<kubernetes.NamespaceCondition>", phase: "string" },
  NamespaceMetadata: {
    ...texts("name", "generateName", "namespace", "UID", "resourceVersion"),
    labels,
    annotations: labels,
    creationTimestamp: time,
    deletionTimestamp: time,
    deletionGracePeriodSeconds: "int",
    generation: "int",
    finalizers: "list<string>",
  },
  Namespace: {
    metadata: "kubernetes.NamespaceMetadata",
    spec: "kubernetes.NamespaceSpec",
    status: "kubernetes.NamespaceStatus",
  },
};
