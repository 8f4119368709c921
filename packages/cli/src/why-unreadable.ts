/** Of an error of the file system, for the end of a sentence. */
export function whyUnreadable(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return { ENOENT: "it does not exist", EISDIR: "it is a folder", EACCES: "you may not read it" }[code] ?? code;
}
