import type { KubeObject } from "../../objects.ts";
import { type JsonRecord, listAt, numberAt, recordAt, textAt } from "../json.ts";
import { ageColumn, column, humanDuration, orNone } from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import { validateRequest, validateRequestUpdate } from "../validation/certificates.ts";

/** Requests for certificates. The emulator signs none: what nobody signs stays approved. */
export const certificateResources: readonly ResourceType[] = [
  defineResource({
    group: "certificates.k8s.io",
    version: "v1",
    kind: "CertificateSigningRequest",
    plural: "certificatesigningrequests",
    shortNames: ["csr"],
    namespaced: false,
    subresources: ["approval", "status"],
    typeName: "V1CertificateSigningRequest",
    prepare: (object, _cluster, { username, uid, groups }) => {
      const { uid: _uid, extra: _extra, ...spec } = recordAt(object, "spec");
      const signer: JsonRecord = { username, ...(uid ? { uid } : {}), groups: [...groups] };
      return { ...object, spec: { ...spec, ...signer } };
    },
    initialStatus: () => ({}),
    validate: validateRequest,
    validateUpdate: validateRequestUpdate,
    keepAllocated: (next, previous) => ({ ...next, spec: previous["spec"] }),
    selectableFields: { "spec.signerName": (object) => textAt(object, "spec", "signerName") ?? "" },
    columns: [
      ageColumn,
      column("SignerName", (object) => orNone(textAt(object, "spec", "signerName"))),
      column("Requestor", (object) => textAt(object, "spec", "username") ?? ""),
      column("RequestedDuration", (object) => {
        const seconds = numberAt(object, "spec", "expirationSeconds");
        return seconds === undefined ? "<none>" : humanDuration(seconds * 1_000);
      }),
      column("Condition", conditionText),
    ],
  }),
];

function conditionText(request: KubeObject): string {
  const types = listAt(request, "status", "conditions").map((condition) => textAt(condition, "type"));
  const decided = types.includes("Denied") ? "Denied" : types.includes("Approved") ? "Approved" : "Pending";
  const failed = types.includes("Failed") ? ",Failed" : "";
  return `${decided}${failed}${textAt(request, "status", "certificate") ? ",Issued" : ""}`;
}
