import type { AskWebhooks, Cluster } from "../../world/cluster.ts";
import { controllerOf, podAttempt } from "../../world/kubernetes/admission/controller-pods.ts";
import { callWebhooks, type PostReview } from "./call-webhooks.ts";

/** Asks the webhooks of a cluster about the pods that its controllers create. */
export function askWebhooks(cluster: Cluster, postReview: PostReview | undefined): AskWebhooks {
  return (pod, answered) => {
    callWebhooks(cluster, podAttempt(pod), controllerOf(pod), postReview)
      .then(({ object }) => answered({ kind: "allowed", object: object ?? pod }))
      .catch((error: unknown) => {
        answered({ kind: "refused", message: error instanceof Error ? error.message : String(error) });
      });
  };
}
