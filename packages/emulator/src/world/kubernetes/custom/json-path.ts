/** Reads values out of an object by a JSONPath of kubectl's dialect: members, indexes, `[*]` and `[?(@.a=="b")]`. */
export type PathReader = (object: unknown) => readonly unknown[];

type Step =
  | { readonly kind: "member"; readonly name: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "all" }
  | { readonly kind: "filter"; readonly path: PathReader; readonly equal: boolean; readonly value: string };

const stepPattern =
  /\.([A-Za-z0-9_\-/]+(?:\\\.[A-Za-z0-9_\-/]+)*)|\[\?\(@((?:\.[A-Za-z0-9_-]+)+)\s*(==|!=)\s*["']?([^"')]*)["']?\)\]|\[(\*)\]|\[(-?\d+)\]|\[["']([^"']+)["']\]|(\.\*)/y;

/** Undefined for a path that is not understood. */
export function compileJsonPath(path: string): PathReader | undefined {
  const steps: Step[] = [];
  const text = path.startsWith("$") ? path.slice(1) : path;
  // A pattern of its own: it keeps the place, and filters hold paths in turn.
  const pattern = new RegExp(stepPattern);
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    const step = match && stepOf(match);
    if (!step) return undefined;
    steps.push(step);
  }
  return (object) => steps.reduce<readonly unknown[]>(follow, [object]);
}

function stepOf(match: RegExpExecArray): Step | undefined {
  const [, member, filterPath, operator, value, all, index, quoted, allMembers] = match;
  if (member !== undefined) return { kind: "member", name: member.replaceAll("\\.", ".") };
  if (quoted !== undefined) return { kind: "member", name: quoted };
  if (all !== undefined || allMembers !== undefined) return { kind: "all" };
  if (index !== undefined) return { kind: "index", index: Number(index) };
  const path = filterPath === undefined ? undefined : compileJsonPath(filterPath);
  return path && { kind: "filter", path, equal: operator === "==", value: value ?? "" };
}

function follow(values: readonly unknown[], step: Step): readonly unknown[] {
  return values.flatMap((value) => next(value, step));
}

function next(value: unknown, step: Step): readonly unknown[] {
  if (typeof value !== "object" || value === null) return [];
  switch (step.kind) {
    case "member":
      return Object.hasOwn(value, step.name) ? [(value as Record<string, unknown>)[step.name]] : [];
    case "index":
      return Array.isArray(value) && value.at(step.index) !== undefined ? [value.at(step.index) as unknown] : [];
    case "all":
      return Object.values(value);
    case "filter":
      return Object.values(value).filter((item) =>
        step.path(item).some((found) => (String(found) === step.value) === step.equal),
      );
  }
}
