import { escapeHtml } from "../report/escape-html.ts";

/** `body`: its rows, as HTML. */
export function htmlTable(head: readonly string[], body: readonly string[]): string {
  const titles = head.map((title) => `<th>${escapeHtml(title)}</th>`).join("");
  return `<div class="scroll"><table>
<thead><tr>${titles}</tr></thead>
<tbody>${body.join("\n")}</tbody>
</table></div>`;
}

export function swatch(colour: string, text: string): string {
  return `<span><i style="background:${colour}"></i>${escapeHtml(text)}</span>`;
}
