/** A heading and a table; a word when there are no rows. States of Azure and Kubernetes are coloured. */
export function table(title: string, head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  if (rows.length === 0) return `<h2>${cell(title)}</h2><p class="none">none</p>`;
  const header = head.map((text) => `<th>${cell(text)}</th>`).join("");
  const body = rows.map((row) => `<tr>${row.map((value) => `<td${classOf(value)}>${cell(value)}</td>`).join("")}</tr>`);
  return `<h2>${cell(title)}</h2><table><thead><tr>${header}</tr></thead><tbody>${body.join("")}</tbody></table>`;
}

/** Text that means nothing but itself in HTML. */
export function cell(value: string | number): string {
  return String(value)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

const good = new Set(["Succeeded", "succeeded", "available", "running", "active"]);
const bad = new Set(["Failed", "failed", "unreachable", "canceled", "Canceled", "quarantined"]);

function classOf(value: string | number): string {
  if (good.has(String(value))) return ' class="good"';
  return bad.has(String(value)) ? ' class="bad"' : "";
}
