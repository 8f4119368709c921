import { isIP } from "node:net";

/** An address in the one form in which it is written. */
export function canonicalAddress(text: string): string {
  return isIP(text) === 6 ? new URL(`http://[${text}]/`).hostname.slice(1, -1) : text;
}

/** An address as a number, and the way back. */
export function addressBits(text: string): { readonly bits: bigint; textOf(bits: bigint): string } {
  return isIP(text) === 6
    ? { bits: bitsOfSix(text), textOf: textOfSix }
    : { bits: bitsOfFour(text), textOf: textOfFour };
}

function bitsOfFour(text: string): bigint {
  return text.split(".").reduce((bits, part) => bits * 256n + BigInt(part), 0n);
}

function textOfFour(bits: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join(".");
}

function bitsOfSix(text: string): bigint {
  const [head = "", tail = ""] = text.split("::");
  const words = (part: string): string[] => (part === "" ? [] : part.split(":"));
  const gap = text.includes("::") ? 8 - words(head).length - words(tail).length : 0;
  const all = [...words(head), ...Array.from({ length: gap }, () => "0"), ...words(tail)];
  return all.reduce((bits, word) => bits * 65_536n + BigInt(`0x${word}`), 0n);
}

function textOfSix(bits: bigint): string {
  const words = Array.from({ length: 8 }, (_, index) => ((bits >> BigInt((7 - index) * 16)) & 65_535n).toString(16));
  return canonicalAddress(words.join(":"));
}
