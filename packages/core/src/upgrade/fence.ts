import type { JournalLease } from "./journal.ts";
import type { UpgradePorts } from "./ports.ts";

/**
 * Awaited by whoever sends a call that changes something, last of all before it leaves. Rejects with `lease-held` when another
 * process drives by now: then nothing is sent.
 */
export type Fence = () => Promise<void>;

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
