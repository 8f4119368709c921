export const experimentNames = ["release", "upgrade", "split"] as const;
export type ExperimentName = (typeof experimentNames)[number];
