import { checkDevice } from "../cel/device-environment.ts";
import { isRecord, listAt, recordAt, textAt } from "../json.ts";
import { childPath, type FieldError, invalidValue, itemPath, required, tooLong, tooMany } from "./field-errors.ts";
import { validateName } from "./metadata.ts";

/** What claims, classes and slices of devices have in common (kubernetes: pkg/apis/resource/validation/validation.go). */

const idLimit = 32;
const driverLimit = 63;
const selectorLimit = 32;
const expressionLimit = 10_240;
const parametersLimit = 10_240;

export function validateDriver(driver: string, path: string): readonly FieldError[] {
  if (driver === "") return [required(path)];
  const wrong = validateName(path, driver.toLowerCase(), "subdomain").map((error) => ({
    ...error,
    message: error.message.replace(JSON.stringify(driver.toLowerCase()), () => JSON.stringify(driver)),
  }));
  return [...(driver.length > driverLimit ? [tooLong(path, driverLimit)] : []), ...wrong];
}

export function validateQualifiedName(name: string, path: string): readonly FieldError[] {
  const [first = "", second, ...more] = name.split("/");
  if (second === undefined) return validateIdentifier(first, path);
  if (more.length > 0) return [];
  return [
    ...(first === "" ? [invalidValue(path, "", "the domain must not be empty")] : validateDriver(first, path)),
    ...(second === "" ? [invalidValue(path, "", "the name must not be empty")] : validateIdentifier(second, path)),
  ];
}

export function validateFullyQualifiedName(name: string, path: string): readonly FieldError[] {
  const why = "a fully qualified name must be a domain and a name separated by a slash";
  return [...validateQualifiedName(name, path), ...(name.includes("/") ? [] : [invalidValue(path, name, why)])];
}

const identifierRule =
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')";

function validateIdentifier(id: string, path: string): readonly FieldError[] {
  return [
    ...(id.length > idLimit ? [tooLong(path, idLimit)] : []),
    ...(/^[A-Za-z_][A-Za-z0-9_]*$/.test(id) ? [] : [invalidValue(path, id, identifierRule)]),
  ];
}

/** At most so many items, each of them right. */
export function validateItems(
  items: readonly unknown[],
  limit: number,
  path: string,
  validateItem: (item: unknown, path: string) => readonly FieldError[],
): readonly FieldError[] {
  if (items.length > limit) return [tooMany(path, items.length, limit)];
  return items.flatMap((item, index) => validateItem(item, itemPath(path, index)));
}

export function validateSelectors(owner: unknown, path: string): readonly FieldError[] {
  return validateItems(listAt(owner, "selectors"), selectorLimit, childPath(path, "selectors"), (selector, place) => {
    const cel = recordAt(selector)["cel"];
    if (!isRecord(cel)) return [required(`${place}.cel`)];
    return validateExpression(textAt(cel, "expression") ?? "", `${place}.cel.expression`);
  });
}

function validateExpression(expression: string, path: string): readonly FieldError[] {
  if (expression.length > expressionLimit) return [tooLong(path, expressionLimit)];
  const checked = checkDevice(expression);
  if (checked.kind === "refused") return [invalidValue(path, expression, `compilation failed: ${checked.message}`)];
  if (checked.type === "bool" || checked.type === "dyn") return [];
  const why = `must evaluate to bool or the unknown type, not ${checked.type}`;
  return [invalidValue(path, expression, why)];
}

export function validateConfiguration(config: unknown, path: string): readonly FieldError[] {
  const { opaque } = recordAt(config);
  const place = childPath(path, "opaque");
  if (!isRecord(opaque)) return [required(place)];
  return [
    ...validateDriver(textAt(opaque, "driver") ?? "", childPath(place, "driver")),
    ...validateParameters(opaque["parameters"], childPath(place, "parameters")),
  ];
}

function validateParameters(parameters: unknown, path: string): readonly FieldError[] {
  if (parameters === undefined || parameters === null) return [required(path)];
  if (JSON.stringify(parameters).length > parametersLimit) return [tooLong(path, parametersLimit)];
  return isRecord(parameters) ? [] : [invalidValue(path, "<value omitted>", "must be a valid JSON object")];
}
