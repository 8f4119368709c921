import type { KubeObject } from "../../objects.ts";
import { completePod, podResources } from "../resources/pods.ts";
import { internalError } from "../status-error.ts";
import { checkLimitRanges, withRangeDefaults } from "./limit-ranges.ts";
import { checkQuotas } from "./quota.ts";
import type { AdmissionPlace } from "./service-account.ts";
import { webhooksFor } from "./webhooks.ts";

/**
 * What admission makes of a pod that a controller creates; throws the `StatusError` that the API would answer. Webhooks
 * are not called from here, but one that cannot be reached and fails closed refuses all the same.
 */
export function admitControllerPod({ store, world }: AdmissionPlace, pod: KubeObject): KubeObject {
  const [type] = podResources;
  if (!type) return pod;
  const admitted = completePod(withRangeDefaults({ store }, type, pod), { store, world });
  checkLimitRanges({ store }, type, admitted);
  checkQuotas({ store }, type, admitted, undefined);
  const { name, namespace } = pod.metadata;
  const attempt = {
    operation: "CREATE",
    type,
    subresource: "",
    namespace,
    name,
    object: pod,
    oldObject: undefined,
    dryRun: false,
  } as const;
  const dead = webhooksFor({ store }, attempt).find(
    ({ failOpen, unreachable }) => !failOpen && unreachable !== undefined,
  );
  if (dead) {
    const why = `Post ${JSON.stringify(dead.url)}: ${dead.unreachable ?? ""}`;
    throw internalError(`failed calling webhook ${JSON.stringify(dead.name)}: failed to call webhook: ${why}`);
  }
  return admitted;
}
