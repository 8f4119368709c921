import type { NodeSpec } from "../cluster.ts";

const form = /^([\w./-]+)(?:=([\w.-]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/;

/** `key=value:NoSchedule`. Undefined when it has another form. */
export function parseTaint(text: string): NodeSpec["taints"][number] | undefined {
  const match = form.exec(text);
  if (!match) return undefined;
  const [, key = "", value, effect = ""] = match;
  return { key, effect, ...(value ? { value } : {}) };
}
