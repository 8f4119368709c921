/** Whether an operation runs in a cluster or a pool. Azure knows more states than these three ends, and adds to them. */
export function isBusy(provisioningState: string): boolean {
  return !/^(Succeeded|Failed|Canceled|)$/.test(provisioningState);
}
