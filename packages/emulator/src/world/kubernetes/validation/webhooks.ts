import type { KubeObject } from "../../objects.ts";
import { at, listAt, numberAt, textAt } from "../json.ts";
import { childPath, type FieldError, invalidValue, itemPath, notSupported, required } from "./field-errors.ts";
import { oneOf } from "./pods.ts";

/** Rules and wording of kubernetes: pkg/apis/admissionregistration/validation/validation.go. */

export function validateWebhooks(configuration: KubeObject): readonly FieldError[] {
  return listAt(configuration, "webhooks").flatMap((webhook, index) =>
    validateWebhook(webhook, itemPath("webhooks", index)),
  );
}

function validateWebhook(webhook: unknown, path: string): readonly FieldError[] {
  const name = textAt(webhook, "name") ?? "";
  const timeoutSeconds = numberAt(webhook, "timeoutSeconds") ?? 10;
  const sideEffects = textAt(webhook, "sideEffects");
  return [
    ...(name.split(".").length < 3
      ? [
          invalidValue(
            childPath(path, "name"),
            name,
            "should be a domain with at least three segments separated by dots",
          ),
        ]
      : []),
    ...validateClient(at(webhook, "clientConfig"), childPath(path, "clientConfig")),
    ...oneOf(at(webhook, "failurePolicy"), ["Fail", "Ignore"], childPath(path, "failurePolicy")),
    ...(sideEffects === undefined
      ? [required(childPath(path, "sideEffects"), "must specify one of None, NoneOnDryRun")]
      : ["None", "NoneOnDryRun"].includes(sideEffects)
        ? []
        : [notSupported(childPath(path, "sideEffects"), sideEffects, ["None", "NoneOnDryRun"])]),
    ...(timeoutSeconds < 1 || timeoutSeconds > 30
      ? [
          invalidValue(
            childPath(path, "timeoutSeconds"),
            timeoutSeconds,
            "the timeout value must be between 1 and 30 seconds",
          ),
        ]
      : []),
    ...(listAt(webhook, "admissionReviewVersions").length === 0
      ? [required(childPath(path, "admissionReviewVersions"), "must specify one of v1, v1beta1")]
      : []),
  ];
}

function validateClient(client: unknown, path: string): readonly FieldError[] {
  const url = textAt(client, "url");
  const service = at(client, "service");
  if ((url === undefined) === (service === undefined))
    return [required(path, "exactly one of url or service is required")];
  if (url === undefined || url.startsWith("https://")) return [];
  const scheme = url.split(":", 1)[0] ?? "";
  return [
    invalidValue(
      childPath(path, "url"),
      scheme,
      "'https' is the only allowed URL scheme; desired format: https://host[/path]",
    ),
  ];
}
