export interface VmSize {
  readonly name: string;
  /** As quota names it: `standardDSv5Family`. */
  readonly family: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
}

/** GiB of memory per vCPU by series: general purpose 4, compute 2, memory 8. B series: 4, but 2 for those without m. */
const gibPerVcpu: Readonly<Record<string, number>> = {
  A: 2,
  B: 4,
  D: 4,
  DC: 4,
  E: 8,
  EC: 8,
  F: 2,
  L: 8,
  M: 28,
  NC: 7,
  ND: 9,
  NV: 9,
};

/** The older DSv2 sizes say nothing of cores in their names. */
const oldSizes: Readonly<Record<string, { vcpus: number; gib: number }>> = {
  standard_ds1_v2: { vcpus: 1, gib: 3.5 },
  standard_ds2_v2: { vcpus: 2, gib: 7 },
  standard_ds3_v2: { vcpus: 4, gib: 14 },
  standard_ds4_v2: { vcpus: 8, gib: 28 },
  standard_ds5_v2: { vcpus: 16, gib: 56 },
};

/** Of the disk in the machine itself, which sizes with a `d` among their features have: 37.5 GB per vCPU (recorded); otherwise 0. */
export function localDiskGB(name: string): number {
  const match = /^standard_[de](\d{1,3})([a-z]*)_v[45]$/i.exec(name);
  const [, vcpus = "", features = ""] = match ?? [];
  return features.toLowerCase().includes("d") ? Number(vcpus) * 37.5 : 0;
}

/** Undefined for names that are no Azure VM size that we know how to read. Compared without case. */
export function vmSize(name: string): VmSize | undefined {
  const old = oldSizes[name.toLowerCase()];
  if (old) return { name, family: "standardDSv2Family", vcpus: old.vcpus, memoryMiB: old.gib * 1_024 };
  const match = /^standard_([a-z]{1,2}?)(\d{1,3})(?:-\d{1,3})?([a-z]*)(?:_(?!v\d)[a-z]+\d*)?(?:_v(\d))?$/i.exec(name);
  if (!match) return undefined;
  const [, letters = "", digits = "", features = "", version] = match;
  const series = letters.toUpperCase();
  const perVcpu = gibPerVcpu[series];
  const vcpus = Number(digits);
  if (perVcpu === undefined || vcpus === 0) return undefined;
  const small = features.toLowerCase().includes("l") || (series === "B" && !features.toLowerCase().includes("m"));
  const family = `standard${series}${features.toUpperCase()}${version ? `v${version}` : ""}Family`;
  return { name, family, vcpus, memoryMiB: vcpus * perVcpu * (small ? 512 : 1_024) };
}
