import { canonicalJson, revisionSuffix } from "@fairway/core";
import fc from "fast-check";
import { expect, test } from "vitest";

const object = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });

test("the order of keys does not matter, anything else does", () => {
  fc.assert(
    fc.property(object, (value) => {
      const reversed = Object.fromEntries(Object.entries(value).toReversed());
      expect(revisionSuffix(reversed)).toBe(revisionSuffix(value));
      expect(revisionSuffix({ ...value, more: 1 })).not.toBe(revisionSuffix({ ...value, more: 2 }));
    }),
  );
});

test("it is eight characters, a letter first", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => /^[a-z][a-z0-9]{7}$/.test(revisionSuffix(value))));
});

test("it stays the same from release to release: revisions in production are named by it", () => {
  expect(revisionSuffix({ image: "shop:1", env: { A: "1" } })).toBe(
    revisionSuffix({ env: { A: "1" }, image: "shop:1" }),
  );
  expect(canonicalJson({ b: [1, { d: undefined, c: null }], a: "x" })).toBe('{"a":"x","b":[1,{"c":null}]}');
  expect(revisionSuffix({ image: "shop:1" })).toMatchInlineSnapshot(`"j7sk1imt"`);
});
