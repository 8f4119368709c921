import { refusal } from "./errors.ts";
import { invalidParameter } from "./request-body.ts";

/** Azure's own patterns (azure-facts 1.8). */
const clusterName = /^[a-z0-9](?:[\w-]{0,61}[a-z0-9])?$/i;
const linuxPoolName = /^[a-z][a-z0-9]{0,11}$/;
const dnsPrefix = /^[a-z0-9](?:[a-z0-9-]{0,52}[a-z0-9])?$/i;

export function checkClusterName(name: string): void {
  if (clusterName.test(name)) return;
  const text = `The cluster name '${name}' is not valid: it has 1 to 63 letters, digits, underscores and hyphens, and begins and ends with a letter or a digit.`;
  throw refusal(400, "InvalidParameter", text, { target: "name" });
}

const windowsPoolName = /^[a-z][a-z0-9]{0,5}$/;

export function checkPoolName(name: string, target: string, osType?: string): void {
  if (osType?.toLowerCase() === "windows" && !windowsPoolName.test(name)) {
    throw invalidParameter(target, "must have 1 to 6 lower-case letters and digits for a Windows pool");
  }
  if (!linuxPoolName.test(name)) {
    throw invalidParameter(target, "must have 1 to 12 lower-case letters and digits, and begin with a letter");
  }
}

export function checkDnsPrefix(prefix: string, target: string): void {
  if (!dnsPrefix.test(prefix)) {
    throw invalidParameter(
      target,
      "must have 1 to 54 letters, digits and hyphens, and begin and end with a letter or a digit",
    );
  }
}
