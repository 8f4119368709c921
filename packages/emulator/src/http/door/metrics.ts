import type { ScalerMetric } from "../../controllers/container-app-metrics.ts";
import { FaultError } from "../../faults/parameters.ts";
import type { ArmResponse } from "../../world/arm/provider.ts";

/** The values that scale rules of Container Apps read. */
export interface MetricDoor {
  list(): readonly ScalerMetric[];
  set(metric: ScalerMetric): void;
}

const example = '{ "type": "azure-servicebus", "metadata": { "queueName": "orders" }, "value": 35 }';

export function setMetric(metrics: MetricDoor | undefined, body: unknown): ArmResponse {
  const metric = readMetric(body);
  metrics?.set(metric);
  return { status: 200, body: metric };
}

function readMetric(body: unknown): ScalerMetric {
  const { type, metadata = {}, app, value } = isObject(body) ? body : {};
  if (typeof type !== "string" || type === "") throw invalid("type", "the type of a scale rule");
  if (typeof value !== "number" || !(value >= 0)) throw invalid("value", "a number from 0");
  if (!isTexts(metadata)) throw invalid("metadata", "an object of texts: what the rule's metadata must have");
  if (app !== undefined && typeof app !== "string") throw invalid("app", "the name of an app or a job");
  return { type, metadata, ...(app === undefined ? {} : { app }), value };
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((member) => typeof member === "string");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(field: string, wanted: string): FaultError {
  return new FaultError(field, `${field} must be ${wanted}.`, `Send ${example}.`);
}
