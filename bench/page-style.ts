/** How the page of a run looks, by day and by night. */
export const css = `
:root {
  color-scheme: light dark;
  --paper: #fbfbfa; --card: #ffffff; --ink: #1d2329; --soft: #5d6873; --rule: #dfe3e6; --bar: #b3bcc5; --dot: #55606b;
  --ours: #0b6e6e; --met: #17703a; --missed: #b3371f;
  --c0: #0b6e6e; --c1: #d1603d; --c2: #5b5bd6; --c3: #b8860b; --c4: #9b3f8f; --c5: #6b7785;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181b; --card: #1b2024; --ink: #e6eaed; --soft: #9aa6b0; --rule: #333b42; --bar: #56616b; --dot: #aab5bf;
    --ours: #3fb8b0; --met: #62c98a; --missed: #ff8b6f;
    --c0: #3fb8b0; --c1: #f08a67; --c2: #9a9af8; --c3: #e0b23f; --c4: #d986cd; --c5: #9aa6b0;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; }
main { max-width: 1060px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { margin: 0; font-size: 28px; }
h2 { margin: 0 0 4px; font-size: 18px; }
.lead { margin: 4px 0 20px; font-size: 17px; }
.facts { display: flex; flex-wrap: wrap; gap: 8px 28px; margin: 0 0 16px; padding: 12px 0; border-block: 1px solid var(--rule); }
.facts dt { color: var(--soft); font-size: 12px; }
.facts dd { margin: 0; }
section { margin-top: 20px; padding: 20px 22px; background: var(--card); border: 1px solid var(--rule); border-radius: 8px; }
.axis { margin: 0 0 10px; color: var(--soft); font-size: 13px; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
.bars { overflow-x: auto; } .bars svg { min-width: 620px; max-width: 860px; }
svg text { fill: var(--ink); font-size: 13px; dominant-baseline: central; }
svg text.name.ours { font-weight: 700; }
svg text.note, svg text.tick { fill: var(--soft); font-size: 12px; }
.bar { fill: var(--bar); } .bar.ours { fill: var(--ours); }
.round { fill: var(--dot); stroke: var(--card); stroke-width: 1; }
.goal { stroke-width: 2.5; } .goal.met { stroke: var(--met); } .goal.missed { stroke: var(--missed); }
.grid { stroke: var(--rule); }
.mark { stroke: var(--soft); stroke-dasharray: 4 4; }
.line { fill: none; stroke-width: 2; stroke: var(--c); } .dot { fill: var(--c); stroke: var(--c); stroke-width: 2; } .dot.open { fill: var(--card); }
${[0, 1, 2, 3, 4, 5].map((index) => `.s${index} { --c: var(--c${index}); }`).join(' ')}
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(320px, 1fr)); gap: 12px 24px; }
figure { margin: 0; } figcaption { color: var(--soft); font-size: 13px; text-align: center; }
.legend, .goals { list-style: none; margin: 0 0 8px; padding: 0; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; }
.legend i { display: inline-block; width: 12px; height: 12px; margin-right: 6px; border-radius: 50%; background: var(--c); vertical-align: -1px; }
.goals { margin: 14px 0 0; }
.table { margin-top: 14px; overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th { color: var(--soft); font-weight: 500; } th, td { padding: 4px 12px 4px 0; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th:first-child, td:first-child, th:last-child, td:last-child { text-align: left; } th:last-child, td:last-child { min-width: 210px; padding-left: 16px; white-space: normal; }
.met { color: var(--met); } .missed { color: var(--missed); }
`;
