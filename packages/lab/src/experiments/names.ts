/** In the order in which they run: the split measures the two revisions that a release has left. */
export const experimentNames = ["release", "split", "upgrade", "calm-upgrade"] as const;
export type ExperimentName = (typeof experimentNames)[number];
