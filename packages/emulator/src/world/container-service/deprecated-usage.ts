import type { ArmError } from "../arm/provider.ts";
import { refusal } from "./errors.ts";

/** The refusal of an upgrade, the text as AKS words it (AKS docs, stop cluster upgrades on API breaking changes). */
export function deprecatedUsage(
  calls: readonly { readonly api: string; readonly removedIn?: string | undefined; readonly lastAtMs: number }[],
): ArmError {
  const uses = calls.map(({ api, removedIn, lastAtMs }) => {
    const seen = `usage has been detected on API ${api}, and was recently seen at: ${new Date(lastAtMs).toISOString()}`;
    return removedIn === undefined ? seen : `${seen}, which will be removed in ${removedIn}`;
  });
  const text = `Control Plane upgrade is blocked due to recent usage of a Kubernetes API deprecated in the specified version. Please refer to https://kubernetes.io/docs/reference/using-api/deprecation-guide to migrate the usage. To bypass this error, set forceUpgrade in upgradeSettings.overrideSettings. Bypassing this error without migrating usage will result in the deprecated Kubernetes API calls failing. Usage details: ${uses.length} error occurred: ${uses.map((use) => `* ${use}`).join(" ")}`;
  return refusal(400, "ValidationError", text, { subcode: "UpgradeBlockedOnDeprecatedAPIUsage" });
}
