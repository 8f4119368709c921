/** In the order in which they run: the split measures the two revisions that a release has left. */
export const experimentNames = ["release", "split", "upgrade", "calm-upgrade"] as const;
/** Those that are run when none is named: upgrades with nothing going wrong are only there to be held against their twins. */
export const defaultExperiments = ["release", "split", "upgrade"] as const satisfies readonly ExperimentName[];
export type ExperimentName = (typeof experimentNames)[number];
