const reserved: ReadonlySet<string> = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

const escapes: Readonly<Record<string, string>> = {
  __: "__underscores__",
  ".": "__dot__",
  "-": "__dash__",
  "/": "__slash__",
};

/** The name under which CEL knows a property (apiserver: pkg/cel/escaping.go); undefined when it cannot. */
export function celName(property: string): string | undefined {
  if (reserved.has(property)) return `__${property}__`;
  if (!/^[a-zA-Z_./-][a-zA-Z0-9_./-]*$/.test(property)) return undefined;
  return property.replaceAll(/__|[-./]/g, (sign) => escapes[sign] ?? sign);
}
