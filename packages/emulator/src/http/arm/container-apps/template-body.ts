import { isJson, type Json } from "../../../world/container-apps/json.ts";
import type { ContainerTemplate, Scale, ScaleRule, Template } from "../../../world/container-apps/template.ts";

/**
 * A template as it is shown. With `sent` (the request's own template) as in the answer to the PUT: what was not sent is
 * null or absent there, and images count as built by the cloud. Without: every default filled in.
 */
export function templateBody(template: Template, { sent }: { readonly sent: Json | undefined }): Json {
  const { terminationGraceSeconds, initContainers, carried } = template;
  return {
    revisionSuffix: sent ? (sent["revisionSuffix"] ?? null) : (template.revisionSuffix ?? ""),
    terminationGracePeriodSeconds: terminationGraceSeconds ?? null,
    containers: template.containers.map((container) => containerBody(container, sent)),
    initContainers:
      initContainers.length > 0 ? initContainers.map((container) => containerBody(container, sent)) : null,
    scale: sent ? sentScale(sent["scale"], template.scale) : scaleBody(template.scale),
    volumes: carried["volumes"] ?? null,
    serviceBinds: serviceBinds(carried["serviceBinds"]),
  };
}

function serviceBinds(sent: unknown): unknown {
  return Array.isArray(sent) ? sent.map((bind: object) => ({ clientType: "none", ...bind })) : null;
}

/** As a revision shows its template: probes as a list, no suffix, and nothing of how often its scale is looked at. */
export function revisionTemplateBody(template: Template): Json {
  const body = templateBody(template, { sent: undefined });
  return {
    ...body,
    revisionSuffix: null,
    scale: { ...scaleBody(template.scale), cooldownPeriod: null, pollingInterval: null },
    containers: template.containers.map((container) => ({
      ...containerBody(container, undefined),
      probes: container.probes ?? [],
    })),
  };
}

/** Of a job, or of one of its executions. */
export function jobTemplateBody(template: Template): Json {
  const { containers, initContainers, volumes } = templateBody(template, { sent: undefined });
  return { containers, initContainers, volumes };
}

function containerBody(container: ContainerTemplate, sent: Json | undefined): Json {
  const { name, image, command, args, env, probes, cpuCores, memoryGi } = container;
  const resources = { cpu: cpuCores, memory: `${memoryGi}Gi`, ephemeralStorage: ephemeralStorage(cpuCores) };
  return {
    image,
    imageType: sent ? "CloudBuild" : "ContainerImage",
    name,
    ...(command ? { command } : {}),
    ...(args ? { args } : {}),
    ...(env ? { env } : {}),
    resources,
    ...(probes ? { probes } : {}),
    ...container.carried,
  };
}

/** Source: Container Apps, storage mounts: ephemeral storage by cores of the container. */
function ephemeralStorage(cpuCores: number): string {
  if (cpuCores <= 0.25) return "1Gi";
  if (cpuCores <= 0.5) return "2Gi";
  return cpuCores <= 1 ? "4Gi" : "8Gi";
}

function scaleBody(scale: Scale): Json {
  return {
    minReplicas: scale.minReplicas ?? null,
    maxReplicas: scale.maxReplicas,
    cooldownPeriod: scale.cooldownSeconds,
    pollingInterval: scale.pollingIntervalSeconds,
    rules: scale.rules?.map(ruleBody) ?? null,
  };
}

/** A custom rule of type `http` or `tcp` is shown as the rule of that name. Source: Microsoft.App REST API, samples. */
function ruleBody({ name, kind, details, concurrency }: ScaleRule): Json {
  if (kind !== "custom" || concurrency === undefined) return { name, [kind]: details };
  const { type, ...rest } = details;
  return { name, [String(type).toLowerCase()]: rest };
}

function sentScale(sent: unknown, scale: Scale): Json | null {
  if (!isJson(sent)) return null;
  const filled = scaleBody(scale);
  const names = ["minReplicas", "maxReplicas", "cooldownPeriod", "pollingInterval", "rules"];
  const shown = { ...filled, rules: filled["rules"] ?? [] };
  return Object.fromEntries(names.map((name) => [name, sent[name] == null ? null : (shown as Json)[name]]));
}
