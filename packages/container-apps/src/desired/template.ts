import type { Container, EnvironmentVar, Template } from "@azure/arm-appcontainers";
import { revisionSuffix } from "@fairway/core";
import type { App } from "@fairway/model";
import { patched } from "./overrides.ts";
import { probesOf } from "./probes.ts";
import { resourcesOf } from "./resources.ts";
import { scaleOf } from "./scale.ts";

/**
 * What a revision is made of. The suffix is derived from everything that a revision does not share with the others:
 * the template, the patch of it, and the values of secrets, since running replicas do not see a changed secret.
 */
export function templateOf(app: App): Template & { readonly revisionSuffix: string } {
  const template: Template = {
    containers: [containerOf(app)],
    scale: scaleOf(app),
    terminationGracePeriodSeconds: app.shutdown.graceSeconds,
  };
  const content = [patched(app, ["properties", "template"], template), app.secrets];
  return { ...template, revisionSuffix: revisionSuffix(content) };
}

export function revisionNameOf(app: string, suffix: string): string {
  return `${app}--${suffix}`;
}

function containerOf(app: App): Container {
  const probes = probesOf(app);
  const env = Object.entries(app.env).map(([name, value]) => variableOf(name, value));
  return {
    name: app.name,
    image: app.image,
    ...(app.command ? { command: app.command } : {}),
    ...(app.args ? { args: app.args } : {}),
    ...(env.length > 0 ? { env } : {}),
    resources: resourcesOf(app),
    ...(probes.length > 0 ? { probes } : {}),
  };
}

function variableOf(name: string, value: App["env"][string]): EnvironmentVar {
  return typeof value === "string" ? { name, value } : { name, secretRef: value.secret };
}
