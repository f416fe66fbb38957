/** The page's look: after Slack's, light and dark by the system, from a phone to a wide screen. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --side: light-dark(#3f0e40, #19171d);
  --side-text: light-dark(#e3d6e4, #cfcdd3);
  --side-strong: #fff;
  --side-current: light-dark(#1164a3, #1164a3);
  --page: light-dark(#fff, #1a1d21);
  --raised: light-dark(#fff, #222529);
  --text: light-dark(#1d1c1d, #e8e8ea);
  --dim: light-dark(#616061, #a3a4a8);
  --line: light-dark(#e3e2e4, #36383d);
  --hover: light-dark(#f8f8f8, #212428);
  --link: light-dark(#1264a3, #64b5e8);
  --mention-back: light-dark(#e8f5fa, #1b3a4d);
  --code: light-dark(#c01343, #f2718f);
  --code-back: light-dark(#f6f6f7, #26292e);
  --green: light-dark(#007a5a, #0a7d5f);
  --red: light-dark(#d01654, #d3275f);
  --flash: light-dark(#fff6d6, #3a3523);
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0; height: 100dvh; display: grid; grid-template-columns: 250px minmax(0, 1fr);
  background: var(--page); color: var(--text);
  font: 15px/1.47 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Helvetica, Arial, sans-serif;
}
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 4px; }
p, h1, h2, h3, ol, ul { margin: 0; padding: 0; }
ol, ul { list-style: none; }

.side { background: var(--side); color: var(--side-text); padding: 14px 8px; overflow-y: auto; border-right: 1px solid var(--line); }
.team { padding: 0 8px 14px; margin: 0 -8px 14px; border-bottom: 1px solid rgb(255 255 255 / .12); padding-inline: 16px; color: var(--side-strong); font-weight: 800; font-size: 18px; }
.team small { display: block; color: var(--side-text); font-weight: 400; font-size: 12px; }
.side h2 { font-size: 13px; font-weight: 500; padding: 4px 8px; }
#channels a { display: flex; gap: 8px; align-items: center; color: inherit; padding: 4px 8px; border-radius: 6px; min-height: 30px; }
#channels a:hover { background: rgb(255 255 255 / .1); text-decoration: none; }
#channels a[aria-current] { background: var(--side-current); color: #fff; }
#channels a.unread { color: var(--side-strong); font-weight: 700; }
#channels .name { flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.hash { opacity: .7; }
.badge { background: #cd2553; color: #fff; border-radius: 10px; padding: 0 7px; font-size: 12px; font-weight: 700; line-height: 18px; }

main { display: grid; grid-template-rows: auto minmax(0, 1fr) auto; min-height: 0; position: relative; }
.top { display: flex; align-items: baseline; gap: 12px; padding: 12px 20px; border-bottom: 1px solid var(--line); min-width: 0; }
.top h1 { font-size: 18px; font-weight: 800; white-space: nowrap; }
.top h1 span { color: var(--dim); font-weight: 400; margin-right: 3px; }
.purpose { color: var(--dim); font-size: 13px; flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.members { color: var(--dim); font-size: 13px; white-space: nowrap; }
.scroll { overflow-y: auto; overscroll-behavior: contain; padding-bottom: 12px; }
#messages { display: flex; flex-direction: column; justify-content: flex-end; min-height: 100%; }
.composer { margin: 0 20px 20px; padding: 10px 14px; border: 1px solid var(--line); border-radius: 8px; color: var(--dim); font-size: 13px; }
.jump { position: absolute; bottom: 84px; left: 50%; translate: -50% 0; border: 0; border-radius: 16px; padding: 6px 14px; background: var(--link); color: var(--page); font: inherit; font-size: 13px; font-weight: 700; cursor: pointer; box-shadow: 0 2px 8px rgb(0 0 0 / .3); }
.offline { position: absolute; top: 60px; left: 50%; translate: -50% 0; background: var(--red); color: #fff; border-radius: 6px; padding: 4px 12px; font-size: 13px; }

.empty { margin: auto; padding: 40px 24px; text-align: center; color: var(--dim); display: grid; gap: 4px; }
.empty strong { color: var(--text); font-size: 17px; }
.day { display: flex; justify-content: center; position: relative; margin: 10px 0 4px; }
.day::before { content: ""; position: absolute; inset: 50% 0 auto; border-top: 1px solid var(--line); }
.day span { position: relative; background: var(--page); border: 1px solid var(--line); border-radius: 14px; padding: 2px 14px; font-size: 13px; font-weight: 700; }
.day span::first-letter { text-transform: uppercase; }

.message { display: grid; grid-template-columns: 36px minmax(0, 1fr); gap: 0 10px; padding: 8px 20px; }
.message:hover { background: var(--hover); }
.message:target { background: var(--flash); }
.avatar { width: 36px; height: 36px; border-radius: 8px; display: grid; place-items: center; color: #fff; font-weight: 700; font-size: 14px; margin-top: 3px; }
.avatar.bot { background: linear-gradient(140deg, #0b6e69, #12344d); }
.tone-0 { background: #7c3aed; } .tone-1 { background: #b45309; } .tone-2 { background: #0f766e; }
.tone-3 { background: #be185d; } .tone-4 { background: #1d4ed8; } .tone-5 { background: #4d7c0f; }
.meta { display: flex; align-items: baseline; gap: 6px; flex-wrap: wrap; }
.author { font-weight: 800; }
.app-tag { background: var(--line); color: var(--dim); font-size: 10px; font-weight: 700; text-transform: uppercase; border-radius: 3px; padding: 1px 4px; translate: 0 -1px; }
.time { color: var(--dim); font-size: 12px; font-variant-numeric: tabular-nums; }
.note { color: var(--dim); font-size: 13px; }
.text, .plain, .field { overflow-wrap: anywhere; }
.plain { white-space: pre-wrap; }
.mention { color: var(--link); background: var(--mention-back); border-radius: 3px; padding: 0 2px; }
code { color: var(--code); background: var(--code-back); border: 1px solid var(--line); border-radius: 3px; padding: 1px 4px; font: 12px/1.5 ui-monospace, Menlo, Consolas, "Noto Sans Mono", monospace; overflow-wrap: anywhere; }
pre { margin: 4px 0; padding: 8px; background: var(--code-back); border: 1px solid var(--line); border-radius: 4px; font: 12px/1.5 ui-monospace, Menlo, Consolas, "Noto Sans Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
blockquote { margin: 0; padding-left: 12px; border-left: 4px solid var(--line); }

.attachment { display: grid; grid-template-columns: 4px minmax(0, 1fr); gap: 12px; margin: 4px 0; max-width: 680px; }
.bar { width: 4px; height: 100%; border-radius: 2px; }
.attachment-body { padding: 2px 0; display: grid; gap: 6px; }
.attachment-title { font-weight: 700; }
.body > .section, .body > .context, .body > .actions, .body > .fields { margin: 4px 0; max-width: 680px; }
.block-header { font-size: 18px; font-weight: 800; line-height: 1.3; overflow-wrap: anywhere; }
.section { display: flex; gap: 16px; align-items: flex-start; }
.section-main { flex: 1; min-width: 0; display: grid; gap: 6px; }
.fields { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px 16px; }
.context { display: flex; flex-wrap: wrap; gap: 2px 8px; color: var(--dim); font-size: 13px; }
.actions { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 2px; }
.button { display: inline-block; border: 1px solid light-dark(#bbbabb, #565856); border-radius: 6px; padding: 3px 12px; font-size: 13px; font-weight: 700; color: var(--text); background: var(--raised); cursor: default; max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
a.button, button.button, select.button { cursor: pointer; }
button.button, select.button { font: inherit; font-size: 13px; font-weight: 700; }
button.button:hover, select.button:hover { filter: brightness(.96); }
.button:disabled { opacity: .55; cursor: default; }
.failed { color: var(--red); }
.button.primary { background: var(--green); border-color: var(--green); color: #fff; }
.button.danger { background: var(--red); border-color: var(--red); color: #fff; }
hr { border: 0; border-top: 1px solid var(--line); margin: 8px 0; width: 100%; }

.edits { color: var(--dim); font-size: 12px; margin-top: 2px; }
.edits summary { cursor: pointer; width: fit-content; list-style: none; }
.edits summary::-webkit-details-marker { display: none; }
.edits summary:hover { color: var(--link); text-decoration: underline; }
.edits ol { margin: 6px 0 0; padding-left: 12px; border-left: 2px solid var(--line); display: grid; gap: 8px; max-width: 680px; }
.edits li { display: grid; grid-template-columns: 44px minmax(0, 1fr); opacity: .85; }
.thread { grid-column: 2; margin-top: 4px; border-left: 2px solid var(--line); padding-left: 10px; }
.thread-count { color: var(--link); font-size: 13px; font-weight: 700; }
.message.reply { grid-template-columns: 24px minmax(0, 1fr); gap: 0 8px; padding: 4px 0; }
.message.reply .avatar { width: 24px; height: 24px; border-radius: 6px; font-size: 10px; }
.message.reply .avatar svg { width: 16px; height: 16px; }

@media (prefers-reduced-motion: no-preference) {
  .fresh { animation: arrive .35s ease-out; }
  .changed { animation: flash 1.6s ease-out; }
  @keyframes arrive { from { opacity: 0; transform: translateY(8px); } }
  @keyframes flash { from { background: var(--flash); } }
}
@media (max-width: 760px) {
  body { grid-template-columns: minmax(0, 1fr); grid-template-rows: auto minmax(0, 1fr); }
  .side { display: flex; align-items: center; gap: 4px; padding: 6px 8px; overflow-x: auto; border-right: 0; }
  .side h2, .team { display: none; }
  #channels { display: flex; gap: 2px; }
  #channels a { gap: 3px; white-space: nowrap; min-height: 36px; }
  .top { padding: 10px 14px; }
  .members { display: none; }
  .message { padding: 8px 14px; }
  .composer { margin: 0 14px 14px; }
}
@media (max-width: 420px) {
  .fields { grid-template-columns: minmax(0, 1fr); }
}
`;
