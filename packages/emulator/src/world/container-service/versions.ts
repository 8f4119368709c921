/** Kubernetes versions as AKS offers them, and which step from one to another it allows (azure-facts 1.1). */
interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

export type SupportPlan = "KubernetesOfficial" | "AKSLongTermSupport";

export interface MinorVersion {
  /** `1.36` */
  readonly name: string;
  readonly minor: number;
  /** Oldest first. */
  readonly patches: readonly string[];
  readonly support: "preview" | "community" | "long-term";
  readonly isDefault: boolean;
}

/**
 * The calendar of azure-facts 1.1 as it stood on 2026-08-05, the date of its source: the newest minor that is generally
 * available is N = 1.36; N-1 is the default; 1.33 and older live on with long-term support only; 1.37 is a preview.
 * The number of patches per minor is assumed.
 */
export const minorVersions: readonly MinorVersion[] = [
  minorVersion(32, [6, 9, 11], "long-term"),
  minorVersion(33, [3, 5, 8], "long-term"),
  minorVersion(34, [1, 2, 4], "community"),
  minorVersion(35, [0, 1, 3], "community", true),
  minorVersion(36, [0, 1], "community"),
  minorVersion(37, [0], "preview"),
];

function minorVersion(
  minor: number,
  patches: readonly number[],
  support: MinorVersion["support"],
  isDefault = false,
): MinorVersion {
  return { name: `1.${minor}`, minor, patches: patches.map((patch) => `1.${minor}.${patch}`), support, isDefault };
}

export const allVersions: readonly string[] = minorVersions.flatMap((minor) => minor.patches);

const defaultOne = minorVersions.find((minor) => minor.isDefault);

export const defaultVersion: string = latestPatch(defaultOne) ?? "";

/** What a cluster gets that names no version: the minor, so that it shows `1.35` and runs the newest patch of it (recorded). */
export const defaultMinor: string = defaultOne?.name ?? "";

/** Undefined unless `text` has the form `major.minor.patch`. */
function parseVersion(text: string): Version | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  return match ? { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) } : undefined;
}

/** Negative when `a` is older than `b`. Both have the form `major.minor.patch`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [versionOf(a), versionOf(b)];
  return left.major - right.major || left.minor - right.minor || left.patch - right.patch;
}

/** Minor versions from `older` to `newer`; negative when it is the other way round. */
export function minorDistance(older: string, newer: string): number {
  return versionOf(newer).minor - versionOf(older).minor;
}

/** A known full version for what a client wrote: itself, or the newest patch of `1.35`. Undefined when AKS has none such. */
export function resolveVersion(text: string): string | undefined {
  if (allVersions.includes(text)) return text;
  return latestPatch(minorVersions.find((minor) => minor.name === text));
}

export function minorOf(version: string): MinorVersion | undefined {
  return minorVersions.find((minor) => minor.patches.includes(version));
}

/** Plans under which a minor can be used; a preview counts as official. */
export function supportPlans(minor: MinorVersion): readonly SupportPlan[] {
  switch (minor.support) {
    case "preview":
      return ["KubernetesOfficial"];
    case "community":
      return ["KubernetesOfficial", "AKSLongTermSupport"];
    case "long-term":
      return ["AKSLongTermSupport"];
  }
}

/** What `from` can be upgraded to in one step, oldest first. */
export function upgradesFrom(from: string, plan: SupportPlan): readonly string[] {
  return allVersions.filter((to) => to !== from && upgradeStep(from, to, plan).kind === "allowed");
}

export type UpgradeStep =
  | {
      readonly kind: "allowed";
      /** Leaving an unsupported version may skip minors, but only together with the nodes. */
      readonly wholeCluster: boolean;
    }
  | { readonly kind: "downgrade" }
  | { readonly kind: "unknown" }
  | { readonly kind: "not-in-plan" }
  | { readonly kind: "skips-minor" };

export function upgradeStep(from: string, to: string, plan: SupportPlan): UpgradeStep {
  const target = minorOf(to);
  if (!target) return { kind: "unknown" };
  if (compareVersions(to, from) < 0) return { kind: "downgrade" };
  const distance = minorDistance(from, to);
  if (distance > 0 && !supportPlans(target).includes(plan)) return { kind: "not-in-plan" };
  if (distance <= 1) return { kind: "allowed", wholeCluster: false };
  if (plan === "AKSLongTermSupport") return { kind: "allowed", wholeCluster: false };
  const leavesSupport = minorOf(from)?.support !== "community" && minorOf(from)?.support !== "preview";
  if (leavesSupport && target === lowestSupported()) return { kind: "allowed", wholeCluster: true };
  return { kind: "skips-minor" };
}

function lowestSupported(): MinorVersion | undefined {
  return minorVersions.find((minor) => minor.support === "community");
}

/** Pools may be older than the control plane by this many minors (since 1.28). */
export const maxSkewMinors = 3;

export type Skew = "ok" | "pool-newer" | "pool-too-old";

export function skewOf(controlPlane: string, pool: string): Skew {
  if (compareVersions(pool, controlPlane) > 0) return "pool-newer";
  return minorDistance(pool, controlPlane) > maxSkewMinors ? "pool-too-old" : "ok";
}

function latestPatch(minor: MinorVersion | undefined): string | undefined {
  return minor?.patches.at(-1);
}

function versionOf(text: string): Version {
  const version = parseVersion(text);
  if (!version) throw new Error(`not a full Kubernetes version: ${text}`);
  return version;
}
