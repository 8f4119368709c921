import type { GroupResource } from "./objects.ts";

/**
 * Whether objects of a resource count the changes of what they ask for: those whose registry strategy of Kubernetes sets
 * `metadata.generation`, and custom resources.
 */
export function hasGeneration({ group, resource }: GroupResource): boolean {
  if (group === "") return inCore.has(resource);
  return !groupsWithout.has(group) && !resourcesWithout.has(resource);
}

const inCore: ReadonlySet<string> = new Set(["pods", "podtemplates", "replicationcontrollers"]);
const resourcesWithout: ReadonlySet<string> = new Set([
  "controllerrevisions",
  "resourceclaims",
  "resourceclaimtemplates",
]);
const groupsWithout: ReadonlySet<string> = new Set([
  "apiregistration.k8s.io",
  "autoscaling",
  "certificates.k8s.io",
  "coordination.k8s.io",
  "events.k8s.io",
  "node.k8s.io",
  "rbac.authorization.k8s.io",
  "storage.k8s.io",
]);
