import type { Configuration, ContainerApp, Template } from "@azure/arm-appcontainers";
import { diff, type PropertyChange } from "@fairway/core";
import type { DesiredApp } from "./desired/container-app.ts";

/** In what the live app differs from the desired one, in the fields that a description decides. */
export function configurationChanges(
  { configuration, tags }: ContainerApp,
  desired: DesiredApp,
): readonly PropertyChange[] {
  const [tag] = Object.keys(desired.tags);
  const before = { tags: tag === undefined ? {} : { [tag]: tags?.[tag] }, configuration: comparable(configuration) };
  return diff(before, { tags: desired.tags, configuration: comparable(desired.configuration) });
}

export function templateChanges(live: Template | undefined, desired: DesiredApp): readonly PropertyChange[] {
  return diff({ template: comparableTemplate(live) }, { template: comparableTemplate(desired.template) });
}

/** Secrets by name only: Azure does not give their values back, and a changed value makes another revision anyway. */
function comparable(configuration: Configuration | undefined): unknown {
  const { ingress, dapr, secrets } = configuration ?? {};
  return {
    activeRevisionsMode: configuration?.activeRevisionsMode,
    maxInactiveRevisions: configuration?.maxInactiveRevisions,
    ingress: ingress && {
      external: ingress.external,
      targetPort: ingress.targetPort,
      transport: ingress.transport?.toLowerCase(),
      allowInsecure: ingress.allowInsecure,
    },
    dapr: dapr?.enabled
      ? { appId: dapr.appId, appPort: dapr.appPort, appProtocol: dapr.appProtocol?.toLowerCase() }
      : undefined,
    secrets: Object.fromEntries((secrets ?? []).map(({ name }): [string, string] => [name ?? "", "(secret)"])),
  };
}

function comparableTemplate(template: Template | undefined): unknown {
  const { containers, scale, terminationGracePeriodSeconds } = template ?? {};
  return {
    containers: containers?.map(({ name, image, command, args, env, resources, probes }) => ({
      name,
      image,
      command: listOrNothing(command),
      args: listOrNothing(args),
      env: listOrNothing(env),
      resources: { cpu: resources?.cpu, memory: resources?.memory },
      probes: Object.fromEntries(
        (probes ?? []).map((probe): [string, unknown] => [probe.type?.toLowerCase() ?? "", probe]),
      ),
    })),
    scale: scale && { ...scale, minReplicas: scale.minReplicas ?? 0, rules: listOrNothing(scale.rules) },
    terminationGracePeriodSeconds,
  };
}

function listOrNothing<Item>(list: Item[] | undefined): Item[] | undefined {
  return list && list.length > 0 ? list : undefined;
}
