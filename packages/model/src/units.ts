/** `0.25` cores → 250. Fractions of a millicore are rounded up. */
export function cpuMillicores(cores: number): number {
  return Math.ceil(roundOff(cores * 1_000));
}

/** `512Mi` → 512, `0.5Gi` → 512. Fractions are rounded up. The text must have passed the app schema. */
export function memoryMib(text: string): number {
  const match = /^([0-9.]+)(Mi|Gi)$/.exec(text);
  if (!match) throw new Error(`Not an amount of memory: ${text}.`);
  return Math.ceil(roundOff(Number(match[1]) * (match[2] === "Gi" ? 1_024 : 1)));
}

/** 512 → `512Mi`, 2048 → `2Gi`. */
export function formatMemory(mib: number): string {
  return mib % 1_024 === 0 ? `${mib / 1_024}Gi` : `${mib}Mi`;
}

/** Takes away what binary fractions add: 0.29 * 1000 is 290.00000000000006 before. */
function roundOff(value: number): number {
  return Number(value.toFixed(6));
}
