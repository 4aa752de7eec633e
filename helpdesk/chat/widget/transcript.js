// The conversation as it is seen: messages, notes, what is on its way, and the questions that are suggested next.
import { button, el, hide, instead } from "./dom.js";
import { listenButton } from "./speech.js";

export const PHONE = "1-800-344-4867";
export const TEL = "tel:+18003444867";

const links = ({ actions = [] }) => actions.filter(({ href }) => href);

/** Say whether there is more to call than the line: after danger, and shortly after it. */
export const isDanger = (event) => links(event).length > 1;

/** Return the questions, and the ways to a person, that an event offers beside the bar that is always there. */
export function offersOf({ route, actions = [] }) {
  const kinds = route === "smalltalk" ? ["ask"] : ["ask", "callback", "person"];
  return kinds.flatMap((kind) => actions.filter((action) => action.kind === kind));
}

export class Transcript {
  /** @param lang the help desk's language @param acts what a visitor can do: ask, person, callback, rate, again, leave */
  constructor(t, lang, acts) {
    Object.assign(this, { t, lang, acts, waiting: new Map() });
    this.list = el("ol");
    this.writing = el("p", { class: "typing", hidden: true });
    this.offers = el("div", { class: "offers", role: "group", "aria-label": t("suggestions"), hidden: true });
    this.end = el("div", {}, this.writing, this.offers);
    this.region = el("div", { class: "log", role: "region", tabindex: "0", "aria-label": t("log"), scroll: () => this.scrolled() }, this.list, this.end);
    const show = () => { this.show(this.fresh[0]); this.region.focus({ preventScroll: true }); this.setNews([]); };
    this.news = button("", show, "news");
    this.setNews([]);
  }

  clear() {
    this.list.replaceChildren();
    this.suggest([]);
    this.waiting.clear();
    this.setNews([]);
  }

  /** Put an event at its place, before what is still on its way; return its item. */
  add(event, text) {
    const item = event.kind === "message" ? this.message(event) : el("li", { class: "note" }, el("p", {}, text));
    this.list.insertBefore(item, this.waiting.values().next().value ?? null);
    this.suggest(offersOf(event));
    return item;
  }

  message(event) {
    const { t } = this;
    const { author, name, text, lang = this.lang, route, seq } = event;
    const ours = { lang: t("lang") };
    const who = el("p", { class: "who", ...ours }, author === "visitor" ? t("you") : name);
    const item = el("li", { class: `message ${author}${isDanger(event) ? " danger" : ""}`, lang }, who, ...paragraphs(text));
    item.append(...sources(event, t).map((source) => el("p", { class: "source", ...ours }, source)));
    if (isDanger(event)) item.append(el("div", { class: "offers" }, ...links(event).map(this.offer, this)));
    if (author === "visitor") return item;
    item.append(el("div", { class: "tools", ...ours }, listenButton(text, lang, t), ...(route === "answer" ? this.rating(seq) : [])));
    return item;
  }

  /** Offer other questions; those in which the focus is stay until it leaves them. */
  suggest(actions, { relatedTarget } = {}) {
    const focused = relatedTarget ?? this.offers.getRootNode().activeElement;
    const later = (event) => this.suggest(actions, event);
    if (this.offers.contains(focused)) return this.offers.addEventListener("focusout", later, { once: true });
    this.offers.replaceChildren(...actions.map(this.offer, this));
    this.offers.hidden = !actions.length;
  }

  offer({ kind, title, href, choice }) {
    return href ? el("a", { class: "button", href }, title) : button(title, () => this.acts[kind](title, choice), "quiet");
  }

  /** Two words, not thumbs; then a comment, for those who want to. */
  rating(seq) {
    const { t, acts } = this;
    const comment = el("textarea", { rows: "2", maxlength: "1000" });
    const submit = instead(() => rate(buttons[0].ariaPressed === "true", comment.value.trim()));
    const form = el("form", { hidden: true, submit }, el("label", {}, t("comment"), comment), el("button", {}, t("sendComment")));
    const said = el("p", { hidden: true }, t("thanks"));
    const buttons = [button(t("helpful"), () => rate(true)), button(t("notHelpful"), () => rate(false))];
    const mark = (helpful) => buttons.forEach((one, number) => one.setAttribute("aria-pressed", helpful === !number));
    async function rate(helpful, text) {
      if (!(await acts.rate(seq, helpful, text))) return;
      mark(helpful);
      const isDone = text !== undefined;
      if (isDone) buttons[helpful ? 0 : 1].focus();
      form.hidden = isDone;
      said.hidden = !isDone;
    }
    mark();
    const asked = el("span", { "aria-hidden": "true" }, t("helped"));
    return [el("div", { class: "rate", role: "group", "aria-label": t("helped") }, asked, ...buttons), form, said];
  }

  /** Show what is on its way, with its state in words. */
  queue(items) {
    for (const [id, item] of this.waiting) {
      if (items.some(({ client_id }) => client_id === id)) continue;
      hide(item, true, this.acts.leave);
      item.remove();
      this.waiting.delete(id);
    }
    for (const { client_id, text, state } of items) {
      const item = this.waiting.get(client_id) ?? this.pending(client_id, text);
      item.querySelector(".state").textContent = this.t(state);
      hide(item.querySelector("button"), state !== "failed", this.acts.leave);
    }
  }

  pending(id, text) {
    const item = this.message({ author: "visitor", text });
    item.append(el("p", { class: "state" }), button(this.t("retry"), this.acts.again));
    this.waiting.set(id, item);
    this.list.append(item);
    this.suggest([]);
    return item;
  }

  typing(text) {
    const follow = text && this.isAtEnd();
    this.writing.textContent = text;
    this.writing.hidden = !text;
    if (follow) this.show(this.writing);
  }

  /** The part that scrolls: the list, or on small screens and with large text all but the bar. */
  get scroller() { return getComputedStyle(this.region).overflowY === "auto" ? this.region : this.region.closest(".rest"); }

  /** The end is in sight, or the beginning of the visitor's own message that waits for its reply. */
  isAtEnd() {
    const last = this.list.lastElementChild;
    const sight = last?.classList.contains("visitor") ? last : this.end;
    return sight.getBoundingClientRect().top <= this.scroller.getBoundingClientRect().bottom + 60;
  }

  /** Scroll to an item's beginning, and to as much of what follows as there is room for. Never moves the page outside. */
  show(item = this.list.lastElementChild) {
    const { scroller } = this;
    const { top, bottom } = scroller.getBoundingClientRect();
    const below = this.end.getBoundingClientRect().bottom + 8 - bottom;
    scroller.scrollTop += Math.min(item.getBoundingClientRect().top - 8 - top, below);
  }

  /** Say that something new is below what is being read, and leave the reader where they are. */
  setNews(items) {
    this.fresh = items;
    this.news.textContent = this.t("unread", { n: items.length });
    this.news.hidden = !items.length;
  }

  scrolled() { if (this.fresh.length && this.isAtEnd()) this.setNews([]); }
}

export const paragraphs = (text) => text.split(/\n{2,}/).map((part) => el("p", { class: "words" }, ...linked(part)));

/** Make the line's number a link. */
const linked = (text) => text.split(PHONE).flatMap((part, number) => (number ? [el("a", { href: TEL }, PHONE), part] : [part]));

/** Name page, part and age of each answer, once. */
export function sources({ answers = [] }, t) {
  const name = ({ page, section, as_of: year }) => t("source", { page, year, section: section ? t("section", { section }) : "" });
  return [...new Set(answers.filter(({ page }) => page).map(name))];
}
