import type { KubeObject } from "../../objects.ts";
import { timestamp } from "../../store.ts";
import { userOf } from "../access/authorization.ts";
import { type Action, type Decision, decide, rulesOf } from "../access/rules.ts";
import { issuerOf } from "../access/service-account-tokens.ts";
import type { UserInfo } from "../access/user.ts";
import type { Call } from "../call.ts";
import { isRecord, listAt, recordAt, textAt } from "../json.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import { badRequest, type StatusError } from "../status-error.ts";
import { invalid, invalidValue } from "../validation/field-errors.ts";

const authorization = { group: "authorization.k8s.io", version: "v1", verbs: ["create"], columns: [] } as const;
const authentication = { group: "authentication.k8s.io", version: "v1", verbs: ["create"], columns: [] } as const;

/** Questions: they are answered, and nothing is kept. */
export const accessResources: readonly ResourceType[] = [
  defineResource({
    ...authorization,
    kind: "SelfSubjectAccessReview",
    plural: "selfsubjectaccessreviews",
    namespaced: false,
    typeName: "V1SelfSubjectAccessReview",
    answer: (review, call) => ({ ...review, status: statusOf(judge(call, userOf(call.request), review)) }),
  }),
  defineResource({
    ...authorization,
    kind: "SelfSubjectRulesReview",
    plural: "selfsubjectrulesreviews",
    namespaced: false,
    typeName: "V1SelfSubjectRulesReview",
    answer: (review, call) => ({ ...review, spec: {}, status: rulesStatus(call, review) }),
  }),
  defineResource({
    ...authorization,
    kind: "SubjectAccessReview",
    plural: "subjectaccessreviews",
    namespaced: false,
    typeName: "V1SubjectAccessReview",
    answer: (review, call) => ({ ...review, status: statusOf(judge(call, subjectOf(review), review)) }),
  }),
  defineResource({
    ...authorization,
    kind: "LocalSubjectAccessReview",
    plural: "localsubjectaccessreviews",
    typeName: "V1LocalSubjectAccessReview",
    answer: (review, call) => ({ ...review, status: statusOf(judge(call, subjectOf(review), review)) }),
  }),
  defineResource({
    ...authentication,
    kind: "SelfSubjectReview",
    plural: "selfsubjectreviews",
    namespaced: false,
    typeName: "V1SelfSubjectReview",
    answer: (review, call) => ({
      ...review,
      metadata: { ...review.metadata, creationTimestamp: timestamp(call.cluster.world.clock.now()) },
      status: { userInfo: userInfoOf(userOf(call.request)) },
    }),
  }),
  defineResource({
    ...authentication,
    kind: "TokenReview",
    plural: "tokenreviews",
    namespaced: false,
    typeName: "V1TokenReview",
    answer: (review, call) => ({ ...review, status: tokenStatus(call, review) }),
  }),
];

function judge(call: Call, user: UserInfo, review: KubeObject): Decision {
  return decide(call.cluster, user, actionOf(review));
}

const onlyOne = "exactly one of nonResourceAttributes or resourceAttributes must be specified";

/** Kubernetes names no kind here (pkg/registry/authorization). */
function reviewError(field: string, value: unknown, why: string): StatusError {
  return invalid({ group: "authorization.k8s.io", plural: "", kind: "" }, "", [invalidValue(field, value, why)]);
}

function actionOf(review: KubeObject): Action {
  checkReview(review);
  const resource = review["spec"] && recordAt(review, "spec")["resourceAttributes"];
  const path = recordAt(review, "spec")["nonResourceAttributes"];
  if (isRecord(resource)) {
    const text = (name: string): string => textAt(resource, name) ?? "";
    return {
      kind: "resource",
      verb: text("verb"),
      group: text("group"),
      resource: text("resource"),
      subresource: text("subresource"),
      namespace: text("namespace"),
      name: text("name"),
    };
  }
  if (isRecord(path)) return { kind: "path", verb: textAt(path, "verb") ?? "", path: textAt(path, "path") ?? "" };
  throw reviewError("spec.resourceAttributes", null, onlyOne);
}

/** Rules and wording of kubernetes: pkg/apis/authorization/validation/validation.go. */
function checkReview({ kind, metadata, ...review }: KubeObject): void {
  const { resourceAttributes, nonResourceAttributes, user, groups } = recordAt(review, "spec");
  if (isRecord(resourceAttributes) && isRecord(nonResourceAttributes)) {
    const shown = {
      Path: textAt(nonResourceAttributes, "path") ?? "",
      Verb: textAt(nonResourceAttributes, "verb") ?? "",
    };
    throw reviewError(
      "spec.nonResourceAttributes",
      shown,
      "cannot be specified in combination with resourceAttributes",
    );
  }
  if (kind !== "SelfSubjectAccessReview" && !user && !(Array.isArray(groups) && groups.length > 0))
    throw reviewError("spec.user", "", "at least one of user or group must be specified");
  const namespace = textAt(resourceAttributes, "namespace") ?? "";
  if (kind === "LocalSubjectAccessReview" && namespace !== (metadata.namespace ?? ""))
    throw reviewError("spec.resourceAttributes.namespace", namespace, "must match metadata.namespace");
}

function statusOf({ allowed, reason }: Decision): Record<string, unknown> {
  return { allowed, ...(reason ? { reason } : {}) };
}

function subjectOf(review: KubeObject): UserInfo {
  const spec = recordAt(review, "spec");
  return { username: textAt(spec, "user") ?? "", groups: listAt(spec, "groups").map(String) };
}

function rulesStatus(call: Call, review: KubeObject): Record<string, unknown> {
  const namespace = textAt(review, "spec", "namespace");
  if (!namespace) throw badRequest("no namespace on request");
  const rules = rulesOf(call.cluster, userOf(call.request), namespace);
  return {
    resourceRules: rules.filter((rule) => listAt(rule, "resources").length > 0),
    nonResourceRules: rules.filter((rule) => listAt(rule, "nonResourceURLs").length > 0),
    incomplete: false,
  };
}

function tokenStatus(call: Call, review: KubeObject): Record<string, unknown> {
  const token = textAt(review, "spec", "token");
  if (!token) throw badRequest("token is required for TokenReview in authentication");
  const user = call.tokens.userOf(token);
  if (!user) return { user: {}, error: "invalid bearer token" };
  const wanted = listAt(review, "spec", "audiences").map(String);
  return {
    authenticated: true,
    user: userInfoOf(user),
    audiences: wanted.length > 0 ? wanted : [issuerOf(call.cluster)],
  };
}

function userInfoOf({ username, uid, groups }: UserInfo): Record<string, unknown> {
  return { username, ...(uid ? { uid } : {}), groups };
}
