import { ArmError } from "../../world/arm/provider.ts";

const form = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(-[a-z]+)?$/;

/** What Azure Resource Manager itself lists; any later date is taken as well. */
const platformVersions = [
  "2025-04-01",
  "2024-11-01",
  "2024-07-01",
  "2024-03-01",
  "2023-07-01",
  "2022-12-01",
  "2021-04-01",
];

/** The newest of the platform itself. */
export const platformVersion = "2025-04-01";

/** The `api-version` of a call. Throws when it is absent or is no date. Parameter names are compared without case. */
export function apiVersionOf(query: URLSearchParams): string {
  const version = [...query].find(([name]) => name.toLowerCase() === "api-version")?.[1];
  if (!version) {
    const text = "The api-version query parameter (?api-version=) is required for all requests.";
    throw new ArmError(400, "MissingApiVersionParameter", text);
  }
  if (form.test(version)) return version.toLowerCase();
  throw invalidVersion(version);
}

/** Of a call that the platform itself answers. */
export function checkPlatformVersion(version: string): void {
  if (isFromTheFuture(version, platformVersions)) throw invalidVersion(version);
}

function invalidVersion(version: string): ArmError {
  const shown = version.slice(0, 40).replaceAll(/[^\w.-]/g, "?");
  const text = `The api-version '${shown}' is invalid. The supported versions are '${platformVersions.join(",")}'.`;
  return new ArmError(400, "InvalidApiVersionParameter", text);
}

/** More than two years behind the newest: nobody has published it, clients newer than this list are not meant. */
function isFromTheFuture(version: string, [newest = ""]: readonly string[]): boolean {
  return Number(version.slice(0, 4)) > Number(newest.slice(0, 4)) + 2;
}

/** `supported` is newest first: everything from the oldest on is taken, and somewhat beyond the newest. Throws for others, as for a type that has none. */
export function checkApiVersion(version: string, supported: readonly string[], type: string, locations: string): void {
  const oldest = supported.at(-1);
  if (oldest === undefined) return;
  if (version.slice(0, 10) >= oldest.slice(0, 10) && !isFromTheFuture(version, supported)) return;
  const text = `No registered resource provider found for location '${locations}' and API version '${version}' for type '${type}'. The supported api-versions are '${supported.join(", ")}'. The supported locations are '${locations}'.`;
  throw new ArmError(400, "NoRegisteredProviderFound", text);
}
