// One stylesheet, made by script: it needs no permission in the page's content policy, and the page's own rules do not reach it.
export const sheet = new CSSStyleSheet();
sheet.replaceSync(`
:host { display: block !important; visibility: visible !important; opacity: 1 !important; }
.launcher, .panel {
  all: initial; position: fixed; z-index: 2147483647; inset: auto 16px 16px auto; box-sizing: border-box; color: var(--ink); background: var(--paper);
  color-scheme: light dark; font-family: Verdana, "Segoe UI", "Noto Sans", sans-serif; line-height: 1.5; overflow-wrap: anywhere;
  --paper: #fff; --ink: #1a1a1a; --soft: #f1f3f6; --mine: #e4ecf7; --line: #5c6470; --accent: #0b3d91; --on-accent: #fff; --danger: #8a0f0f;
  --focus: #9a4b00; --lightness: min(l, .37);
}
@media (prefers-color-scheme: dark) {
  .launcher, .panel { --paper: #14171b; --ink: #f2f2f2; --soft: #20252c; --mine: #1d2c44; --line: #a3acb8; --accent: #b9d3ff; --on-accent: #10141a;
    --danger: #ffb9b3; --focus: #ffcf70; --lightness: max(l, .9); }
}
@media (prefers-contrast: more) { .launcher, .panel { --line: var(--ink); --soft: var(--paper); --mine: var(--paper); } }
/* A site's colour keeps its hue, and gets a lightness that is sure of 7 to 1; a screen cannot show the strongest ones so light or dark. */
@supports (color: oklch(from red l c h)) { .coloured { --accent: oklch(from var(--colour) var(--lightness) min(c, .15) h); } }
.launcher.left, .panel.left { inset-inline: 16px auto; }
.panel { container: panel / size; inline-size: min(30em, 100% - 32px); block-size: min(46em, 100% - 32px); border: 2px solid var(--line); border-radius: .5em; overflow: hidden; }
@media (max-width: 480px), (max-height: 640px) { .panel, .panel.left { inset: 0 0 auto auto; inline-size: min(36em, 100%); block-size: 100%; border-radius: 0; } }
[hidden] { display: none !important; }
*, ::before, ::after { box-sizing: border-box; }
h2, h3, h4, h5, p, ol, fieldset { margin: 0; padding: 0; border: 0; min-inline-size: 0; list-style: none; }
.panel, .rest, .talk { display: flex; flex-direction: column; flex: 1; min-block-size: 0; }
.log, .view { flex: 1; min-block-size: 0; padding: .75em; }
.top, .header, .bar { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; justify-content: space-between; flex: auto; }
.top { flex: none; padding: 4px .75em; background: var(--soft); border-block-end: 2px solid var(--line); font-size: min(1em, 5cqi); }
.log, .view, .rest { overflow: hidden auto; overscroll-behavior: contain; scroll-padding-block: min(4em, 25%); }
.strip, .say { padding: 4px .75em; }
/* All but the bar scrolls as one. */
@container panel (max-height: 36em) or (max-width: 21em) { .rest, .talk { display: block; } .log, .view { overflow: visible; } }
@container panel (max-height: 420px) { .header, .bar { display: contents; } .top h2 { position: absolute; clip-path: inset(50%); } .top * { flex: auto; } }
h2, h3, h4, h5 { font-size: 1.15em; line-height: 1.25; }
h4, h5 { font-size: 1em; margin-block-start: .75em; }
a, button, input, select, textarea { font: inherit; color: var(--accent); }
.words a { white-space: nowrap; }
.launcher, button, .button { display: inline-flex; align-items: center; justify-content: center; min-block-size: 48px; min-inline-size: 48px; padding: 4px .9em; border: 2px solid var(--accent);
  border-radius: .4em; background: var(--accent); color: var(--on-accent); font-weight: bold; line-height: 1.25; text-align: start; text-decoration: none; cursor: pointer; }
.quiet, .bar .button, [aria-pressed="false"] { background: var(--paper); color: var(--accent); }
.launcher { flex-wrap: wrap; gap: 0 .5em; max-inline-size: calc(100% - 32px); border-color: var(--paper); border-radius: 2em; }
[aria-pressed="true"]::before { content: "✓" / ""; margin-inline-end: .4em; }
button:hover, .button:hover { text-decoration: underline; }
:focus-visible { outline: 4px solid var(--focus); outline-offset: 2px; }
.launcher:focus-visible { box-shadow: 0 0 0 8px var(--paper); }
.log:focus-visible { outline-offset: -4px; }
[tabindex="-1"]:focus { outline: none; }
.message, .note { margin-block-end: .75em; padding: .6em .8em; border: 2px solid var(--line); border-radius: .5em; background: var(--soft); }
.visitor { background: var(--mine); margin-inline-start: 1.5em; }
@container panel (max-width: 360px) { .top, .log, .message, .danger .button { padding-inline: 6px; } button, .button { font-size: min(1em, 7cqi); } .top * { padding-inline: 4px; font-size: 1em; } .visitor { margin-inline-start: 12px; } }
.danger { border: 4px solid var(--danger); }
.danger .button { background: var(--danger); border-color: var(--danger); color: var(--paper); }
.note, .who, .state, .typing, label, .code { font-weight: bold; }
.words, .source { margin-block: .35em; white-space: pre-line; }
.offers, .tools, .rate, .row, .tick { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin-block-start: .5em; }
.tools > * { margin: 0; }
.view, .column { display: flex; flex-direction: column; gap: 12px; align-items: stretch; }
textarea, input, select { display: block; inline-size: 100%; min-block-size: 48px; padding: .5em; border: 2px solid var(--line); border-radius: .4em; background: var(--paper); color: var(--ink); resize: vertical; }
.tick input { order: -1; inline-size: 28px; min-block-size: 28px; margin: 10px; flex: none; accent-color: var(--accent); }
.tick label { flex: 1; padding-block: 10px; }
:disabled { opacity: 1; }
form > * + *, fieldset > * + * { margin-block-start: max(.5em, 8px); }
.error:not(:empty), .trouble:not(:empty) { padding: .4em .6em; border: 3px solid var(--danger); color: var(--danger); font-weight: bold; }
.notes { block-size: 6em; border: 2px solid var(--line); }
@media print { .launcher, .panel { display: none; } }
`);
