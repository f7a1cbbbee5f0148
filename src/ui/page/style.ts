/** Light and dark by the reader's own setting, one column on a phone, every contrast at least 4.5 : 1. */
export const style = `
:root{color-scheme:light dark;--ink:#1c2128;--paper:#fff;--soft:#59636e;--line:#d1d9e0;--card:#f6f8fa;--there:#57606a;--mounted:#0757ba;--sent:#0f6b2f;--bad:#b3151f;--warn:#845300}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--soft:#9aa4af;--line:#3d444d;--card:#161b22;--there:#9aa4af;--mounted:#6cb0ff;--sent:#57d175;--bad:#ff8078;--warn:#e3b341}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:72rem;overflow-wrap:anywhere;margin:auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .5rem}
h2{font-size:1rem;margin:0;overflow-wrap:anywhere}
h3{font-size:.875rem;margin:1rem 0 0}
p{margin:.5rem 0}
code{font:.8125rem/1.5 ui-monospace,monospace;overflow-wrap:anywhere;user-select:all}
small{color:var(--soft);font-size:.8125rem;white-space:nowrap}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:1rem 0}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
section{border:1px solid var(--line);border-radius:.5rem;background:var(--card);margin:1rem 0;padding:1rem}
.word{display:inline-block;font-size:.8125rem;font-weight:600;border:1px solid;border-radius:1rem;padding:0 .625rem;margin:0 .5rem .25rem 0}
.promoted,.unchanged{color:var(--sent)}
.planned{color:var(--mounted)}
.withheld{color:var(--warn)}
.failed{color:var(--bad)}
.error{border-left:.25rem solid var(--bad);margin:.75rem 0 0;padding:.25rem .75rem}
.error pre{margin:.25rem 0 0;font:.8125rem/1.5 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
.bar{display:block;width:100%;height:.75rem;border-radius:.375rem;background:var(--line)}
.bar .existing{fill:var(--there)}
.bar .mounted{fill:var(--mounted)}
.bar .uploaded{fill:var(--sent)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:.5rem 0 0;padding:0}
.tree,.tree ul{list-style:none;margin:0;padding:0}
.tree{margin-top:.5rem}
.tree ul{border-left:1px solid var(--line);margin-left:.35rem;padding-left:1rem}
.tree li{padding:.125rem 0}
summary{cursor:pointer}
summary:focus-visible{outline:2px solid var(--mounted);outline-offset:2px}
.name{font-weight:600}
b{display:inline-block;margin-right:.375rem;font-size:.8125rem}
.tree li>b{min-width:5.5rem}
b::before{content:"";display:inline-block;width:.625rem;height:.625rem;margin-right:.375rem;background:currentColor}
.existing{color:var(--there)}
.mounted{color:var(--mounted)}
.uploaded{color:var(--sent)}
.none{color:var(--soft)}
b.none::before{background:none;border:1px solid}
b.mounted::before{border-radius:50%}
b.uploaded::before{transform:rotate(45deg) scale(.85)}
footer{color:var(--soft);font-size:.8125rem;margin-top:2rem}
@media(max-width:40rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}.tree ul{margin-left:.25rem;padding-left:.5rem}section{padding:.75rem}}
@media print{section{break-inside:avoid}}
`.replaceAll('\n', '');
