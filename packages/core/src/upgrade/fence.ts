import type { JournalLease } from "./journal.ts";
import type { Fence, UpgradePorts } from "./ports.ts";

/** Ports whose targets and switchers change nothing any more once the lease is lost. */
export function fenced(ports: UpgradePorts, lease: Pick<JournalLease, "isSure" | "renew">): UpgradePorts {
  const fence: Fence = async () => {
    // Asking takes time too, in which a machine may stand still.
    while (!lease.isSure()) await lease.renew();
  };
  const { connect, switcher } = ports;
  return {
    ...ports,
    connect: (address) => connect(address, fence),
    ...(switcher ? { switcher: (reference) => switcher(reference, fence) } : {}),
  };
}
