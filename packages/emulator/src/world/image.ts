import { createHash } from "node:crypto";

/** `[registry[:port]/]path[:tag][@digest]`, path in lower case: the grammar of distribution/reference, shortened. */
const imageReference =
  /^(?:[A-Za-z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

export interface PullProblem {
  /** As the kubelet names it. */
  readonly reason: "InvalidImageName" | "ErrImagePull";
  readonly message: string;
}

/** Why an image cannot be pulled; undefined when it can. The tag `does-not-exist` is one that no registry has. */
export function pullProblem(image: string): PullProblem | undefined {
  if (!imageReference.test(image)) {
    const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`;
    return { reason: "InvalidImageName", message };
  }
  if (!image.endsWith(":does-not-exist")) return undefined;
  const full = fullName(image);
  const message =
    `rpc error: code = NotFound desc = failed to pull and unpack image "${full}": ` +
    `failed to resolve reference "${full}": ${full}: not found`;
  return { reason: "ErrImagePull", message };
}

/** How a container runtime names an image that it has: repository and digest. */
export function imageIdOf(image: string): string {
  if (image.includes("@")) return fullName(image);
  const known = imageIds.get(image);
  if (known !== undefined) return known;
  const digest = createHash("sha256").update(image).digest("hex");
  const id = `${fullName(image).replace(/:[^/:]*$/, "")}@sha256:${digest}`;
  imageIds.set(image, id);
  return id;
}

/** Every report of a pod names them. */
const imageIds = new Map<string, string>();

/** With the registry that is meant when none is named. */
function fullName(image: string): string {
  const [first = "", ...rest] = image.split("/");
  if (rest.length === 0) return `docker.io/library/${image}`;
  return /[.:]|^localhost$/.test(first) ? image : `docker.io/${image}`;
}
