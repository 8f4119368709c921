import { timestamp } from "../store.ts";

/** Who made a resource and when, as ARM adds it: here always the application that `clientId` stands for. */
export function systemData(
  clientId: string,
  createdMs: number,
  changedMs: number = createdMs,
): Record<string, unknown> {
  return {
    createdBy: clientId,
    createdByType: "Application",
    createdAt: timestamp(createdMs),
    lastModifiedBy: clientId,
    lastModifiedByType: "Application",
    lastModifiedAt: timestamp(changedMs),
  };
}
