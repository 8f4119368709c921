import { cpuMillicores, formatMemory, memoryMib } from "@fairway/model";
import fc from "fast-check";
import { expect, test } from "vitest";

test("cores and millicores", () => {
  expect([0.25, 0.29, 1, 0.0015, 2.5].map(cpuMillicores)).toEqual([250, 290, 1_000, 2, 2_500]);
});

test("memory", () => {
  expect(["512Mi", "0.5Gi", "1Gi", "1.5Gi", "0.3Gi"].map(memoryMib)).toEqual([512, 512, 1_024, 1_536, 308]);
  expect([512, 1_024, 1_536].map(formatMemory)).toEqual(["512Mi", "1Gi", "1536Mi"]);
  expect(() => memoryMib("5GB")).toThrow("5GB");
});

test("what is formatted reads back", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 1_000_000 }), (mib) => memoryMib(formatMemory(mib)) === mib));
});
