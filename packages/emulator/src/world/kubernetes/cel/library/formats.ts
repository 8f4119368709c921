import { type Environment, Optional } from "@marcbachmann/cel-js";
import type { FieldError } from "../../validation/field-errors.ts";
import { validateLabelKey, validateLabelValue, validateName } from "../../validation/metadata.ts";

class Format {
  readonly problems: (text: string) => readonly string[];

  constructor(problems: (text: string) => readonly string[]) {
    this.problems = problems;
  }
}

class Formats {}

/** Kubernetes' named formats (apiserver: pkg/cel/library/format.go). */
export function addFormats(environment: Environment): void {
  const type = "kubernetes.NamedFormat";
  environment.registerType(type, Format);
  environment.registerType("FormatNamespace", Formats);
  environment.registerConstant("format", "FormatNamespace", new Formats());
  for (const [name, problems] of Object.entries(formats)) {
    const one = new Format(problems);
    environment.registerFunction(`FormatNamespace.${name}(): ${type}`, () => one);
  }
  environment.registerFunction(`FormatNamespace.named(string): optional<${type}>`, (_: Formats, name: string) => {
    const problems = Object.hasOwn(formats, name) ? formats[name] : undefined;
    return problems ? Optional.of(new Format(problems)) : Optional.none();
  });
  environment.registerFunction(`${type}.validate(string): optional<list<string>>`, (one: Format, text: string) => {
    const problems = one.problems(text);
    return problems.length === 0 ? Optional.none() : Optional.of(problems);
  });
}

const formats: Readonly<Record<string, (text: string) => readonly string[]>> = {
  dns1123Label: (text) => sentences(validateName("", text, "label")),
  dns1123Subdomain: (text) => sentences(validateName("", text, "subdomain")),
  dns1035Label: (text) => sentences(validateName("", text, "label1035")),
  dns1123LabelPrefix: (text) => sentences(validateName("", withoutDash(text), "label")),
  dns1123SubdomainPrefix: (text) => sentences(validateName("", withoutDash(text), "subdomain")),
  dns1035LabelPrefix: (text) => sentences(validateName("", withoutDash(text), "label1035")),
  qualifiedName: (text) => sentences(validateLabelKey("", text)),
  labelValue: (text) => sentences(validateLabelValue("", text)),
  uri: (text) =>
    fits(URL.canParse(text) || text.startsWith("/"), `parse ${JSON.stringify(text)}: invalid URI for request`),
  uuid: (text) => fits(/^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(text), "does not match the UUID format"),
  byte: (text) => fits(/^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text), "invalid base64"),
  date: (text) => fits(/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)), "invalid date"),
  datetime: (text) => fits(/^\d{4}-\d\d-\d\dT/i.test(text) && !Number.isNaN(Date.parse(text)), "invalid datetime"),
};

function fits(condition: boolean, problem: string): readonly string[] {
  return condition ? [] : [problem];
}

/** What a name of `generateName` begins with may end with a dash. */
function withoutDash(text: string): string {
  return text.endsWith("-") ? `${text.slice(0, -1)}a` : text;
}

function sentences(errors: readonly FieldError[]): readonly string[] {
  return errors.map(({ message }) => message.replace(/^Invalid value: "(?:[^"\\]|\\.)*": /, ""));
}
