import type { Environment } from "@marcbachmann/cel-js";

/** Whether somebody may do something. */
export type Ask = (question: Question) => { readonly allowed: boolean; readonly reason: string };

export type Question =
  | { readonly kind: "path"; readonly user: User | undefined; readonly path: string; readonly verb: string }
  | ({ readonly kind: "resource"; readonly user: User | undefined; readonly verb: string } & Target);

/** Undefined: who sent the request. */
interface User {
  readonly namespace: string;
  readonly name: string;
}

interface Target {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

export class Authorizer {
  readonly ask: Ask;
  readonly user: User | undefined;
  readonly requestResource: ResourceCheck;

  constructor(ask: Ask, requested: Target, user?: User) {
    this.ask = ask;
    this.user = user;
    this.requestResource = new ResourceCheck(ask, user, requested);
  }
}

class PathCheck {
  readonly check: (verb: string) => Decision;

  constructor({ ask, user }: Authorizer, path: string) {
    this.check = (verb) => new Decision(ask({ kind: "path", user, path, verb }));
  }
}

class GroupCheck {
  readonly of: (resource: string) => ResourceCheck;

  constructor({ ask, user }: Authorizer, group: string) {
    this.of = (resource) => new ResourceCheck(ask, user, { group, resource, subresource: "", namespace: "", name: "" });
  }
}

class ResourceCheck {
  readonly with: (change: Partial<Target>) => ResourceCheck;
  readonly check: (verb: string) => Decision;

  constructor(ask: Ask, user: User | undefined, target: Target) {
    this.with = (change) => new ResourceCheck(ask, user, { ...target, ...change });
    this.check = (verb) => new Decision(ask({ kind: "resource", user, verb, ...target }));
  }
}

class Decision {
  readonly allowed: boolean;
  readonly reason: string;

  constructor({ allowed, reason }: { readonly allowed: boolean; readonly reason: string }) {
    this.allowed = allowed;
    this.reason = reason;
  }
}

const prefix = "kubernetes.authorization";

/** Kubernetes' authorizer (apiserver: pkg/cel/library/authz.go). Selectors are taken and narrow nothing. */
export function addAuthorizer(environment: Environment): void {
  environment.registerType(`${prefix}.Decision`, Decision);
  environment.registerType(`${prefix}.PathCheck`, PathCheck);
  environment.registerType(`${prefix}.ResourceCheck`, ResourceCheck);
  environment.registerType(`${prefix}.GroupCheck`, GroupCheck);
  const fields = { requestResource: `${prefix}.ResourceCheck` };
  environment.registerType(`${prefix}.Authorizer`, { ctor: Authorizer, fields });
  const add = environment.registerFunction.bind(environment);
  add(
    `${prefix}.Authorizer.path(string): ${prefix}.PathCheck`,
    (one: Authorizer, path: string) => new PathCheck(one, path),
  );
  add(
    `${prefix}.Authorizer.group(string): ${prefix}.GroupCheck`,
    (one: Authorizer, group: string) => new GroupCheck(one, group),
  );
  add(
    `${prefix}.Authorizer.serviceAccount(string, string): ${prefix}.Authorizer`,
    (one: Authorizer, namespace: string, name: string) => {
      const nothing = { group: "", resource: "", subresource: "", namespace: "", name: "" };
      return new Authorizer(one.ask, nothing, { namespace, name });
    },
  );
  add(`${prefix}.PathCheck.check(string): ${prefix}.Decision`, (one: PathCheck, verb: string) => one.check(verb));
  add(`${prefix}.GroupCheck.resource(string): ${prefix}.ResourceCheck`, (one: GroupCheck, resource: string) =>
    one.of(resource),
  );
  for (const member of ["subresource", "namespace", "name"]) {
    add(`${prefix}.ResourceCheck.${member}(string): ${prefix}.ResourceCheck`, (one: ResourceCheck, text: string) =>
      one.with({ [member]: text }),
    );
  }
  for (const member of ["fieldSelector", "labelSelector"]) {
    add(`${prefix}.ResourceCheck.${member}(string): ${prefix}.ResourceCheck`, (one: ResourceCheck) => one);
  }
  add(`${prefix}.ResourceCheck.check(string): ${prefix}.Decision`, (one: ResourceCheck, verb: string) =>
    one.check(verb),
  );
  add(`${prefix}.Decision.allowed(): bool`, ({ allowed }: Decision) => allowed);
  add(`${prefix}.Decision.reason(): string`, ({ reason }: Decision) => reason);
  add(`${prefix}.Decision.errored(): bool`, () => false);
  add(`${prefix}.Decision.error(): string`, () => "");
}
