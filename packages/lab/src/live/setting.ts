/** What a run of the live lane and its twin in the virtual lane have in common. */

/**
 * Two nodes: whichever node the configuration service is on, replicas of its clients move after it. On a larger cluster it
 * is a matter of chance how many do. The default drain timeout of 30 minutes is a few seconds in compressed time, and the
 * apps that must move meanwhile are not compressed.
 */
export const laboratoryPlatform = { group: "lab", name: "lab", nodeCount: 2, drainTimeoutMinutes: 240 } as const;

/** What the routers need to learn of replicas that are new; a part of no change that is measured. */
export const spreadMs = 2_000;

/** So long callers wait for an answer. */
export const requestTimeoutMs = 3_000;

/** Who is answered later than this was served late. */
export const lateAfterMs = 1_000;
