/** Version from which the API server no longer serves a kind under this API version; undefined while none is known. */
export function removalOf(apiVersion: string, kind: string): string | undefined {
  return removals.find((one) => one.apiVersion === apiVersion && (one.kinds === undefined || one.kinds.includes(kind)))
    ?.in;
}

interface Removal {
  readonly apiVersion: string;
  /** Default: all of this version. */
  readonly kinds?: readonly string[];
  readonly in: string;
}

/** Source: Kubernetes docs, deprecated API migration guide, and the life cycle of each kind in k8s.io/api. */
const removals: readonly Removal[] = [
  { apiVersion: "extensions/v1beta1", kinds: ["Ingress"], in: "1.22" },
  { apiVersion: "extensions/v1beta1", in: "1.16" },
  { apiVersion: "apps/v1beta1", in: "1.16" },
  { apiVersion: "apps/v1beta2", in: "1.16" },
  { apiVersion: "networking.k8s.io/v1beta1", kinds: ["IPAddress", "ServiceCIDR"], in: "1.37" },
  { apiVersion: "networking.k8s.io/v1beta1", in: "1.22" },
  { apiVersion: "rbac.authorization.k8s.io/v1beta1", in: "1.22" },
  { apiVersion: "scheduling.k8s.io/v1beta1", in: "1.22" },
  { apiVersion: "apiextensions.k8s.io/v1beta1", in: "1.22" },
  { apiVersion: "apiregistration.k8s.io/v1beta1", in: "1.22" },
  { apiVersion: "coordination.k8s.io/v1beta1", kinds: ["Lease"], in: "1.22" },
  {
    apiVersion: "admissionregistration.k8s.io/v1beta1",
    kinds: ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
    in: "1.22",
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1beta1",
    kinds: ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"],
    in: "1.34",
  },
  { apiVersion: "storage.k8s.io/v1beta1", kinds: ["CSIStorageCapacity"], in: "1.27" },
  { apiVersion: "storage.k8s.io/v1beta1", kinds: ["VolumeAttributesClass"], in: "1.37" },
  { apiVersion: "storage.k8s.io/v1beta1", in: "1.22" },
  { apiVersion: "batch/v1beta1", in: "1.25" },
  { apiVersion: "discovery.k8s.io/v1beta1", in: "1.25" },
  { apiVersion: "events.k8s.io/v1beta1", in: "1.25" },
  { apiVersion: "node.k8s.io/v1beta1", in: "1.25" },
  { apiVersion: "policy/v1beta1", in: "1.25" },
  { apiVersion: "autoscaling/v2beta1", in: "1.25" },
  { apiVersion: "autoscaling/v2beta2", in: "1.26" },
  { apiVersion: "flowcontrol.apiserver.k8s.io/v1beta1", in: "1.26" },
  { apiVersion: "flowcontrol.apiserver.k8s.io/v1beta2", in: "1.29" },
  { apiVersion: "flowcontrol.apiserver.k8s.io/v1beta3", in: "1.32" },
  { apiVersion: "resource.k8s.io/v1beta1", in: "1.38" },
];
