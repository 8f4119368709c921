import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fieldsOf, formatPath, fromFieldsV1, toFieldsV1 } from "../src/world/kubernetes/apply/field-set.ts";
import { builtInTypes } from "../src/world/kubernetes/generated/types.ts";
import { mergePatch } from "../src/world/kubernetes/patch/merge-patch.ts";
import { strategicMergePatch } from "../src/world/kubernetes/patch/strategic-merge-patch.ts";
import { humanDuration } from "../src/world/kubernetes/printing/cells.ts";
import { podStatus } from "../src/world/kubernetes/printing/pod-columns.ts";
import { parseProtobuf } from "../src/world/kubernetes/protobuf/decode.ts";
import { structType } from "../src/world/kubernetes/schema/schema.ts";
import { StatusError } from "../src/world/kubernetes/status-error.ts";
import { parseQuantity } from "../src/world/kubernetes/validation/quantities.ts";
import type { KubeObject } from "../src/world/objects.ts";

const podSpec = structType("V1PodSpec");

describe("merge patch", () => {
  // The table of RFC 7386, appendix A.
  it.each([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("makes of %j and %j: %j", (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result);
  });

  it("never changes its target, and gives the same when done twice", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (target, patch) => {
        const before = JSON.stringify(target);
        const once = mergePatch(target, patch);
        expect(JSON.stringify(target)).toBe(before);
        expect(mergePatch(once, patch)).toEqual(once);
      }),
    );
  });

  it("does not reach the prototype", () => {
    mergePatch({}, JSON.parse('{"__proto__": {"polluted": true}}'));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe("strategic merge patch", () => {
  const target = {
    containers: [
      { name: "a", image: "a:1", env: [{ name: "X", value: "1" }], ports: [{ containerPort: 80, protocol: "TCP" }] },
      { name: "b", image: "b:1" },
    ],
    tolerations: [{ key: "x" }],
    volumes: [{ name: "data", emptyDir: {} }],
  };

  it("merges keyed lists and replaces atomic ones", () => {
    const patch = {
      containers: [
        { name: "b", image: "b:2" },
        { name: "c", image: "c:1" },
      ],
      tolerations: [{ key: "y" }],
    };
    const result = strategicMergePatch(podSpec, target, patch) as unknown as typeof target;
    expect(result.containers.map(({ name, image }) => `${name}=${image}`)).toEqual(["a=a:1", "b=b:2", "c=c:1"]);
    expect(result.tolerations).toEqual([{ key: "y" }]);
  });

  it("obeys directives", () => {
    const patch = {
      "$setElementOrder/containers": [{ name: "b" }],
      containers: [{ name: "a", $patch: "delete" }],
      volumes: [{ name: "data", $retainKeys: ["name", "configMap"], configMap: { name: "settings" } }],
    };
    const result = strategicMergePatch(podSpec, target, patch);
    expect(result["containers"]).toEqual([{ name: "b", image: "b:1" }]);
    expect(result["volumes"]).toEqual([{ name: "data", configMap: { name: "settings" } }]);
    const replaced = strategicMergePatch(podSpec, target, {
      containers: [{ $patch: "replace" }, { name: "z", image: "z:1" }],
    });
    expect(replaced["containers"]).toEqual([{ name: "z", image: "z:1" }]);
    const metadata = strategicMergePatch(
      structType("V1ObjectMeta"),
      { finalizers: ["a", "b"] },
      { "$deleteFromPrimitiveList/finalizers": ["a"], finalizers: ["c"] },
    );
    expect(metadata).toEqual({ finalizers: ["c", "b"] });
  });

  it("orders items as asked", () => {
    const patch = {
      "$setElementOrder/containers": [{ name: "c" }, { name: "a" }],
      containers: [{ name: "c", image: "c" }],
    };
    const result = strategicMergePatch(podSpec, target, patch) as unknown as typeof target;
    expect(result.containers.map(({ name }) => name)).toEqual(["c", "a", "b"]);
  });
});

describe("field sets", () => {
  it("survive the way through fieldsV1", () => {
    const container = fc.record({
      name: fc.constantFrom("a", "b", "c"),
      image: fc.string(),
      args: fc.array(fc.string(), { maxLength: 2 }),
    });
    const spec = fc.record(
      {
        containers: fc.uniqueArray(container, { selector: ({ name }) => name, minLength: 1 }),
        nodeSelector: fc.dictionary(fc.string({ minLength: 1 }), fc.string()),
        restartPolicy: fc.string(),
        securityContext: fc.constant({}),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(spec, (value) => {
        const fields = fieldsOf(podSpec, value);
        expect([...fromFieldsV1(toFieldsV1(fields)).keys()].toSorted()).toEqual([...fields.keys()].toSorted());
      }),
    );
  });

  it("name fields as conflicts do", () => {
    const value = { containers: [{ name: "a", ports: [{ containerPort: 80 }] }] };
    const paths = [...fieldsOf(podSpec, value).values()].map(({ path }) => formatPath(path));
    expect(paths).toContain('.containers[name="a"].ports[containerPort=80,protocol="TCP"].containerPort');
  });
});

describe("what kubectl prints", () => {
  it.each([
    [0, "0s"],
    [119_000, "119s"],
    [120_000, "2m"],
    [303_000, "5m3s"],
    [11 * 60_000, "11m"],
    [3 * 3_600_000, "3h"],
    [3 * 3_600_000 + 300_000, "3h5m"],
    [26 * 3_600_000, "26h"],
    [50 * 3_600_000, "2d2h"],
    [9 * 86_400_000, "9d"],
    [800 * 86_400_000, "2y70d"],
  ])("shows %i ms as %s", (durationMs, expected) => {
    expect(humanDuration(durationMs)).toBe(expected);
  });

  it.each([
    ["Pending", { phase: "Pending" }],
    [
      "ContainerCreating",
      { phase: "Pending", containerStatuses: [{ state: { waiting: { reason: "ContainerCreating" } } }] },
    ],
    ["Running", { phase: "Running", containerStatuses: [{ ready: true, state: { running: {} } }] }],
    [
      "CrashLoopBackOff",
      { phase: "Running", containerStatuses: [{ state: { waiting: { reason: "CrashLoopBackOff" } } }] },
    ],
    [
      "OOMKilled",
      { phase: "Running", containerStatuses: [{ state: { terminated: { exitCode: 137, reason: "OOMKilled" } } }] },
    ],
    ["ExitCode:3", { phase: "Running", containerStatuses: [{ state: { terminated: { exitCode: 3 } } }] }],
    ["Evicted", { phase: "Failed", reason: "Evicted" }],
    ["Init:0/1", { phase: "Pending", initContainerStatuses: [{ state: { running: {} } }] }],
    [
      "Init:Error",
      { phase: "Pending", initContainerStatuses: [{ state: { terminated: { exitCode: 1, reason: "Error" } } }] },
    ],
  ])("shows a pod as %s", (expected, status) => {
    const spec = { containers: [{ name: "a" }], initContainers: [{ name: "i" }] };
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec, status } as KubeObject;
    expect(podStatus(pod)).toBe(expected);
    expect(podStatus({ ...pod, metadata: { name: "p", deletionTimestamp: "2026-01-01T00:00:00Z" } })).toBe(
      "Terminating",
    );
  });
});

describe("quantities", () => {
  it.each([
    ["250m", 0.25],
    ["1", 1],
    [2, 2],
    ["1.5", 1.5],
    ["1Gi", 2 ** 30],
    ["128M", 128e6],
    ["2e3", 2000],
    ["1Zi", undefined],
    ["lots", undefined],
    ["", undefined],
  ])("reads %j as %d", (text, expected) => {
    if (expected === undefined) expect(parseQuantity(text)).toBeUndefined();
    else expect(parseQuantity(text)).toBeCloseTo(expected);
  });
});

describe("protobuf", () => {
  const field = (number: number, ...values: (string | Uint8Array)[]) => {
    const value = Buffer.concat(values.map((one) => Buffer.from(one)));
    return Buffer.concat([Buffer.from([(number << 3) | 2, value.length]), value]);
  };

  it("reads what kubectl 1.36 approves a certificate with", () => {
    const condition = field(1, field(1, "Approved"), field(2, "KubectlApprove"), field(6, "True"));
    const object = field(2, field(1, field(1, "jane")), field(3, condition));
    const type = field(1, field(1, "certificates.k8s.io/v1"), field(2, "CertificateSigningRequest"));
    expect(parseProtobuf(Buffer.concat([Buffer.from("k8s\0"), type, object]))).toEqual({
      apiVersion: "certificates.k8s.io/v1",
      kind: "CertificateSigningRequest",
      metadata: { name: "jane" },
      status: { conditions: [{ type: "Approved", reason: "KubectlApprove", status: "True" }] },
    });
  });

  it("knows every kind that Kubernetes itself has, also those that came later", () => {
    for (const kind of ["ValidatingAdmissionPolicy", "ReplicationController", "DeviceClass", "ServiceCIDR"]) {
      const group = {
        ReplicationController: "v1",
        DeviceClass: "resource.k8s.io/v1",
        ServiceCIDR: "networking.k8s.io/v1",
      }[kind];
      const type = field(1, field(1, group ?? "admissionregistration.k8s.io/v1"), field(2, kind));
      const sent = Buffer.concat([Buffer.from("k8s\0"), type, field(2, field(1, field(1, "x")))]);
      expect(parseProtobuf(sent)).toMatchObject({ kind, metadata: { name: "x" } });
    }
  });

  it("refuses whatever is none, with 400", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        for (const body of [bytes, Buffer.concat([Buffer.from("k8s\0"), bytes])]) {
          try {
            parseProtobuf(body);
          } catch (error) {
            expect(error).toBeInstanceOf(StatusError);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("the generated type table", () => {
  it("knows every field that the installed client knows", async () => {
    const client: Readonly<Record<string, unknown>> = await import("@kubernetes/client-node");
    const missing = Object.entries(builtInTypes).flatMap(([name, fields]) => {
      const model = client[name] as { attributeTypeMap?: readonly { baseName: string }[] } | undefined;
      return (model?.attributeTypeMap ?? [])
        .filter(({ baseName }) => !(baseName in fields))
        .map(({ baseName }) => `${name}.${baseName}`);
    });
    expect(missing).toEqual([]);
  });
});
