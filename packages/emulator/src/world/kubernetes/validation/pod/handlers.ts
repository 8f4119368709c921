import { at, isRecord, type JsonRecord, listAt, numberAt, recordAt, textAt } from "../../json.ts";
import { childPath, type FieldError, forbiddenField, invalidValue, required } from "../field-errors.ts";
import { validateNotNegative, validatePortOrName } from "../ports.ts";
import { oneOf } from "../values.ts";

/** Rules and wording of kubernetes: pkg/apis/core/validation/validation.go. */

const probeHandlers = ["exec", "httpGet", "tcpSocket", "grpc"] as const;
const hookHandlers = ["exec", "httpGet", "tcpSocket", "sleep"] as const;
const numbers = [
  "initialDelaySeconds",
  "timeoutSeconds",
  "periodSeconds",
  "successThreshold",
  "failureThreshold",
] as const;

export type ProbeKind = "livenessProbe" | "readinessProbe" | "startupProbe";

export function validateProbe(probe: JsonRecord, path: string, kind: ProbeKind): readonly FieldError[] {
  const successes = numberAt(probe, "successThreshold") ?? 1;
  return [
    ...validateHandler(probe, probeHandlers, path),
    ...numbers.flatMap((name) => validateNotNegative(probe[name], childPath(path, name))),
    ...validateGrace(probe["terminationGracePeriodSeconds"], path, kind),
    // A probe that ends the container counts one success as success.
    ...(kind !== "readinessProbe" && successes !== 1
      ? [invalidValue(childPath(path, "successThreshold"), successes, "must be 1")]
      : []),
  ];
}

function validateGrace(seconds: unknown, path: string, kind: ProbeKind): readonly FieldError[] {
  const place = childPath(path, "terminationGracePeriodSeconds");
  if (typeof seconds !== "number") return [];
  if (kind === "readinessProbe") return [invalidValue(place, seconds, "must not be set for readinessProbes")];
  return seconds > 0 ? [] : [invalidValue(place, seconds, "must be greater than 0")];
}

/** `graceSeconds`: of the pod; a sleep may not outlast it. */
export function validateLifecycle(lifecycle: unknown, path: string, graceSeconds: number): readonly FieldError[] {
  return ["postStart", "preStop"].flatMap((name) => {
    const hook = at(lifecycle, name);
    if (!isRecord(hook)) return [];
    const place = childPath(path, name);
    return [...validateHandler(hook, hookHandlers, place), ...validateSleep(hook["sleep"], place, graceSeconds)];
  });
}

function validateSleep(sleep: unknown, path: string, graceSeconds: number): readonly FieldError[] {
  const seconds = numberAt(sleep, "seconds");
  if (seconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return [];
  const rule = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
  return [invalidValue(childPath(path, "sleep"), seconds, rule)];
}

function validateHandler(owner: JsonRecord, kinds: readonly string[], path: string): readonly FieldError[] {
  const present = kinds.filter((kind) => owner[kind] !== undefined);
  return [
    ...(present.length === 0 ? [required(path, "must specify a handler type")] : []),
    ...present
      .slice(1)
      .map((kind) => forbiddenField(childPath(path, kind), "may not specify more than 1 handler type")),
    ...present.slice(0, 1).flatMap((kind) => validateAction(kind, recordAt(owner, kind), childPath(path, kind))),
  ];
}

function validateAction(kind: string, action: JsonRecord, path: string): readonly FieldError[] {
  if (kind === "exec") return listAt(action, "command").length === 0 ? [required(childPath(path, "command"))] : [];
  if (kind === "sleep") return [];
  const port = validatePortOrName(action["port"] ?? 0, childPath(path, "port"));
  return kind === "httpGet" ? [...port, ...validateHttp(action, path)] : port;
}

function validateHttp(action: JsonRecord, path: string): readonly FieldError[] {
  const rule =
    "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
  return [
    ...(action["path"] === "" ? [required(childPath(path, "path"))] : []),
    ...oneOf(action["scheme"], ["HTTP", "HTTPS"], childPath(path, "scheme")),
    ...listAt(action, "httpHeaders").flatMap((header) => {
      const name = textAt(header, "name") ?? "";
      return /^[-A-Za-z0-9]+$/.test(name) ? [] : [invalidValue(childPath(path, "httpHeaders"), name, rule)];
    }),
  ];
}
