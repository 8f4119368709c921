import { readFile } from "node:fs/promises";
import { type ConnectOptions, connect } from "@fairway/sdk";
import type { ContractFixture } from "./target-contract.ts";

/**
 * The target in FAIRWAY_TEST_TARGET, when it is one of this scheme; the suite then runs against it with public images.
 * FAIRWAY_ARM_ENDPOINT and FAIRWAY_ARM_CA, as `fairway emulator` prints them, make it one of an embedded Azure.
 */
export function realTarget(scheme: "aca" | "aks"): (() => Promise<ContractFixture>) | undefined {
  const address = process.env["FAIRWAY_TEST_TARGET"];
  if (!address?.startsWith(`${scheme}://`)) return undefined;
  return async () => {
    const target = await connect(address, await connectOptions());
    return {
      target,
      port: 80,
      // Three versions of a server of static pages that answers on every start with 200 on `/`.
      images: {
        one: "mcr.microsoft.com/azurelinux/base/nginx:1.25",
        two: "mcr.microsoft.com/azurelinux/base/nginx:1.26",
        three: "mcr.microsoft.com/azurelinux/base/nginx:1",
        missing: "mcr.microsoft.com/azurelinux/base/nginx:does-not-exist",
      },
      [Symbol.asyncDispose]: () => target.close(),
    };
  };
}

async function connectOptions(): Promise<ConnectOptions> {
  const endpoint = process.env["FAIRWAY_ARM_ENDPOINT"];
  if (!endpoint) return {};
  const authority = process.env["FAIRWAY_ARM_CA"];
  return { arm: { endpoint, ...(authority ? { caCertificate: await readFile(authority, "utf8") } : {}) } };
}
