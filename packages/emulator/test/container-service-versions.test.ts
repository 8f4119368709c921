import { describe, expect, it } from "vitest";
import { latestNodeImage } from "../src/world/container-service/node-image.ts";
import { parseTaint } from "../src/world/container-service/taints.ts";
import {
  allVersions,
  compareVersions,
  defaultVersion,
  resolveVersion,
  skewOf,
  upgradeStep,
  upgradesFrom,
} from "../src/world/container-service/versions.ts";
import { vmSize } from "../src/world/container-service/vm-sizes.ts";

describe("Kubernetes versions of AKS", () => {
  it("offers the newest patch of the minor before the newest one by default", () => {
    expect(defaultVersion).toBe("1.35.3");
    expect(resolveVersion("1.36")).toBe("1.36.1");
    expect(resolveVersion("1.36.9")).toBeUndefined();
    expect(resolveVersion("latest")).toBeUndefined();
  });

  it("goes one minor at a time", () => {
    expect(upgradeStep("1.34.1", "1.35.0", "KubernetesOfficial").kind).toBe("allowed");
    expect(upgradeStep("1.34.1", "1.34.4", "KubernetesOfficial").kind).toBe("allowed");
    expect(upgradeStep("1.34.1", "1.36.0", "KubernetesOfficial").kind).toBe("skips-minor");
    expect(upgradesFrom("1.34.2", "KubernetesOfficial")).toEqual(["1.34.4", "1.35.0", "1.35.1", "1.35.3"]);
  });

  it("never goes back", () => {
    for (const [index, from] of allVersions.entries()) {
      for (const to of allVersions.slice(0, index)) {
        expect(upgradeStep(from, to, "AKSLongTermSupport").kind).toBe("downgrade");
        expect(compareVersions(to, from)).toBeLessThan(0);
      }
    }
  });

  it("leaves an unsupported minor by a jump to the lowest supported one, the whole cluster together", () => {
    expect(upgradeStep("1.32.6", "1.34.1", "KubernetesOfficial")).toEqual({ kind: "allowed", wholeCluster: true });
    expect(upgradeStep("1.32.6", "1.35.0", "KubernetesOfficial").kind).toBe("skips-minor");
  });

  it("skips minors with long-term support", () => {
    expect(upgradeStep("1.32.6", "1.35.0", "AKSLongTermSupport")).toEqual({ kind: "allowed", wholeCluster: false });
  });

  it("lets a pool lag by three minors, and never lead", () => {
    expect(skewOf("1.35.1", "1.32.6")).toBe("ok");
    expect(skewOf("1.36.0", "1.32.6")).toBe("pool-too-old");
    expect(skewOf("1.35.1", "1.35.3")).toBe("pool-newer");
  });
});

describe("machines", () => {
  it("read cores, memory and quota family from a size's name", () => {
    expect(vmSize("Standard_D4s_v5")).toMatchObject({ family: "standardDSv5Family", vcpus: 4, memoryMiB: 16_384 });
    expect(vmSize("standard_b2s")).toMatchObject({ vcpus: 2, memoryMiB: 4_096 });
    expect(vmSize("Standard_DS2_v2")).toMatchObject({ vcpus: 2, memoryMiB: 7_168 });
    expect(vmSize("Standard_Enormous")).toBeUndefined();
  });

  it("get a new image every Monday", () => {
    const friday = Date.UTC(2026, 10, 27);
    expect(latestNodeImage(friday, "1.35.1", "Ubuntu")).toBe("AKSUbuntu-2404gen2containerd-202611.23.0");
    expect(latestNodeImage(friday + 3 * 86_400_000, "1.35.1", "Ubuntu")).toBe(
      "AKSUbuntu-2404gen2containerd-202611.30.0",
    );
    expect(latestNodeImage(friday, "1.34.1", "Ubuntu")).toBe("AKSUbuntu-2204gen2containerd-202611.23.0");
  });

  it("read taints as AKS writes them", () => {
    expect(parseTaint("sku=gpu:NoSchedule")).toEqual({ key: "sku", value: "gpu", effect: "NoSchedule" });
    expect(parseTaint("CriticalAddonsOnly:NoExecute")).toEqual({ key: "CriticalAddonsOnly", effect: "NoExecute" });
    expect(parseTaint("sku=gpu")).toBeUndefined();
  });
});
