import { pullProblem } from "../../world/image.ts";
import { isAtLeast } from "../../world/kubernetes/version.ts";
import type { ReplicaEvent } from "../../world/replica-types.ts";

export interface KubeletEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** What one kubelet says of one container. */
export interface ContainerVoice {
  readonly name: string;
  readonly image: string;
  readonly pullPolicy: string;
  /** `web-1_default(uid)` */
  readonly owner: string;
  readonly kubeletVersion: string;
  /** Images that are on the node. */
  readonly images: Set<string>;
  /** Of the image, in bytes. */
  readonly imageSize: number;
}

/** Source: kubernetes pkg/kubelet: events/event.go, images/image_manager.go, kuberuntime, prober. */
export function kubeletEvents(voice: ContainerVoice, event: ReplicaEvent): readonly KubeletEvent[] {
  const { name, image, owner } = voice;
  switch (event.kind) {
    case "ordered":
      return pulling(voice);
    case "started":
      return [pulled(voice, event.tookMs), created(voice), started(voice)];
    case "notStarted":
      return notStarted(voice, event);
    case "pullBackOff":
      return [
        normal("BackOff", `Back-off pulling image ${JSON.stringify(image)}`),
        warning("Failed", "Error: ImagePullBackOff"),
      ];
    case "crashBackOff":
      return [warning("BackOff", `Back-off restarting failed container ${name} in pod ${owner}`)];
    case "unhealthy":
      return [warning("Unhealthy", `${event.probe} probe failed: ${event.message}`)];
    case "restarting":
      return [normal("Killing", `Container ${name} failed ${event.probe} probe, will be restarted`)];
    case "stopping":
      return [normal("Killing", `Stopping container ${name}`)];
  }
}

/** The image is fetched before anything else of a container is looked at. */
export function configFailure(voice: ContainerVoice, problem: string): readonly KubeletEvent[] {
  return [...pulling(voice), pulled(voice, 0), warning("Failed", `Error: ${problem}`)];
}

/** Default of the API server, for manifests that it has not seen. */
export function pullPolicyOf(image: string, policy: string | undefined): string {
  return policy ?? (/:(?!latest$)[^/]+$|@/.test(image) ? "IfNotPresent" : "Always");
}

function pulling(voice: ContainerVoice): readonly KubeletEvent[] {
  if (isPulled(voice) || pullProblem(voice.image)?.reason === "InvalidImageName") return [];
  return [normal("Pulling", `Pulling image ${JSON.stringify(voice.image)}`)];
}

function isPulled({ image, images, pullPolicy }: ContainerVoice): boolean {
  return pullPolicy !== "Always" && images.has(image);
}

function pulled(voice: ContainerVoice, tookMs: number): KubeletEvent {
  const { image, images, imageSize, kubeletVersion } = voice;
  const quoted = JSON.stringify(image);
  if (isPulled(voice)) {
    // KubeletEnsureSecretPulledImages, beta from 1.35 on.
    const access = isAtLeast(kubeletVersion, "1.35") ? " and can be accessed by the pod" : "";
    return normal("Pulled", `Container image ${quoted} already present on machine${access}`);
  }
  images.add(image);
  const took = tookMs < 1_000 ? `${tookMs}ms` : `${tookMs / 1_000}s`;
  const text = `Successfully pulled image ${quoted} in ${took} (${took} including waiting). Image size: ${imageSize} bytes.`;
  return normal("Pulled", text);
}

function created({ name, kubeletVersion }: ContainerVoice): KubeletEvent {
  return normal("Created", isAtLeast(kubeletVersion, "1.35") ? "Container created" : `Created container: ${name}`);
}

function started({ name, kubeletVersion }: ContainerVoice): KubeletEvent {
  return normal("Started", isAtLeast(kubeletVersion, "1.35") ? "Container started" : `Started container ${name}`);
}

function notStarted(voice: ContainerVoice, { reason, message, tookMs }: Extract<ReplicaEvent, { kind: "notStarted" }>) {
  const { image } = voice;
  if (reason === "ErrImagePull") {
    const text = `Failed to pull image ${JSON.stringify(image)}: ${message}`;
    return [warning("Failed", text), warning("Failed", "Error: ErrImagePull")];
  }
  if (reason === "InvalidImageName") {
    return [warning("InspectFailed", message), warning("Failed", "Error: InvalidImageName")];
  }
  const before = [pulled(voice, tookMs), ...(reason === "RunContainerError" ? [created(voice)] : [])];
  return [...before, warning("Failed", `Error: ${message}`)];
}

function normal(reason: string, message: string): KubeletEvent {
  return { type: "Normal", reason, message };
}

function warning(reason: string, message: string): KubeletEvent {
  return { type: "Warning", reason, message };
}
