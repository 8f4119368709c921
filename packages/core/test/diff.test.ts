import { diff, mergePatch } from "@fairway/core";
import fc from "fast-check";
import { expect, test } from "vitest";

test("leaf by leaf, named things by their name", () => {
  const before = { replicas: 1, containers: [{ name: "web", image: "web:1" }, { name: "log" }], ports: [80, 81] };
  const after = { replicas: 2, containers: [{ name: "log" }, { name: "web", image: "web:2" }], ports: [80] };
  expect(diff(before, after)).toEqual([
    { path: "replicas", before: 1, after: 2 },
    { path: "containers[web].image", before: "web:1", after: "web:2" },
    { path: "ports[1]", before: 81 },
  ]);
});

test("what the desired state does not mention is no change, when asked so", () => {
  const before = { a: 1, filledIn: true, nested: { b: 2, filledIn: null } };
  expect(diff(before, { a: 1, nested: { b: 3 } }, { missing: "kept" })).toEqual([
    { path: "nested.b", before: 2, after: 3 },
  ]);
});

test("a branch that comes or goes is told leaf by leaf, an empty one as it is", () => {
  expect(diff(undefined, { a: { b: 1, list: [2] }, empty: {} })).toEqual([
    { path: "a.b", after: 1 },
    { path: "a.list[0]", after: 2 },
    { path: "empty", after: {} },
  ]);
  expect(diff({ a: { b: 1 } }, { a: "text" })).toEqual([{ path: "a", before: { b: 1 }, after: "text" }]);
});

test("secrets are never shown, not even inside a branch that comes or goes", () => {
  const isSecret = (path: string) => /(^|\.)secrets\[[^\]]+\]\.value$/.test(path);
  const shop = { configuration: { secrets: [{ name: "key", value: "hunter2" }] } };
  expect(diff(undefined, shop, { isSecret })).toEqual([
    { path: "configuration.secrets[key].name", after: "key" },
    { path: "configuration.secrets[key].value", after: "(secret)" },
  ]);
  const changed = { configuration: { secrets: [{ name: "key", value: "hunter3" }] } };
  expect(diff(shop, changed, { isSecret })).toEqual([
    { path: "configuration.secrets[key].value", before: "(secret)", after: "(secret)" },
  ]);
});

test("equal values have no differences; null and absent are equal", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => diff(value, structuredClone(value)).length === 0));
  expect(diff({ a: null }, {})).toEqual([]);
});

test("a merge patch merges objects, removes with null and replaces the rest", () => {
  const target = { a: { b: 1, c: 2 }, list: [1, 2] };
  expect(mergePatch(target, { a: { b: null, d: 3 }, list: [9] })).toEqual({ a: { c: 2, d: 3 }, list: [9] });
  expect(target).toEqual({ a: { b: 1, c: 2 }, list: [1, 2] });
  expect(mergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}'))).toEqual({});
});
