import { type Markup, markup } from './markup'

/** Number of colours for parts, in a fixed order: adjacent ones differ for colour-blind readers too. */
export const COLORS = 8

export const STYLE: Markup = markup`<style>
:root{color-scheme:light dark;--page:#f6f6f3;--card:#fff;--ink:#16181d;--soft:#5b606b;--line:#e2e2dc;--grid:#ecece7;
--c1:#2a78d6;--c2:#1a9e70;--c3:#d99100;--c4:#7a4fc9;--c5:#d6453d;--c6:#d4679a;--c7:#5f8a12;--c8:#d9662b;
--docker:#0e7c8b;--other:#a3a7ae;--free:#e9e9e4;--warn:#b42318}
@media (prefers-color-scheme:dark){:root{--page:#121417;--card:#1b1e23;--ink:#eceef1;--soft:#a0a6b1;--line:#2d3138;--grid:#262a30;
--c1:#4a94ea;--c2:#2fb487;--c3:#d9a12c;--c4:#9d7df0;--c5:#ea6a63;--c6:#dd7fae;--c7:#86b33a;--c8:#e8834e;
--docker:#3aa7b6;--other:#6d737d;--free:#2a2e35;--warn:#ff8f85}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1080px;margin:0 auto;padding:32px 20px 48px}
header p,.note{color:var(--soft);margin:4px 0 0}
h1{font-size:26px;line-height:1.2;margin:0}
h2{font-size:18px;margin:0 0 12px}
h3{font-size:14px;font-weight:600;margin:0;display:flex;align-items:center;gap:8px}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:20px 22px;margin-top:18px}
.tiles,.trends{display:grid;gap:14px;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));margin-top:22px}
.trends{margin-top:18px;grid-template-columns:repeat(auto-fill,minmax(260px,1fr))}
.tile{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:16px 18px}
.tile b{display:block;font-size:26px;line-height:1.25;font-weight:650}
.tile span{color:var(--soft);font-size:13px;display:block}
.tile.warn b{color:var(--warn)}
.trend{border:1px solid var(--line);border-radius:10px;padding:12px 14px}
.trend p{margin:2px 0 6px;font-size:13px;color:var(--soft)}
.trend p b{color:var(--ink);font-size:17px}
svg{display:block;width:100%}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:var(--soft)}
.bar{height:38px;border-radius:8px;overflow:hidden;background:var(--free)}
.legend{display:grid;grid-template-columns:repeat(auto-fill,minmax(230px,1fr));gap:4px 26px;list-style:none;margin:16px 0 0;padding:0}
.legend li{display:flex;align-items:center;gap:9px;border-bottom:1px solid var(--grid);padding:4px 0}
.legend span{margin-left:auto;font-variant-numeric:tabular-nums}
.legend small{color:var(--soft);width:48px;text-align:right;font-variant-numeric:tabular-nums}
i.dot{width:11px;height:11px;border-radius:3px;flex:none;background:var(--dot)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px}
th{color:var(--soft);font-weight:500;text-align:left;white-space:nowrap}
th,td{padding:7px 12px 7px 0;border-bottom:1px solid var(--grid);vertical-align:top}
tr:last-child td{border-bottom:0}
.n+td:not(.n),.n+th:not(.n){padding-left:28px}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
code{font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
.t{white-space:nowrap}
.id{min-width:150px;max-width:320px}
.who{min-width:90px}
.command{min-width:260px}
.wide-chart{min-width:620px}
.trend svg{max-width:420px}
section>.note{margin:-6px 0 12px}
.note.warn{color:var(--warn)}
.meter{display:block;height:9px;border-radius:5px;min-width:3px;background:var(--docker)}
.meter.unknown{background:var(--other)}
td.wide{width:45%;min-width:90px;padding-top:13px}
@media (max-width:640px){main{padding:20px 12px 32px}section{padding:16px 14px}.n+td:not(.n),.n+th:not(.n){padding-left:16px}}
@media print{section,.tile,.trend{break-inside:avoid}}
</style>`
