import { describe, expect, it } from "vitest";
import { appBody, appPath, environmentPath, groupPath, startWorld, type TestWorld } from "./container-apps-world.ts";

const at = (path: string, version: string) => `${path}?api-version=${version}`;
const jobPath = `${groupPath}/providers/Microsoft.App/jobs/settle`;

function withResources(): TestWorld {
  const world = startWorld();
  world.settle(world.call("PUT", appPath, appBody()));
  const template = { containers: [{ name: "settle", image: "shop/settle:1", resources: { cpu: 0.5, memory: "1Gi" } }] };
  const configuration = { triggerType: "Manual", replicaTimeout: 60, manualTriggerConfig: {} };
  const properties = { environmentId: environmentPath, configuration, template };
  world.settle(world.call("PUT", jobPath, { location: "westeurope", properties }));
  world.kernel.runFor(60_000);
  return world;
}

describe("what a version of Microsoft.App shows", () => {
  const shown: [string, string, string[], string[]][] = [
    [appPath, "2024-03-01", ["stickySessions"], ["imageType", "runtime", "identitySettings", "pollingInterval"]],
    [
      appPath,
      "2025-01-01",
      ["runtime", "runningStatus", "identitySettings", "pollingInterval", "delegatedIdentities"],
      ["imageType", "targetLabel", "patchingMode", "targetPortHttpScheme", "revisionTransitionThreshold"],
    ],
    [appPath, "2025-02-02-preview", ["imageType", "targetLabel", "patchingMode", "targetPortHttpScheme"], []],
    [jobPath, "2025-01-01", ["identitySettings"], ["runningStatus", "imageType"]],
    [jobPath, "2026-07-01", ["runningState"], ["runningStatus", "imageType"]],
    [jobPath, "2025-02-02-preview", ["runningStatus", "imageType"], []],
    [
      environmentPath,
      "2025-01-01",
      ["openTelemetryConfiguration", "peerTrafficConfiguration"],
      ["availabilityZones", "diskEncryptionConfiguration", "ingressConfiguration", "publicNetworkAccess"],
    ],
    [environmentPath, "2025-07-01", ["ingressConfiguration", "publicNetworkAccess"], ["availabilityZones"]],
    [environmentPath, "2025-02-02-preview", ["availabilityZones", "diskEncryptionConfiguration"], []],
  ];

  it.each(shown)(
    "of %s in %s is what it has, and not what came later or stayed in preview",
    (path, version, has, lacks) => {
      const { call } = withResources();
      const one = call("GET", at(path, version)).body;
      const listed = call("GET", at(path.slice(0, path.lastIndexOf("/")), version)).body;
      expect(JSON.parse(JSON.stringify(listed))).toMatchObject({ value: [one] });
      const text = JSON.stringify(one);
      for (const member of has) expect(text).toContain(`"${member}"`);
      for (const member of lacks) expect(text).not.toContain(`"${member}"`);
    },
  );
});
