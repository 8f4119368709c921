import type { Cluster } from "../../cluster.ts";
import type { UserInfo } from "../access/user.ts";
import { forbidden } from "../status-error.ts";
import { conditionsHold } from "./policies/conditions.ts";
import { attemptVariables } from "./policies/variables.ts";
import type { Attempt, Webhook } from "./webhooks.ts";

/** Whether a webhook's match conditions hold. Throws 403 where that cannot be told and the webhook must not be left out. */
export function isWanted(
  cluster: Pick<Cluster, "store">,
  { conditions, failOpen }: Pick<Webhook, "conditions" | "failOpen">,
  attempt: Attempt,
  user: UserInfo,
): boolean {
  if (conditions.length === 0) return true;
  const met = conditionsHold(conditions, attemptVariables(cluster, attempt, user));
  if (typeof met === "boolean") return met;
  if (failOpen) return false;
  throw forbidden(attempt.type, attempt.name, met);
}
