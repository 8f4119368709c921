import type { App, ScaleRule } from "./app.ts";
import type { Issue } from "./errors.ts";
import { fieldPath } from "./schema-issues.ts";
import { memoryMib } from "./units.ts";

/** What must hold between the fields of an app, which no single field's schema can say. */
export function appRuleIssues(app: App): readonly Issue[] {
  return [
    ...scaleIssues(app),
    ...app.scale.rules.flatMap((rule, index) =>
      ruleIssues(app, rule).map((issue) => ({ ...issue, path: `scale.rules[${index}].${issue.path}` })),
    ),
    ...availabilityIssues(app),
    ...secretIssues(app),
    ...probeIssues(app),
    ...shutdownIssues(app),
    ...dependencyIssues(app),
    ...resourceIssues(app),
  ];
}

function scaleIssues({ scale, ingress }: App): Issue[] {
  const issues: Issue[] = [];
  if (scale.min > scale.max) {
    issues.push({ path: "scale.min", message: `is ${scale.min}, more than scale.max, which is ${scale.max}` });
  }
  const wakes = scale.rules.some((rule) => rule.type !== "cpu" && rule.type !== "memory");
  const onlyLoad = scale.rules.length > 0 && !wakes;
  if (scale.min === 0 && onlyLoad) {
    const message = "must be at least 1: cpu and memory rules cannot start the first replica";
    issues.push({ path: "scale.min", message });
  }
  if (scale.min === 0 && scale.rules.length === 0 && ingress.exposure === "none") {
    const message = "must be at least 1: without ingress and without rules nothing starts the first replica";
    issues.push({ path: "scale.min", message });
  }
  for (const type of ["http", "cpu", "memory"] as const) {
    const second = scale.rules
      .map((rule) => rule.type)
      .indexOf(type, scale.rules.findIndex((r) => r.type === type) + 1);
    if (second > 0) issues.push({ path: `scale.rules[${second}].type`, message: `a second ${type} rule` });
  }
  return issues;
}

function ruleIssues(app: App, rule: ScaleRule): Issue[] {
  switch (rule.type) {
    case "http":
      if (app.ingress.exposure !== "none") return [];
      return [{ path: "type", message: "an http rule needs ingress, and ingress.exposure is none" }];
    case "cpu":
    case "memory":
      return [];
    case "serviceBus":
      return serviceBusIssues(app, rule);
    case "cron":
      return [...cronIssues("start", rule.start), ...cronIssues("end", rule.end), ...timezoneIssues(rule.timezone)];
    case "keda":
      return rule.auth.flatMap(({ secret }, index) => unknownSecret(app, `auth[${index}].secret`, secret));
  }
}

function serviceBusIssues(app: App, rule: Extract<ScaleRule, { type: "serviceBus" }>): Issue[] {
  const issues: Issue[] = [];
  const hasTopic = rule.topic !== undefined || rule.subscription !== undefined;
  if (rule.queue === undefined && !hasTopic) {
    issues.push({ path: "queue", message: "is required, or topic and subscription instead" });
  }
  if (rule.queue !== undefined && hasTopic) {
    issues.push({ path: "queue", message: "cannot stand beside topic and subscription" });
  }
  if (rule.topic === undefined && rule.subscription !== undefined) {
    issues.push({ path: "topic", message: "is required with subscription" });
  }
  if (rule.topic !== undefined && rule.subscription === undefined) {
    issues.push({ path: "subscription", message: "is required with topic" });
  }
  return rule.connectionSecret === undefined
    ? issues
    : [...issues, ...unknownSecret(app, "connectionSecret", rule.connectionSecret)];
}

function cronIssues(path: string, expression: string): Issue[] {
  if (expression.trim().split(/\s+/).length === 5) return [];
  return [{ path, message: "must be a cron expression of five fields, like 0 8 * * 1-5" }];
}

function timezoneIssues(timezone: string): Issue[] {
  try {
    new Intl.DateTimeFormat("en", { timeZone: timezone });
    return [];
  } catch {
    return [{ path: "timezone", message: "must be a time zone of the IANA list, like Europe/Oslo" }];
  }
}

function availabilityIssues({ availability }: App): Issue[] {
  if (availability.minAvailable === undefined || availability.maxUnavailable === undefined) return [];
  return [
    { path: "availability.maxUnavailable", message: "cannot stand beside minAvailable: a budget has one of them" },
  ];
}

function secretIssues(app: App): Issue[] {
  return Object.entries(app.env).flatMap(([variable, value]) =>
    typeof value === "string" ? [] : unknownSecret(app, fieldPath(["env", variable, "secret"]), value.secret),
  );
}

function unknownSecret(app: App, path: string, secret: string): Issue[] {
  if (Object.hasOwn(app.secrets, secret)) return [];
  const known = Object.keys(app.secrets);
  const list = known.length === 0 ? "there are none" : `there are ${known.join(", ")}`;
  return [{ path, message: `no secret "${secret}" in secrets: ${list}` }];
}

function probeIssues({ probes }: App): Issue[] {
  return (["startup", "liveness"] as const).flatMap((kind) => {
    const threshold = probes[kind]?.successThreshold ?? 1;
    if (threshold === 1) return [];
    return [{ path: `probes.${kind}.successThreshold`, message: "must be 1: only readiness can ask for more" }];
  });
}

function shutdownIssues({ shutdown: { drainDelaySeconds, graceSeconds } }: App): Issue[] {
  if (drainDelaySeconds === 0 || drainDelaySeconds < graceSeconds) return [];
  const message = `must be less than shutdown.graceSeconds, which is ${graceSeconds}: the delay is a part of the grace period`;
  return [{ path: "shutdown.drainDelaySeconds", message }];
}

function dependencyIssues({ name, dependsOn }: App): Issue[] {
  return dependsOn.flatMap((dependency, index) => {
    const path = `dependsOn[${index}]`;
    if (dependency === name) return [{ path, message: "an app cannot depend on itself" }];
    if (dependsOn.indexOf(dependency) < index) return [{ path, message: `"${dependency}" is named twice` }];
    return [];
  });
}

function resourceIssues({ resources }: App): Issue[] {
  if (memoryMib(resources.memory) >= 4) return [];
  return [{ path: "resources.memory", message: "must be at least 4Mi: no container starts with less" }];
}
