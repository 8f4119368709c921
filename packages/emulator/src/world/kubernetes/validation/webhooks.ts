import type { KubeObject } from "../../objects.ts";
import { at, isRecord, listAt, numberAt, textAt } from "../json.ts";
import {
  childPath,
  duplicate,
  type FieldError,
  invalidValue,
  itemPath,
  notSupported,
  required,
} from "./field-errors.ts";
import { validateName } from "./metadata.ts";
import { validateConditions } from "./policy-expressions.ts";
import { validatePort } from "./ports.ts";
import { validateSelector } from "./selectors.ts";
import { oneOf } from "./values.ts";

/** Rules and wording of kubernetes: pkg/apis/admissionregistration/validation/validation.go. */

export function validateWebhooks(configuration: KubeObject): readonly FieldError[] {
  const webhooks = listAt(configuration, "webhooks");
  const names = webhooks.map((webhook) => textAt(webhook, "name") ?? "");
  return webhooks.flatMap((webhook, index) => [
    ...validateWebhook(webhook, itemPath("webhooks", index)),
    ...(names.indexOf(names[index] ?? "") < index
      ? [duplicate(childPath(itemPath("webhooks", index), "name"), names[index])]
      : []),
  ]);
}

function validateWebhook(webhook: unknown, path: string): readonly FieldError[] {
  const timeoutSeconds = numberAt(webhook, "timeoutSeconds") ?? 10;
  return [
    ...validateReviewVersions(listAt(webhook, "admissionReviewVersions"), childPath(path, "admissionReviewVersions")),
    ...validateFullName(textAt(webhook, "name") ?? "", childPath(path, "name")),
    ...listAt(webhook, "rules").flatMap((rule, index) => validateRule(rule, itemPath(childPath(path, "rules"), index))),
    ...oneOf(at(webhook, "failurePolicy"), ["Fail", "Ignore"], childPath(path, "failurePolicy")),
    ...oneOf(at(webhook, "matchPolicy"), ["Equivalent", "Exact"], childPath(path, "matchPolicy")),
    ...validateSideEffects(textAt(webhook, "sideEffects"), childPath(path, "sideEffects")),
    ...(timeoutSeconds < 1 || timeoutSeconds > 30
      ? [
          invalidValue(
            childPath(path, "timeoutSeconds"),
            timeoutSeconds,
            "the timeout value must be between 1 and 30 seconds",
          ),
        ]
      : []),
    ...["namespaceSelector", "objectSelector"].flatMap((member) =>
      validateSelector(at(webhook, member), childPath(path, member)),
    ),
    ...oneOf(at(webhook, "reinvocationPolicy"), ["IfNeeded", "Never"], childPath(path, "reinvocationPolicy")),
    ...validateClient(at(webhook, "clientConfig"), childPath(path, "clientConfig")),
    ...validateConditions(listAt(webhook, "matchConditions"), childPath(path, "matchConditions"), false),
  ];
}

function validateReviewVersions(versions: readonly unknown[], path: string): readonly FieldError[] {
  if (versions.length === 0) return [required(path, "must specify one of v1, v1beta1")];
  return [
    ...versions.flatMap((version, index) => {
      const place = itemPath(path, index);
      if (versions.indexOf(version) < index) return [invalidValue(place, version, "duplicate version")];
      return validateName(place, String(version), "label1035");
    }),
    ...(versions.includes("v1") || versions.includes("v1beta1")
      ? []
      : [invalidValue(path, versions, "must include at least one of v1, v1beta1")]),
  ];
}

function validateFullName(name: string, path: string): readonly FieldError[] {
  if (name === "") return [required(path)];
  const errors = validateName(path, name, "subdomain");
  if (errors.length > 0 || name.split(".").length >= 3) return errors;
  return [invalidValue(path, name, "should be a domain with at least three segments separated by dots")];
}

function validateSideEffects(sideEffects: string | undefined, path: string): readonly FieldError[] {
  const none = ["None", "NoneOnDryRun"];
  if (sideEffects === undefined) return [required(path, "must specify one of None, NoneOnDryRun")];
  return none.includes(sideEffects) ? [] : [notSupported(path, sideEffects, none)];
}

/** What a webhook or a policy is asked about. */
export function validateRule(rule: unknown, path: string): readonly FieldError[] {
  const operations = listAt(rule, "operations");
  const versions = listAt(rule, "apiVersions");
  return [
    ...needed(operations, childPath(path, "operations"), "operations"),
    ...operations.flatMap((operation, index) =>
      oneOf(operation, ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"], itemPath(childPath(path, "operations"), index)),
    ),
    ...needed(listAt(rule, "apiGroups"), childPath(path, "apiGroups"), "API groups"),
    ...needed(versions, childPath(path, "apiVersions"), "API versions"),
    ...emptyItems(versions, childPath(path, "apiVersions")),
    ...validateResources(listAt(rule, "resources"), childPath(path, "resources")),
    ...oneOf(at(rule, "scope"), ["*", "Cluster", "Namespaced"], childPath(path, "scope")),
  ];
}

function needed(values: readonly unknown[], path: string, what: string): readonly FieldError[] {
  if (values.length === 0) return [required(path)];
  const mixed = values.length > 1 && values.includes("*");
  return mixed ? [invalidValue(path, values, `if '*' is present, must not specify other ${what}`)] : [];
}

function emptyItems(values: readonly unknown[], path: string): readonly FieldError[] {
  return values.flatMap((value, index) => (value === "" ? [required(itemPath(path, index))] : []));
}

function validateResources(resources: readonly unknown[], path: string): readonly FieldError[] {
  if (resources.length === 0) return [required(path)];
  const names = resources.map(String);
  const others = "must not specify other resources";
  const whole = names.filter((name) => !name.includes("/") && name !== "*");
  return [
    ...emptyItems(resources, path),
    ...names.flatMap((name, index) => {
      const [resource = "", subresource] = name.split("/");
      if (subresource === undefined) return [];
      const before = names.slice(0, index);
      const wider = [`${resource}/*`, `*/${subresource}`].find((one) => one !== name && before.includes(one));
      if (wider === undefined) return [];
      return [invalidValue(itemPath(path, index), name, `if '${wider}' is present, must not specify ${name}`)];
    }),
    ...(names.includes("*/*") && names.length > 1 ? [invalidValue(path, names, `if '*/*' is present, ${others}`)] : []),
    ...(names.includes("*") && whole.length > 0
      ? [invalidValue(path, names, `if '*' is present, ${others} without subresources`)]
      : []),
  ];
}

/** How a webhook is reached. */
export function validateClient(client: unknown, path: string): readonly FieldError[] {
  const url = textAt(client, "url");
  const service = at(client, "service");
  if ((url === undefined) === (service === undefined))
    return [required(path, "exactly one of url or service is required")];
  return url === undefined
    ? validateServiceReference(service, childPath(path, "service"))
    : validateUrl(url, childPath(path, "url"));
}

/** apiserver: pkg/util/webhook/validation.go. */
function validateUrl(url: string, path: string): readonly FieldError[] {
  const form = "; desired format: https://host[/path]";
  const [, scheme = "", host = "", query, fragment] =
    /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/.exec(url) ?? [];
  return [
    ...(scheme === "https"
      ? []
      : [invalidValue(path, scheme.toLowerCase(), `'https' is the only allowed URL scheme${form}`)]),
    ...(host === "" ? [invalidValue(path, "", `host must be specified${form}`)] : []),
    ...(host.includes("@")
      ? [invalidValue(path, host.split("@")[0], "user information is not permitted in the URL")]
      : []),
    ...(fragment ? [invalidValue(path, fragment, "fragments are not permitted in the URL")] : []),
    ...(query ? [invalidValue(path, query, "query parameters are not permitted in the URL")] : []),
  ];
}

function validateServiceReference(service: unknown, path: string): readonly FieldError[] {
  const port = numberAt(service, "port") ?? 443;
  const missing = ["name", "namespace"].filter((member) => !textAt(service, member));
  const wrong = isRecord(service) ? validatePort(port, childPath(path, "port")) : [];
  return [
    ...missing.map((member) => required(childPath(path, member))),
    ...wrong.map((error) => ({
      ...error,
      message: error.message.replace(": must be", ": port is not valid: must be"),
    })),
    ...validatePath(textAt(service, "path") ?? "", childPath(path, "path")),
  ];
}

function validatePath(urlPath: string, path: string): readonly FieldError[] {
  if (urlPath === "" || urlPath === "/") return [];
  const steps = urlPath.slice(1).replace(/\/$/, "").split("/");
  return [
    ...(urlPath.startsWith("/") ? [] : [invalidValue(path, urlPath, "must start with a '/'")]),
    ...steps.flatMap((step, index) => {
      if (step === "") return [invalidValue(path, urlPath, `segment[${index}] may not be empty`)];
      const errors = validateName(path, step, "subdomain");
      return errors.map(({ message }) =>
        invalidValue(path, urlPath, `segment[${index}]: ${message.replace(/^Invalid value: ".*?": /, "")}`),
      );
    }),
  ];
}
