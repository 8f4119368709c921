import type { KubeObject } from "../../objects.ts";
import { isRecord, type JsonRecord, textAt } from "../json.ts";
import { fill, recordIn, recordsIn } from "./fill.ts";

/** Defaults of kubernetes: pkg/apis/core/v1/defaults.go. */

export function setPodDefaults(draft: KubeObject): void {
  const spec = recordIn(draft, "spec");
  fill(spec, { enableServiceLinks: true });
  // Of pods alone: pkg/apis/core/v1/conversion.go.
  if (Number(spec["terminationGracePeriodSeconds"]) < 0) spec["terminationGracePeriodSeconds"] = 1;
  setPodSpecDefaults(spec);
  if (spec["hostNetwork"] !== true) return;
  for (const container of [...recordsIn(spec, "containers"), ...recordsIn(spec, "initContainers")])
    setHostPorts(container);
}

/** The `template` of a workload. */
export function setTemplateDefaults(spec: JsonRecord): void {
  if (isRecord(spec["template"])) setPodSpecDefaults(recordIn(spec["template"], "spec"));
}

function setPodSpecDefaults(spec: JsonRecord): void {
  fill(spec, {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    schedulerName: "default-scheduler",
    securityContext: {},
  });
  if (typeof spec["serviceAccountName"] === "string") fill(spec, { serviceAccount: spec["serviceAccountName"] });
  for (const container of [...recordsIn(spec, "containers"), ...recordsIn(spec, "initContainers")]) {
    setContainerDefaults(container);
  }
  for (const container of recordsIn(spec, "ephemeralContainers")) setContainerDefaults(container);
  for (const volume of recordsIn(spec, "volumes")) setVolumeDefaults(volume);
}

function setContainerDefaults(container: JsonRecord): void {
  fill(container, {
    imagePullPolicy: pullPolicyOf(textAt(container, "image") ?? ""),
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  });
  for (const port of recordsIn(container, "ports")) fill(port, { protocol: "TCP" });
  for (const variable of recordsIn(container, "env")) setEnvironmentDefaults(variable);
  for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) {
    if (isRecord(container[probe])) setProbeDefaults(container[probe]);
  }
  const lifecycle = isRecord(container["lifecycle"]) ? Object.values(container["lifecycle"]) : [];
  for (const handler of lifecycle) if (isRecord(handler)) setHandlerDefaults(handler);
  setRequestDefaults(recordIn(container, "resources"));
}

/** Ports of a container in the network of its node are ports of the node. */
function setHostPorts(container: JsonRecord): void {
  for (const port of recordsIn(container, "ports")) if (!port["hostPort"]) port["hostPort"] = port["containerPort"];
}

/** A limit without a request asks for as much as it allows. */
function setRequestDefaults(resources: JsonRecord): void {
  if (isRecord(resources["limits"])) fill(recordIn(resources, "requests"), resources["limits"]);
}

function setProbeDefaults(probe: JsonRecord): void {
  fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  setHandlerDefaults(probe);
}

function setHandlerDefaults(handler: JsonRecord): void {
  if (isRecord(handler["httpGet"])) fill(handler["httpGet"], { path: "/", scheme: "HTTP" });
  if (isRecord(handler["grpc"])) fill(handler["grpc"], { service: "" });
}

function setEnvironmentDefaults(variable: JsonRecord): void {
  const source = isRecord(variable["valueFrom"]) ? variable["valueFrom"] : {};
  if (isRecord(source["fieldRef"])) fill(source["fieldRef"], { apiVersion: "v1" });
}

function setVolumeDefaults(volume: JsonRecord): void {
  if (Object.keys(volume).length === 1) volume["emptyDir"] = {};
  for (const source of ["configMap", "secret", "projected", "downwardAPI"]) {
    if (isRecord(volume[source])) fill(volume[source], { defaultMode: 0o644 });
  }
  const { image } = volume;
  if (isRecord(image) && textAt(image, "reference"))
    fill(image, { pullPolicy: pullPolicyOf(textAt(image, "reference") ?? "") });
  setFieldDefaults(volume["downwardAPI"]);
  if (isRecord(volume["hostPath"])) fill(volume["hostPath"], { type: "" });
  const sources = isRecord(volume["projected"]) ? recordsIn(volume["projected"], "sources") : [];
  for (const { serviceAccountToken: token, downwardAPI } of sources) {
    if (isRecord(token)) fill(token, { expirationSeconds: 3600 });
    setFieldDefaults(downwardAPI);
  }
}

function setFieldDefaults(downward: unknown): void {
  if (!isRecord(downward)) return;
  for (const { fieldRef } of recordsIn(downward, "items")) if (isRecord(fieldRef)) fill(fieldRef, { apiVersion: "v1" });
}

function pullPolicyOf(image: string): string {
  const lastPart = image.slice(image.lastIndexOf("/") + 1);
  return image.includes("@") || (lastPart.includes(":") && !lastPart.endsWith(":latest")) ? "IfNotPresent" : "Always";
}
