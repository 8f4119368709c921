import { FairwayError } from "@fairway/model";

/** A minor version that the model offers, with its patches. */
export interface OfferedMinor {
  readonly minor: string;
  readonly patches: readonly string[];
  readonly isLongTermOnly: boolean;
}

/** The version itself, or else the newest patch of its minor that is no newer, or else the oldest. Throws `upgrade-invalid`. */
export function modelVersion(
  version: string,
  offered: readonly OfferedMinor[],
): { readonly version: string; readonly isLongTermOnly: boolean } {
  const minor = version.split(".").slice(0, 2).join(".");
  const found = offered.find((one) => one.minor === minor);
  const patches = (found?.patches ?? []).toSorted((a, b) => patchOf(a) - patchOf(b));
  const isWhole = version.split(".").length > 2;
  const nearest = isWhole
    ? (patches.findLast((one) => patchOf(one) <= patchOf(version)) ?? patches[0])
    : patches.at(-1);
  if (!found || nearest === undefined) {
    const known = offered.map((one) => one.minor).toSorted();
    throw new FairwayError("upgrade-invalid", `The model knows no Kubernetes ${version}.`, {
      hint: `It knows ${known.join(", ")}.`,
      path: "version",
    });
  }
  return { version: nearest, isLongTermOnly: found.isLongTermOnly };
}

function patchOf(version: string): number {
  return Number(version.split(".")[2] ?? 0);
}

/** Sizes whose cores and memory the model reads from their names. */
const knownSize =
  /^Standard_((A|B|D|DC|E|EC|F|L|M|NC|ND|NV)\d{1,3}(-\d{1,3})?[a-z]*(_(?!v\d)[A-Za-z]+\d+)?(_v\d)?|DS[1-5]_v2)$/;

/** The size itself, or one of the general series with as many cores as its nodes have. */
export function modelSize(
  vmSize: string,
  allocatable: { readonly cpuMillicores: number; readonly memoryMib: number } | undefined,
): string {
  if (knownSize.test(vmSize)) return vmSize;
  const cores = [2, 4, 8, 16, 32, 48, 64, 96].find((one) => one * 1_000 >= (allocatable?.cpuMillicores ?? 4_000)) ?? 96;
  const perCore = (allocatable?.memoryMib ?? cores * 4_096) / cores;
  return `Standard_${perCore > 4_500 ? "E" : "D"}${cores}s_v5`;
}
