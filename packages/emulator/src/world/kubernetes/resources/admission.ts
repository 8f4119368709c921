import type { KubeObject } from "../../objects.ts";
import { fill, recordIn, recordsIn } from "../defaults/fill.ts";
import { isRecord, listAt } from "../json.ts";
import { ageColumn, integerColumn } from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import { validateWebhooks } from "../validation/webhooks.ts";

const admission = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  namespaced: false,
  categories: ["api-extensions"],
  validate: validateWebhooks,
  columns: [integerColumn("Webhooks", (object) => listAt(object, "webhooks").length), ageColumn],
} as const;

export const admissionResources: readonly ResourceType[] = [
  defineResource({
    ...admission,
    kind: "MutatingWebhookConfiguration",
    plural: "mutatingwebhookconfigurations",
    typeName: "V1MutatingWebhookConfiguration",
    setDefaults: (draft) => setWebhookDefaults(draft, { reinvocationPolicy: "Never" }),
  }),
  defineResource({
    ...admission,
    kind: "ValidatingWebhookConfiguration",
    plural: "validatingwebhookconfigurations",
    typeName: "V1ValidatingWebhookConfiguration",
    setDefaults: (draft) => setWebhookDefaults(draft, {}),
  }),
];

/** Defaults of kubernetes: pkg/apis/admissionregistration/v1/defaults.go. */
function setWebhookDefaults(draft: KubeObject, further: Record<string, unknown>): void {
  for (const webhook of recordsIn(draft, "webhooks")) {
    fill(webhook, {
      failurePolicy: "Fail",
      matchPolicy: "Equivalent",
      namespaceSelector: {},
      objectSelector: {},
      timeoutSeconds: 10,
      ...further,
    });
    const client = recordIn(webhook, "clientConfig");
    if (isRecord(client["service"])) fill(client["service"], { port: 443 });
    for (const rule of recordsIn(webhook, "rules")) fill(rule, { scope: "*" });
  }
}
