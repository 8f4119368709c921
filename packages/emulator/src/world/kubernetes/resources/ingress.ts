import type { KubeObject } from "../../objects.ts";
import { fill, recordIn, recordsIn } from "../defaults/fill.ts";
import { at, listAt, recordAt, textAt } from "../json.ts";
import { ageColumn, column, orNone, selectorText } from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import {
  validateIngress,
  validateIngressClass,
  validateIngressClassUpdate,
  validateIngressCreate,
} from "../validation/ingress.ts";
import { validateNetworkPolicy } from "../validation/network-policies.ts";

const networking = { group: "networking.k8s.io", version: "v1" } as const;

export const ingressResources: readonly ResourceType[] = [
  defineResource({
    ...networking,
    kind: "Ingress",
    plural: "ingresses",
    shortNames: ["ing"],
    subresources: ["status"],
    typeName: "V1Ingress",
    initialStatus: () => ({ loadBalancer: {} }),
    validate: validateIngress,
    validateCreate: validateIngressCreate,
    columns: [
      column("Class", ingressClass),
      column("Hosts", hosts),
      column("Address", (ingress) =>
        listAt(ingress, "status", "loadBalancer", "ingress")
          .map((entry) => textAt(entry, "ip") || (textAt(entry, "hostname") ?? ""))
          .join(","),
      ),
      column("Ports", (ingress) => (listAt(ingress, "spec", "tls").length > 0 ? "80, 443" : "80")),
      ageColumn,
    ],
  }),
  defineResource({
    ...networking,
    kind: "IngressClass",
    plural: "ingressclasses",
    namespaced: false,
    typeName: "V1IngressClass",
    setDefaults: (draft) => {
      const parameters = recordAt(draft, "spec", "parameters");
      if (Object.keys(parameters).length > 0)
        fill(recordIn(recordIn(draft, "spec"), "parameters"), { scope: "Cluster" });
    },
    validate: validateIngressClass,
    validateUpdate: validateIngressClassUpdate,
    columns: [
      column("Controller", (object) => textAt(object, "spec", "controller") ?? ""),
      column("Parameters", parametersText),
      ageColumn,
    ],
  }),
  defineResource({
    ...networking,
    kind: "NetworkPolicy",
    plural: "networkpolicies",
    shortNames: ["netpol"],
    typeName: "V1NetworkPolicy",
    setDefaults: setNetworkPolicyDefaults,
    validate: validateNetworkPolicy,
    columns: [column("Pod-Selector", (policy) => selectorText(at(policy, "spec", "podSelector"))), ageColumn],
  }),
];

/** Egress only when it has egress rules (kubernetes: pkg/apis/networking/v1/defaults.go). */
function setNetworkPolicyDefaults(draft: KubeObject): void {
  const spec = recordIn(draft, "spec");
  fill(spec, { podSelector: {} });
  const egress = listAt(spec, "egress").length > 0;
  if (listAt(spec, "policyTypes").length === 0) spec["policyTypes"] = egress ? ["Ingress", "Egress"] : ["Ingress"];
  for (const rule of [...recordsIn(spec, "ingress"), ...recordsIn(spec, "egress")]) {
    for (const port of recordsIn(rule, "ports")) fill(port, { protocol: "TCP" });
  }
}

function ingressClass(ingress: KubeObject): string {
  const annotated = ingress.metadata.annotations?.["kubernetes.io/ingress.class"];
  return orNone(textAt(ingress, "spec", "ingressClassName") ?? annotated);
}

/** The first three; `*` for any. */
function hosts(ingress: KubeObject): string {
  const named = listAt(ingress, "spec", "rules").flatMap((rule) => textAt(rule, "host") || []);
  if (named.length === 0) return "*";
  return named.length > 3 ? `${named.slice(0, 3).join(",")} + ${named.length - 3} more...` : named.join(",");
}

function parametersText(object: KubeObject): string {
  const { apiGroup, kind, name } = recordAt(object, "spec", "parameters");
  if (typeof kind !== "string") return "<none>";
  return `${kind}${typeof apiGroup === "string" ? `.${apiGroup}` : ""}/${String(name)}`;
}
