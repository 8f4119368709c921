import { at, type JsonRecord, numberAt } from "../json.ts";
import { childPath, type FieldError, forbiddenField, invalidValue, required } from "./field-errors.ts";
import { validateNotNegative, validatePortOrName } from "./ports.ts";

const handlers = ["exec", "httpGet", "tcpSocket", "grpc"] as const;
const numbers = [
  "initialDelaySeconds",
  "timeoutSeconds",
  "periodSeconds",
  "successThreshold",
  "failureThreshold",
] as const;

/** `killing`: the probe ends the container (startup, liveness), and so must count one success as success. */
export function validateProbe(probe: JsonRecord, path: string, killing: boolean): readonly FieldError[] {
  const present = handlers.filter((handler) => probe[handler] !== undefined);
  const successes = numberAt(probe, "successThreshold") ?? 1;
  return [
    ...(present.length === 0 ? [required(path, "must specify a handler type")] : []),
    ...present
      .slice(1)
      .map((handler) => forbiddenField(childPath(path, handler), "may not specify more than 1 handler type")),
    ...present.flatMap((handler) => validatePortOrName(at(probe, handler, "port"), childPath(path, `${handler}.port`))),
    ...numbers.flatMap((name) => validateNotNegative(probe[name], childPath(path, name))),
    ...(killing && successes !== 1 ? [invalidValue(childPath(path, "successThreshold"), successes, "must be 1")] : []),
  ];
}
