import { isJson, type Json } from "../../../world/container-apps/json.ts";

/** What an environment sends where, without keys: a part that names no destination counts as not set. Source: recorded bodies. */
export function telemetryBody(sent: Json): Json | null {
  const destinations = destinationsBody(objectOf(sent["destinationsConfiguration"]));
  const traces = sentTo(objectOf(sent["tracesConfiguration"]), "includeDapr");
  const logs = sentTo(objectOf(sent["logsConfiguration"]));
  const metrics = sentTo(objectOf(sent["metricsConfiguration"]), "includeKeda");
  if (!destinations && !traces && !logs && !metrics) return null;
  return {
    destinationsConfiguration: destinations,
    tracesConfiguration: traces,
    logsConfiguration: logs,
    metricsConfiguration: metrics,
  };
}

export function appInsightsBody({ connectionString }: Json): Json | null {
  return connectionString ? { connectionString: null } : null;
}

function sentTo(part: Json, switched?: "includeDapr" | "includeKeda"): Json | null {
  const { destinations } = part;
  if (!Array.isArray(destinations) || destinations.length === 0) return null;
  return { ...(switched ? { [switched]: part[switched] ?? false } : {}), destinations };
}

function destinationsBody({ dataDogConfiguration, otlpConfigurations }: Json): Json | null {
  const dog = objectOf(dataDogConfiguration);
  const dataDog = dog["site"] || dog["key"] ? { site: dog["site"] ?? null, key: null } : null;
  const otlp = Array.isArray(otlpConfigurations) && otlpConfigurations.length > 0 ? otlpConfigurations : null;
  if (!dataDog && !otlp) return null;
  return { dataDogConfiguration: dataDog, otlpConfigurations: otlp && otlp.map(withoutValues) };
}

function withoutValues(configuration: unknown): unknown {
  if (!isJson(configuration) || !Array.isArray(configuration["headers"])) return configuration;
  const headers = (configuration["headers"] as readonly unknown[]).map((header) => ({
    key: objectOf(header)["key"],
    value: null,
  }));
  return { ...configuration, headers };
}

function objectOf(value: unknown): Json {
  return isJson(value) ? value : {};
}
