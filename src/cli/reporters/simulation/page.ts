import { html, raw } from 'hono/html';
import type { Language } from '../../../engine/describe/language.ts';
import { fill } from './words.ts';

/** The frame of a report: one file that needs nothing else, runs no script and fetches nothing. */
export type Html = ReturnType<typeof html>;

/** What the frame itself says. */
export interface PageWords {
  lang: Language['tag'];
  skip: string;
  /** `{hash}`: of the ruleset. */
  madeBy: string;
}

export interface ReportPage {
  title: string;
  /** Absent where the verdict is neither good nor bad. */
  ok?: boolean;
  verdict: string;
  content: Html;
  rulesetHash: string;
}

/** A report opened from a disk has nobody else's policy: it brings its own. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

export async function renderPage(words: PageWords, page: ReportPage): Promise<string> {
  const { title, ok, verdict, content, rulesetHash } = page;
  const document = await html`<!doctype html>
<html lang="${words.lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${title} · Vigia</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<a class="skip" href="#content">${words.skip}</a>
<header><h1>${title}</h1>${verdictLine(ok, verdict)}</header>
<main id="content" tabindex="-1">
${content}
</main>
<footer><p>${fill(words.madeBy, { hash: rulesetHash.slice(0, 12) })}</p></footer>
</body>
</html>
`;
  return String(document);
}

/** A table that scrolls by itself where the window is narrow, also by keyboard. */
export function scrolling(label: string, table: Html): Html {
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${label}">${table}</div>`;
}

const STYLE = `
:root{color-scheme:light dark;--ink:#1c2430;--soft:#55606e;--paper:#fbfbf9;--card:#fff;--line:#d6dae0;--good:#0b6b3a;--bad:#b3261e;--all:#cfe8d8;--some:#e9f0d2;--link:#0b57a4}
@media (prefers-color-scheme:dark){:root{--ink:#e7eaee;--soft:#a9b3bf;--paper:#14181e;--card:#1c222a;--line:#3a434e;--good:#7fd6a4;--bad:#ff9e94;--all:#1d4a33;--some:#3a4320;--link:#8ec5ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
header,main,footer{max-width:72rem;margin:0 auto;padding:1rem}
h1{margin:.5rem 0 0;font-size:1.6rem}h2{margin:2rem 0 .5rem;font-size:1.25rem}h3{margin:0 0 .25rem;font-size:1.05rem}
p{margin:.4rem 0;overflow-wrap:anywhere}code,pre{font:.9em/1.45 ui-monospace,monospace}
.verdict{font-weight:600;font-size:1.1rem}.good{color:var(--good)}.bad{color:var(--bad)}.soft,footer{color:var(--soft)}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;padding:.5rem;background:var(--card);color:var(--link)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
main:focus{outline:none}
section.rule{margin:1rem 0;padding:1rem;background:var(--card);border:1px solid var(--line);border-radius:.5rem}
.name{color:var(--soft);font-weight:400;overflow-wrap:anywhere}.tag{padding:0 .4rem;border:1px solid currentColor;border-radius:.5rem;font-size:.8rem}
.scroll{overflow-x:auto;margin:.5rem 0}
table{border-collapse:collapse;font-size:.9rem}caption{text-align:left;color:var(--soft);padding:.25rem 0}
th,td{border:1px solid var(--line);padding:.3rem .5rem;text-align:left;vertical-align:top}
th{background:var(--card);font-weight:600}
tbody th{overflow-wrap:break-word}tbody td{min-width:5.5rem}td.wide{min-width:15rem}.matrix td.all{background:var(--all);font-weight:600}.matrix td.some{background:var(--some)}.matrix td.none{color:var(--soft)}
.matrix small{display:block;color:var(--soft);font-weight:400}
ul{margin:.25rem 0;padding-left:1.2rem}li{overflow-wrap:anywhere}
ul.plain{list-style:none;padding:0}ul.plain>li{margin:.4rem 0}
summary{cursor:pointer;color:var(--link)}a{color:var(--link)}
pre{overflow-x:auto;padding:.75rem;background:var(--card);border:1px solid var(--line);border-radius:.5rem}
@media print{.skip{display:none}details{display:block}}
`;

function verdictLine(ok: boolean | undefined, verdict: string): Html {
  if (ok === undefined) return html`<p class="verdict">${verdict}</p>`;
  return html`<p class="verdict ${ok ? 'good' : 'bad'}">${ok ? '✔' : '✖'} ${verdict}</p>`;
}
