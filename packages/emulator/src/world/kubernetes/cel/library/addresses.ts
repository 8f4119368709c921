import { BlockList, isIP } from "node:net";
import type { Environment } from "@marcbachmann/cel-js";
import { evaluationError } from "../errors.ts";
import { addressBits, canonicalAddress } from "./address-text.ts";

class Address {
  readonly text: string;
  readonly family: 4 | 6;

  constructor(text: string) {
    this.text = canonicalAddress(text);
    this.family = isIP(text) === 4 ? 4 : 6;
  }
}

class Range {
  readonly address: Address;
  readonly length: number;

  constructor(address: Address, length: number) {
    this.address = address;
    this.length = length;
  }
}

class Addresses {}

const addressType = "net.IP";
const rangeType = "net.CIDR";

/** Kubernetes' addresses and ranges of them (apiserver: pkg/cel/library/ip.go, cidr.go). */
export function addAddresses(environment: Environment): void {
  environment.registerType(addressType, Address);
  environment.registerType(rangeType, Range);
  environment.registerType("IPNamespace", Addresses);
  environment.registerConstant("ip", "IPNamespace", new Addresses());
  addOneAddress(environment);
  addRanges(environment);
}

function addOneAddress(environment: Environment): void {
  environment.registerOperator(
    `${addressType} == ${addressType}`,
    (one: Address, other: Address) => one.text === other.text,
  );
  environment.registerFunction(`ip(string): ${addressType}`, parseAddress);
  environment.registerFunction("isIP(string): bool", isAddress);
  environment.registerFunction(
    "IPNamespace.isCanonical(string): bool",
    (_: Addresses, text: string) => parseAddress(text).text === text,
  );
  environment.registerFunction(`string(${addressType}): string`, ({ text }: Address) => text);
  environment.registerFunction(`${addressType}.family(): int`, ({ family }: Address) => BigInt(family));
  for (const [name, judge] of Object.entries(judgements)) {
    environment.registerFunction(`${addressType}.${name}(): bool`, ({ text }: Address) => judge(text));
  }
}

const judgements: Readonly<Record<string, (text: string) => boolean>> = {
  isUnspecified: (text) => text === "0.0.0.0" || text === "::",
  isLoopback: (text) => text.startsWith("127.") || text === "::1",
  isLinkLocalMulticast: (text) => /^224\.0\.0\.|^ff.2:/.test(text),
  isLinkLocalUnicast: (text) => /^169\.254\.|^fe[89ab].:/.test(text),
  isGlobalUnicast: (text) =>
    !/^(0\.0\.0\.0|255\.255\.255\.255|::|::1)$|^127\.|^169\.254\.|^2(2[4-9]|3\d)\.|^ff..:|^fe[89ab].:/.test(text),
};

function addRanges(environment: Environment): void {
  environment.registerOperator(`${rangeType} == ${rangeType}`, (one: Range, other: Range) => {
    return one.address.text === other.address.text && one.length === other.length;
  });
  environment.registerFunction(`cidr(string): ${rangeType}`, parseRange);
  environment.registerFunction("isCIDR(string): bool", (text: string) => rangeOf(text) !== undefined);
  environment.registerFunction(`string(${rangeType}): string`, rangeText);
  environment.registerFunction(`${rangeType}.ip(): ${addressType}`, ({ address }: Range) => address);
  environment.registerFunction(`${rangeType}.prefixLength(): int`, ({ length }: Range) => BigInt(length));
  environment.registerFunction(`${rangeType}.masked(): ${rangeType}`, masked);
  environment.registerFunction(`${rangeType}.containsIP(${addressType}): bool`, holds);
  environment.registerFunction(`${rangeType}.containsIP(string): bool`, (range: Range, text: string) =>
    holds(range, parseAddress(text)),
  );
  environment.registerFunction(`${rangeType}.containsCIDR(${rangeType}): bool`, holdsRange);
  environment.registerFunction(`${rangeType}.containsCIDR(string): bool`, (range: Range, text: string) =>
    holdsRange(range, parseRange(text)),
  );
}

function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes("%") && !/^::ffff:\d+\./i.test(text);
}

function parseAddress(text: string): Address {
  if (isAddress(text)) return new Address(text);
  throw evaluationError(
    `IP Address ${JSON.stringify(text)} parse error during conversion from string: ${whyNot(text)}`,
  );
}

function whyNot(text: string): string {
  return `ParseAddr(${JSON.stringify(text)}): unable to parse IP`;
}

function rangeOf(text: string): Range | undefined {
  const [address = "", length = "", ...more] = text.split("/");
  if (more.length > 0 || !isAddress(address) || !/^(0|[1-9]\d{0,2})$/.test(length)) return undefined;
  return Number(length) <= (isIP(address) === 4 ? 32 : 128)
    ? new Range(new Address(address), Number(length))
    : undefined;
}

function parseRange(text: string): Range {
  const range = rangeOf(text);
  if (range) return range;
  const why = `netip.ParsePrefix(${JSON.stringify(text)}): no '/'`;
  throw evaluationError(`network address parse error during conversion from string: ${why}`);
}

function rangeText({ address, length }: Range): string {
  return `${address.text}/${length}`;
}

function masked({ address, length }: Range): Range {
  const { bits, textOf } = addressBits(address.text);
  const size = address.family === 4 ? 32n : 128n;
  const hidden = size - BigInt(length);
  return new Range(new Address(textOf((bits >> hidden) << hidden)), length);
}

function holds({ address, length }: Range, { text, family }: Address): boolean {
  if (family !== address.family) return false;
  const list = new BlockList();
  list.addSubnet(address.text, length, family === 4 ? "ipv4" : "ipv6");
  return list.check(text, family === 4 ? "ipv4" : "ipv6");
}

function holdsRange(range: Range, inner: Range): boolean {
  return inner.length >= range.length && holds(range, inner.address);
}
