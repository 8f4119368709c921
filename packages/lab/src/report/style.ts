/** Follows the reader's theme; wide tables and pictures scroll inside themselves. */
export const style = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1c2128; --soft: #59636e; --line: #d8dee4; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e6e9ed; --soft: #9aa4af; --line: #2c333b; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1000px; margin: 0 auto; padding: 24px 16px 64px; }
h1 { font-size: 1.6rem; line-height: 1.25; }
h2 { font-size: 1.15rem; margin-top: 2.4rem; }
h2 small { color: var(--soft); font-weight: 400; }
.lead, .small { color: var(--soft); }
.small { font-size: .85rem; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: 6px 10px; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.badge { display: inline-block; padding: 1px 8px; border-radius: 10px; font-size: .8rem; font-weight: 600; color: #fff; }
.safe { background: #1f7a50; } .degraded { background: #9a6700; } .outage { background: #b3261e; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; font-size: .8rem; color: var(--soft); margin-bottom: 0; }
.legend i { display: inline-block; width: 10px; height: 10px; margin-right: 6px; border-radius: 2px; }
.events { width: auto; } .events td { border: 0; padding: 1px 10px 1px 0; }
a { color: inherit; }
summary { cursor: pointer; color: var(--soft); }
`;
