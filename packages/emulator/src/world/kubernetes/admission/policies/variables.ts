import { EvaluationError } from "@marcbachmann/cel-js";
import type { Cluster } from "../../../cluster.ts";
import type { KubeObject } from "../../../objects.ts";
import { type Action, decide } from "../../access/rules.ts";
import { serviceAccountUser, type UserInfo } from "../../access/user.ts";
import { evaluate, type Variables } from "../../cel/compile.ts";
import { errorText } from "../../cel/errors.ts";
import { Authorizer, type Question } from "../../cel/library/authorizer.ts";
import { dynamicValue } from "../../cel/values.ts";
import { listAt, recordAt, textAt } from "../../json.ts";
import { apiVersionOf } from "../../resource-type.ts";
import { type Attempt, reviewOf } from "../webhooks.ts";

/** What an expression of a policy, or of a webhook's match condition, can ask about an attempt. */
export function attemptVariables(cluster: Pick<Cluster, "store">, attempt: Attempt, user: UserInfo): Variables {
  const { type, object, oldObject, namespace } = attempt;
  const { kind, ...version } = attempt.shownAs ?? type;
  const shown = (one: KubeObject | undefined): unknown =>
    one ? dynamicValue({ ...one, apiVersion: apiVersionOf(version), kind }) : null;
  return {
    object: shown(object),
    oldObject: shown(oldObject),
    request: requestOf(attempt, user),
    namespaceObject: namespaceOf(cluster, namespace),
    authorizer: authorizerOf(cluster, attempt, user),
    params: null,
  };
}

/** The variables of a policy are worked out when they are first asked for, and see those before them. */
export function withVariables(base: Variables, policy: KubeObject, params: KubeObject | undefined): Variables {
  const variables: Record<string, unknown> = {};
  const all: Variables = { ...base, params: params ? dynamicValue(params) : null, variables };
  for (const variable of listAt(policy, "spec", "variables")) {
    const name = textAt(variable, "name") ?? "";
    const expression = textAt(variable, "expression") ?? "";
    Object.defineProperty(variables, name, { enumerable: true, get: once(() => valueOf(name, expression, all)) });
  }
  return all;
}

function valueOf(name: string, expression: string, all: Variables): unknown {
  try {
    return evaluate(expression, all);
  } catch (error) {
    throw new EvaluationError(`composited variable ${JSON.stringify(name)} fails to evaluate: ${errorText(error)}`);
  }
}

function once<T>(work: () => T): () => T {
  let done: { readonly value: T } | undefined;
  return () => (done ??= { value: work() }).value;
}

function requestOf(attempt: Attempt, user: UserInfo): unknown {
  const review = reviewOf(attempt, "", { username: user.username, groups: user.groups });
  const { object: _object, oldObject: _oldObject, uid: _uid, ...request } = recordAt(review, "request");
  const userInfo = { ...recordAt(request, "userInfo"), uid: user.uid ?? "", extra: {} };
  const subresource = textAt(request, "subResource") ?? "";
  return dynamicValue({
    namespace: "",
    ...request,
    subResource: subresource,
    requestSubResource: subresource,
    userInfo,
  });
}

/** Without who manages and who owns it. */
function namespaceOf({ store }: Pick<Cluster, "store">, name: string | undefined): unknown {
  const found = name === undefined ? undefined : store.get({ group: "", resource: "namespaces" }, undefined, name);
  if (!found) return null;
  const { managedFields: _managers, ownerReferences: _owners, ...metadata } = found.metadata;
  return dynamicValue({ metadata, spec: recordAt(found, "spec"), status: recordAt(found, "status") });
}

function authorizerOf(cluster: Pick<Cluster, "store">, attempt: Attempt, user: UserInfo): Authorizer {
  const { type, subresource, namespace = "", name } = attempt;
  const requested = { group: type.group, resource: type.plural, subresource, namespace, name };
  return new Authorizer((question) => decide(cluster, askerOf(question, user), actionOf(question)), requested);
}

function askerOf(question: Question, user: UserInfo): UserInfo {
  return question.user ? serviceAccountUser(question.user.namespace, question.user.name, "") : user;
}

function actionOf(question: Question): Action {
  const { user: _, ...action } = question;
  return action;
}
