import { at, isRecord, type JsonRecord, listAt, numberAt, recordAt, textAt } from "../json.ts";
import {
  childPath,
  duplicate,
  type FieldError,
  invalidValue,
  itemPath,
  omittedValue,
  required,
} from "./field-errors.ts";
import { validateLabelKey } from "./metadata.ts";
import { validateNotNegative } from "./ports.ts";
import { oneOf } from "./values.ts";

/** When a job fails and succeeds (kubernetes: pkg/apis/batch/validation/validation.go). */

const actions = ["Count", "FailIndex", "FailJob", "Ignore"];
const quoted = (values: readonly string[]): string =>
  `valid values: [${values.map((one) => JSON.stringify(one)).join(" ")}]`;

export function validateFailurePolicy(spec: JsonRecord, path: string): readonly FieldError[] {
  return listAt(spec, "podFailurePolicy", "rules").flatMap((rule, index) =>
    validateFailureRule(recordAt(rule), itemPath(`${path}.podFailurePolicy.rules`, index), spec),
  );
}

function validateFailureRule(rule: JsonRecord, path: string, spec: JsonRecord): readonly FieldError[] {
  const { onExitCodes } = rule;
  const conditions = listAt(rule, "onPodConditions");
  const which = "specifying one of OnExitCodes and OnPodConditions is required";
  const both = "specifying both OnExitCodes and OnPodConditions is not supported";
  return [
    ...validateAction(textAt(rule, "action") ?? "", childPath(path, "action"), spec),
    ...(isRecord(onExitCodes) ? validateExitCodes(onExitCodes, childPath(path, "onExitCodes"), spec) : []),
    ...conditions.flatMap((condition, index) =>
      validateCondition(condition, itemPath(childPath(path, "onPodConditions"), index)),
    ),
    ...(isRecord(onExitCodes) && conditions.length > 0 ? [invalidValue(path, omittedValue, both)] : []),
    ...(!isRecord(onExitCodes) && conditions.length === 0 ? [invalidValue(path, omittedValue, which)] : []),
  ];
}

function validateAction(action: string, path: string, spec: JsonRecord): readonly FieldError[] {
  if (action === "") return [required(path, quoted(actions))];
  if (action !== "FailIndex") return oneOf(action, actions, path);
  const why = "requires the backoffLimitPerIndex to be set";
  return spec["backoffLimitPerIndex"] === undefined ? [invalidValue(path, action, why)] : [];
}

function validateExitCodes(exitCodes: JsonRecord, path: string, spec: JsonRecord): readonly FieldError[] {
  const values = listAt(exitCodes, "values");
  const { operator, containerName } = exitCodes;
  const place = childPath(path, "values");
  const operators = ["In", "NotIn"];
  const containers = ["containers", "initContainers"].flatMap((member) => listAt(spec, "template", "spec", member));
  const isKnown = containers.some((container) => textAt(container, "name") === containerName);
  const ofPod = "must be one of the container or initContainer names in the pod template";
  const isOrdered = values.every((value, index) => index === 0 || Number(values[index - 1]) <= Number(value));
  return [
    ...(operator
      ? oneOf(operator, operators, childPath(path, "operator"))
      : [required(childPath(path, "operator"), quoted(operators))]),
    ...(containerName === undefined || isKnown
      ? []
      : [invalidValue(childPath(path, "containerName"), containerName, ofPod)]),
    ...(values.length === 0 ? [invalidValue(place, values, "at least one value is required")] : []),
    ...values.flatMap((value, index) => [
      ...(operator === "In" && value === 0
        ? [invalidValue(itemPath(place, index), 0, "must not be 0 for the In operator")]
        : []),
      ...(values.indexOf(value) < index ? [duplicate(itemPath(place, index), value)] : []),
    ]),
    ...(isOrdered ? [] : [invalidValue(place, values, "must be ordered")]),
  ];
}

function validateCondition(condition: unknown, path: string): readonly FieldError[] {
  const statuses = ["False", "True", "Unknown"];
  const status = textAt(condition, "status") ?? "";
  const place = childPath(path, "status");
  return [
    ...validateLabelKey(childPath(path, "type"), textAt(condition, "type") ?? ""),
    ...(status === "" ? [required(place, quoted(statuses))] : oneOf(status, statuses, place)),
  ];
}

/** Of an Indexed job. */
export function validateSuccessPolicy(spec: JsonRecord, path: string): readonly FieldError[] {
  const policy = spec["successPolicy"];
  if (!isRecord(policy)) return [];
  const rules = listAt(policy, "rules");
  const place = `${path}.successPolicy.rules`;
  if (rules.length === 0)
    return [required(place, "at least one rules must be specified when the successPolicy is specified")];
  const count = numberAt(spec, "completions") ?? 0;
  return rules.flatMap((rule, index) => validateSuccessRule(rule, itemPath(place, index), count));
}

function validateSuccessRule(rule: unknown, path: string, completions: number): readonly FieldError[] {
  const indexes = textAt(rule, "succeededIndexes");
  const count = numberAt(rule, "succeededCount");
  const total = indexes === undefined ? undefined : indexesIn(indexes, completions);
  const place = childPath(path, "succeededCount");
  const most = (limit: number, of: string): string => `must be less than or equal to ${limit} (the number of ${of})`;
  return [
    ...(indexes === undefined && count === undefined
      ? [required(path, "at least one of succeededCount or succeededIndexes must be specified")]
      : []),
    ...(typeof total === "string"
      ? [invalidValue(childPath(path, "succeededIndexes"), indexes, `error parsing succeededIndexes: ${total}`)]
      : []),
    ...validateNotNegative(at(rule, "succeededCount"), place),
    ...(count !== undefined && count > completions
      ? [invalidValue(place, count, most(completions, "specified completions"))]
      : []),
    ...(count !== undefined && typeof total === "number" && count > total
      ? [invalidValue(place, count, most(total, "indexes in the specified succeededIndexes field"))]
      : []),
  ];
}

/** How many there are in `0-2,4`, or why they cannot be read. */
function indexesIn(text: string, completions: number): number | string {
  if (text === "") return 0;
  let last = -1;
  let total = 0;
  for (const interval of text.split(",")) {
    const limits = interval.split("-");
    if (limits.length > 2) {
      return `the fragment ${JSON.stringify(interval)} violates the requirement that an index interval can have at most two parts separated by '-'`;
    }
    const strange = limits.find((limit) => !/^\d+$/.test(limit));
    if (strange !== undefined) return `cannot convert string to integer for index: ${JSON.stringify(strange)}`;
    const large = limits.find((limit) => Number(limit) >= completions);
    if (large !== undefined) return `too large index: ${JSON.stringify(large)}`;
    const [from = 0, to = from] = limits.map(Number);
    if (limits.length > 1 && from >= to) return `non-increasing order, previous: ${from}, current: ${to}`;
    if (last >= from) return `non-increasing order, previous: ${last}, current: ${from}`;
    total += to - from + 1;
    last = to;
  }
  return total;
}
