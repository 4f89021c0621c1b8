// The looks of the report: one column that fits a telephone, colours by light, one of two languages, and paper.
import { colors, darkColors } from "../drawing/svg/series-style.ts";
import { colorRules } from "../drawing/svg/svg-document.ts";

const variables = (palette: readonly string[]): string =>
  palette.map((color, index) => `--s${index}:${color};`).join("");

const light = `--ink:#1c1c1c;--soft:#5b5b5b;--paper:#ffffff;--field:#f5f4f0;--line:#dcdad3;--accent:#0b5c8f;--good:#00694c;--bad:#a53d00;${variables(colors)}color-scheme:light;`;
const dark = `--ink:#e6e4df;--soft:#a5a29b;--paper:#15171a;--field:#1f2226;--line:#383c42;--accent:#7cc0ee;--good:#4fd1a5;--bad:#f79a62;${variables(darkColors)}color-scheme:dark;`;

export const pageStyle = `
:root{${light}}
@media (prefers-color-scheme:dark){:root:not([data-theme="light"]){${dark}}}
:root[data-theme="dark"]{${dark}}
:root[data-lang="en"] [lang="ja"],:root[data-lang="ja"] [lang="en"]{display:none}
*{box-sizing:border-box}
html{scroll-padding-top:1rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI","Hiragino Sans","Noto Sans CJK JP","Noto Sans JP",Meiryo,sans-serif}
main,header.top,footer{max-width:62rem;margin:0 auto;padding:0 1rem}
header.top{padding-top:1.5rem}
h1{font-size:1.7rem;line-height:1.25;margin:.2rem 0 .6rem}
h2{font-size:1.35rem;line-height:1.3;margin:0 0 .5rem;overflow-wrap:anywhere}
h3{font-size:1.05rem;margin:1.4rem 0 .4rem}
p{margin:.5rem 0;overflow-wrap:anywhere}
a{color:var(--accent)}
.soft{color:var(--soft)}
.switches{display:flex;flex-wrap:wrap;gap:.5rem 1.25rem;margin:.4rem 0 1rem}
.switches div{display:flex;gap:.3rem;align-items:center}
.switches button{font:inherit;font-size:.9rem;padding:.2rem .7rem;border:1px solid var(--line);border-radius:.4rem;background:var(--field);color:var(--ink);cursor:pointer}
.switches button[aria-pressed="true"]{background:var(--accent);color:var(--paper);border-color:var(--accent)}
:root:not([data-script]) .switches{display:none}
.notice{border-left:4px solid var(--bad);background:var(--field);padding:.6rem .9rem;margin:.8rem 0}
nav ol{list-style:none;margin:.3rem 0;padding:0;columns:19rem;column-gap:1.5rem}
nav li{display:grid;grid-template-columns:7.4rem 1fr;gap:.4rem;break-inside:avoid;padding:.12rem 0;font-size:.95rem;line-height:1.35}
nav li b{font-weight:600;font-size:.85rem;padding-top:.1rem}
nav .mark{white-space:nowrap;font-size:.85rem}
section.exercise{border-top:1px solid var(--line);padding-top:1.6rem;margin-top:2.2rem}
.id{display:inline-block;font-size:.95rem;font-weight:600;color:var(--soft);margin-right:.6rem}
.formula{background:var(--field);border-radius:.4rem;padding:.55rem .9rem;margin:.8rem 0;font-family:"Cambria Math","STIX Two Math","Latin Modern Math","Noto Sans Math",Cambria,Georgia,serif;font-size:1.05rem;line-height:1.7;overflow-wrap:anywhere}
.formula .line{display:block;padding-left:1.2rem;text-indent:-1.2rem}
code,pre{font-family:ui-monospace,"SFMono-Regular",Menlo,Consolas,monospace;font-size:.85rem}
pre{background:var(--field);border-radius:.4rem;padding:.5rem .8rem;margin:.5rem 0;white-space:pre-wrap;overflow-wrap:anywhere}
.scroll{overflow-x:auto;margin:.6rem 0}
table{border-collapse:collapse;font-size:.88rem;line-height:1.4}
caption{text-align:left;color:var(--soft);padding:.2rem 0;font-size:.88rem}
caption>span{position:sticky;left:0;display:inline-block;max-width:calc(100vw - 3rem);overflow-wrap:anywhere}
th,td{text-align:left;vertical-align:top;padding:.28rem .8rem .28rem 0;border-bottom:1px solid var(--line)}
thead th{font-weight:600;color:var(--soft)}
tbody th{font-weight:500}
td{font-variant-numeric:tabular-nums}
table.outcomes{width:100%}
table.few{width:auto}
.formula sub,.formula sup{font-size:.72em;line-height:0}
table.outcomes small,.soft small{color:var(--soft);font-size:.8rem}
table.outcomes small{display:block}
table.outcomes td,table.outcomes th{padding-right:.6rem}
table.outcomes th:first-child{min-width:6.5rem;overflow-wrap:anywhere}
table.outcomes td:nth-child(2){min-width:4.5rem}
table.outcomes td:last-child{min-width:4.2rem}
table.over td{white-space:nowrap}
tr.more td,tr.more th{border-bottom:0}
tr.below td{color:var(--soft);font-size:.8rem;padding-top:0}
:root:lang(ja) h1,:root:lang(ja) h2{word-break:auto-phrase}
table.data td{white-space:nowrap}
.inside{color:var(--good);font-weight:600;white-space:nowrap}
.outside{color:var(--bad);font-weight:600;white-space:nowrap}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,21rem),1fr));gap:1.1rem 1.4rem;align-items:start;margin:.8rem 0}
figure{margin:0;min-width:0;break-inside:avoid}
figure svg{display:block;width:100%;height:auto;max-width:30rem;font-family:inherit}
figcaption{font-weight:600;font-size:.92rem;margin-bottom:.25rem}
.links{font-size:.8rem;color:var(--soft);margin:.15rem 0 0}
details.variant{border:1px solid var(--line);border-radius:.5rem;padding:.1rem .9rem;margin:.7rem 0}
details.variant[open]{padding-bottom:.8rem}
details>summary{cursor:pointer;padding:.45rem 0}
details.variant>summary b{margin-right:.5rem;overflow-wrap:anywhere}
details.settings{margin:.5rem 0}
.verdict{padding-left:1.5rem;text-indent:-1.5rem;margin:.4rem 0}
.verdict i{display:inline-block;width:1.5rem;text-indent:0;font-style:normal;font-weight:700}
.verdict small{display:block;text-indent:0;color:var(--soft)}
footer{margin:3rem auto 2rem;color:var(--soft);font-size:.9rem}
${colorRules(
  colors.map((_, index) => `var(--s${index})`),
  "var(--ink)",
  "var(--paper)",
  "var(--line)",
)}
svg .over{fill:#ffffff}
@media (max-width:30rem){
table.over th,table.over td{padding-right:.25rem;min-width:0;font-size:.72rem}
table.over thead th{font-size:.64rem}
table.over th:first-child{min-width:4.5rem}
table.over td:nth-child(2),table.over td:last-child{min-width:0}
table.over small{white-space:normal;font-size:.66rem}
body{font-size:15px}
table.outcomes{font-size:.82rem}
}
@media print{
:root,:root[data-theme="dark"]{${light}}
:root:not([data-theme="light"]){${light}}
body{font-size:10.5pt}
main,header.top,footer{max-width:none;padding:0}
.switches,.links{display:none}
details.variant::details-content,details.settings::details-content{content-visibility:visible;block-size:auto}
section.exercise{break-before:page;border-top:0;margin-top:0}
figure,tr,pre{break-inside:avoid}
.scroll{overflow:visible}
.figures{grid-template-columns:repeat(2,1fr)}
a{color:inherit;text-decoration:none}
}`;

/** Sets language and light from the address, what was chosen before, or what the reader's system says. */
export const pageScript = `
(() => {
  const root = document.documentElement;
  root.dataset.script = "";
  const asked = new URLSearchParams(location.search);
  const kept = (key) => { try { return localStorage.getItem("tatami-report-" + key); } catch { return null; } };
  const keep = (key, value) => { try { localStorage.setItem("tatami-report-" + key, value); } catch {} };
  const titles = JSON.parse(root.dataset.titles);
  const set = {
    lang: (value) => { root.dataset.lang = root.lang = value; document.title = titles[value]; },
    theme: (value) => { if (value === "auto") delete root.dataset.theme; else root.dataset.theme = value; },
  };
  const first = {
    lang: asked.get("lang") ?? kept("lang") ?? (navigator.language.startsWith("ja") ? "ja" : "en"),
    theme: asked.get("theme") ?? kept("theme") ?? "auto",
  };
  const show = (key, value) => {
    set[key](value);
    for (const button of document.querySelectorAll("button[data-" + key + "]")) {
      button.setAttribute("aria-pressed", String(button.dataset[key] === value));
    }
  };
  if (!["en", "ja"].includes(first.lang)) first.lang = "en";
  if (!["auto", "light", "dark"].includes(first.theme)) first.theme = "auto";
  set.lang(first.lang);
  set.theme(first.theme);
  addEventListener("DOMContentLoaded", () => {
    for (const key of ["lang", "theme"]) {
      show(key, first[key]);
      for (const button of document.querySelectorAll("button[data-" + key + "]")) {
        button.addEventListener("click", () => { show(key, button.dataset[key]); keep(key, button.dataset[key]); });
      }
    }
    // what a link points into is to be seen
    const open = () => document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest("details")?.setAttribute("open", "");
    addEventListener("hashchange", open);
    open();
  });
})();`;
