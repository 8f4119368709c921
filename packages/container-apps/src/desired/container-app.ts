import type { Configuration, ContainerApp, ManagedServiceIdentity, Template } from "@azure/arm-appcontainers";
import type { App } from "@fairway/model";
import { configurationOf } from "./configuration.ts";
import { needsIdentity } from "./scale.ts";
import { revisionNameOf, templateOf } from "./template.ts";

/** A description in the words of Microsoft.App. */
export interface DesiredApp {
  readonly revision: string;
  readonly template: Template;
  readonly configuration: Configuration;
  readonly tags: Record<string, string>;
  readonly identity: ManagedServiceIdentity | undefined;
}

export const managedByTag = { name: "managed-by", value: "fairway" } as const;

export function desiredApp(app: App, historyLimit: number): DesiredApp {
  const template = templateOf(app);
  return {
    revision: revisionNameOf(app.name, template.revisionSuffix),
    template,
    configuration: configurationOf(app, historyLimit),
    tags: { [managedByTag.name]: managedByTag.value },
    identity: needsIdentity(app) ? { type: "SystemAssigned" } : undefined,
  };
}

/** The whole resource, for an app that is not there yet. Its first revision gets all the traffic. */
export function newContainerApp(desired: DesiredApp, environment: { id: string; location: string }): ContainerApp {
  const { configuration, template, tags, identity, revision } = desired;
  const { ingress } = configuration;
  const traffic = [{ revisionName: revision, weight: 100 }];
  return {
    location: environment.location,
    environmentId: environment.id,
    tags,
    ...(identity ? { identity } : {}),
    configuration: { ...configuration, ...(ingress ? { ingress: { ...ingress, traffic } } : {}) },
    template,
  };
}
