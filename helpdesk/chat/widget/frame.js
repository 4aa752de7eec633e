// The parts of the widget that are always there: the launcher, and the panel with its bar, the chat and room for the other views.
import { button, el, instead } from "./dom.js";
import { TEL } from "./transcript.js";

/** Make the parts and put them on `ui`, the widget. */
export function build(ui) {
  const { t } = ui;
  const fixed = { popover: "manual", lang: t("lang") };
  ui.count = el("span", { class: "count" });
  const launch = { ...fixed, type: "button", class: "launcher", "aria-haspopup": "dialog", "aria-expanded": "false", click: () => ui.open() };
  ui.launcher = el("button", launch, el("span", {}, t("launch")), ui.count);
  ui.heading = el("h2", { id: "title" });
  const bar = el("div", { class: "bar" }, el("a", { class: "button", href: TEL }, t("call")), button(t("person"), () => ui.person()));
  ui.owner = el("p");
  ui.stop = button(t("stopWaiting"), () => ui.stopWaiting(), "quiet");
  ui.off = el("p");
  ui.trouble = el("p", { class: "trouble" });
  ui.more = button(t("more"), () => ui.go("more"), "quiet");
  ui.talk = el("div", { class: "talk" }, ui.transcript.region, form(ui));
  ui.other = el("div", { class: "view", hidden: true });
  const header = el("div", { class: "header" }, ui.heading, button(t("close"), () => ui.close(), "quiet"));
  const strip = el("div", { class: "strip" }, ui.owner, ui.stop, ui.off, ui.trouble);
  const escape = (event) => { if (event.key === "Escape" && !event.isComposing) ui.close(); };
  const dialog = { ...fixed, class: "panel", role: "dialog", "aria-modal": "false", "aria-labelledby": "title", hidden: true, keydown: escape };
  const top = el("div", { class: "top" }, header, bar, ui.transcript.news);
  const rest = el("div", { class: "rest", scroll: () => ui.transcript.scrolled() }, strip, ui.talk, ui.other);
  ui.panel = el("section", dialog, top, rest);
  ui.shadowRoot.replaceChildren(el("slot"), el("slot", { name: "spoken" }), ui.launcher, ui.panel);
}

function form(ui) {
  const send = instead(() => ui.send());
  const keydown = (event) => event.key === "Enter" && !event.shiftKey && !event.isComposing && send(event);
  const input = () => { ui.tab.set("draft", ui.input.value); ui.chat.writing(); };
  ui.problem = el("p", { class: "error", id: "problem" });
  ui.input = el("textarea", { id: "text", rows: "2", autocomplete: "off", "aria-describedby": "problem", input, keydown });
  ui.input.value = ui.tab.get("draft") ?? "";
  return el("form", { class: "say", submit: send }, el("label", { for: "text" }, ui.t("label")), ui.input, ui.problem,
    el("div", { class: "row" }, el("button", {}, ui.t("send")), ui.more));
}
