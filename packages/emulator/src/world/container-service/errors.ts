import { ArmError } from "../arm/provider.ts";

/** How Microsoft.ContainerService itself refuses: without the `error` envelope (azure-facts 1.4, 5.6). */
export function refusal(
  status: number,
  code: string,
  message: string,
  extra: { readonly target?: string; readonly subcode?: string; readonly details?: readonly unknown[] } = {},
): ArmError {
  return new ArmError(status, code, message, { flat: true, extra: { details: null, subcode: "", ...extra } });
}
