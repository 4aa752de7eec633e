// <ms-navigator-chat>: the chat on any page. Attributes in, events out; docs/widget.md tells which.
import { Chat } from "./chat.js";
import { caller } from "./client.js";
import { button, el, hide, raise, translator } from "./dom.js";
import { build } from "./frame.js";
import { Announcer } from "./speech.js";
import { Store } from "./store.js";
import { sheet } from "./style.js";
import { Transcript, isDanger, offersOf } from "./transcript.js";
import { VIEWS } from "./views.js";
import words from "./words.js";

const LONGEST = 2000;
const RECENT = 30 * 60000; // So long a conversation is followed on the site's other pages, though the chat is closed there.
const TYPING_SPOKEN_AFTER = 2500;
const OFF_AFTER = 5000;

export class MsNavigatorChat extends HTMLElement {
  static observedAttributes = ["heading", "colour", "position"];

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
  }

  connectedCallback() {
    const { signal } = (this.stopper = new AbortController());
    const given = this.getAttribute("strings") ?? this.querySelector('script[type="application/json"]')?.textContent;
    this.t = translator({ ...words, ...(this.strings ?? JSON.parse(given ?? "{}")) });
    const server = new URL(this.getAttribute("server") ?? import.meta.url, document.baseURI).origin;
    this.kept = new Store(server, () => localStorage);
    this.tab = new Store(server, () => sessionStorage);
    this.speech = new Announcer(this, signal, this.t("lang"));
    this.chat = new Chat(caller(server), this.kept, this, signal);
    Object.assign(this, { isOpen: false, view: "", navigator: null, caller: {}, timers: {} });
    const leave = () => this.input.focus();
    const again = () => { leave(); this.chat.outbox.again(); };
    const { say: ask, person, rate } = this;
    this.transcript = new Transcript(this.t, words.lang, { ask, person, rate, callback: () => this.go("callback"), again, leave });
    build(this);
    raise(this.launcher, true);
    this.size = this.kept.get("size") ?? Math.min(32, Math.round(parseFloat(getComputedStyle(this.launcher).fontSize) * 1.125));
    this.attributeChangedCallback();
    this.changed();
    if (this.chat.outbox.items().length || Date.now() - this.kept.get("active") < RECENT) this.chat.resume();
    if (this.tab.get("open")) this.open(false);
  }

  disconnectedCallback() {
    this.stopper.abort();
    globalThis.speechSynthesis?.cancel();
    Object.values(this.timers).forEach(clearTimeout);
  }

  attributeChangedCallback() {
    if (!this.panel) return;
    const colour = this.getAttribute("colour") ?? "";
    this.heading.textContent = this.getAttribute("heading") ?? this.t("heading");
    for (const part of [this.launcher, this.panel]) {
      part.classList.toggle("left", this.getAttribute("position") === "left");
      part.classList.toggle("coloured", CSS.supports("color", colour));
      part.style.setProperty("--colour", colour);
    }
  }

  get size() { return parseFloat(this.panel.style.fontSize); }

  set size(pixels) {
    for (const part of [this.launcher, this.panel]) part.style.fontSize = `${pixels}px`;
    this.kept.set("size", pixels);
  }

  // ---- opening and closing

  /** @param byHand the visitor asked for it; else it was open on the page before, and the focus stays where it is */
  open(byHand = true) {
    if (this.isOpen) return;
    const n = this.unread();
    this.expand(true);
    if (byHand) (this.view ? this.other.querySelector("h3") : this.input).focus();
    this.missed(n);
    if (!n && byHand && !this.chat.conversation && !this.greeted) this.speak(words.greeting);
    this.greeted = true;
    this.chat.resume();
    this.tell("opened", { byHand });
  }

  close() {
    globalThis.speechSynthesis?.cancel();
    this.expand(false);
    this.launcher.focus();
    this.tell("closed");
  }

  expand(isOpen) {
    this.isOpen = isOpen;
    this.tab.set("open", isOpen);
    this.launcher.setAttribute("aria-expanded", isOpen);
    raise(this.launcher, !isOpen);
    raise(this.panel, isOpen);
    if (isOpen) this.transcript.show();
    this.counted();
  }

  /** Show one of the other views, or the chat again; what was typed stays. */
  go(view) {
    const from = this.view;
    this.view = view;
    this.talk.hidden = Boolean(view);
    this.other.hidden = !view;
    this.trouble.textContent = "";
    const heading = view && el("h3", { tabindex: "-1" }, this.t(view));
    const back = button(this.t("toChat"), () => this.go(""), "quiet");
    this.other.replaceChildren(...(view ? [back, heading, ...VIEWS[view](this)] : []));
    (view ? heading : from === "more" ? this.more : this.input).focus();
    this.counted();
  }

  // ---- what a visitor does

  send() {
    const text = this.input.value.trim();
    const { length } = [...text];
    const tooLong = length > LONGEST && this.t("tooLong", { n: length.toLocaleString(this.t("lang")) });
    if (this.wrong(tooLong || (length ? "" : this.t("empty")))) return;
    this.input.value = "";
    this.tab.remove("draft");
    this.caller.phone ||= text.match(/[+(]?\d[\d\s().-]{5,18}\d/)?.[0] ?? "";
    this.say(text);
  }

  say = (text, choice) => {
    this.input.focus();
    this.transcript.setNews([]);
    this.chat.outbox.add(text, choice);
    this.transcript.show();
  };

  /** Say what is wrong, or "" if nothing is: beside the box, or where it concerns the whole chat. */
  wrong(text, place = this.problem) {
    place.textContent = text;
    this.input.setAttribute("aria-invalid", Boolean(this.problem.textContent));
    if (text) this.speech.say(text);
    return text;
  }

  person = async () => {
    if (this.asking) return;
    if (this.view) this.go("");
    const { last } = this.chat;
    this.asking = true;
    const given = await this.attempt(async () => (await this.chat.post("/handoff")).json());
    this.asking = false;
    if (!given) return;
    if (given.owner === "bot") this.tell("handoff", { owner: "bot" });
    // Asked again, and nothing new to say: the last word on it is shown and spoken once more.
    const said = this.chat.events.at(-1);
    const again = () => { this.transcript.show(); this.speak(said); };
    setTimeout(() => said?.route === "handoff" && !said.reply_to && this.chat.last === last && again(), 1000);
  };

  stopWaiting() {
    this.input.focus();
    return this.attempt(() => this.chat.call("DELETE", "/handoff"));
  }

  rate = async (seq, helpful, comment) => {
    const kept = await this.attempt(() => this.chat.post("/feedback", { seq, helpful, comment }));
    if (kept) this.speech.say(this.t("thanks"));
    return kept;
  };

  /** Do what may fail, and say so if it does; `refused` may know better what to say. */
  async attempt(work, refused) {
    this.wrong("", this.trouble);
    try {
      return (await work()) ?? true;
    } catch (error) {
      if (!refused?.(error)) this.wrong(error.code ? error.message : this.t("wrong"), this.trouble);
      return null;
    }
  }

  // ---- what the chat tells

  arrived(event, isNew) {
    const { transcript } = this;
    const { owner, navigator, seq, author, route } = event;
    if (seq === 1) return this.greeting.replaceWith(transcript.message(event));
    const isOwner = event.kind === "owner";
    // In the panel that scrolls as a whole, a new message must not push away the box in which somebody writes.
    const follow = transcript.isAtEnd() && !(this.input.value && transcript.scroller !== transcript.region);
    const left = isOwner && this.navigator && owner !== "navigator";
    const text = isOwner ? this.ownership(event) : event.text;
    const item = transcript.add(event, text);
    if (!isNew) return;
    this.kept.set("active", Date.now());
    if (author === "visitor") return;
    this.typing(null);
    if (this.isOpen && !this.view) follow ? transcript.show(item) : transcript.setNews([...transcript.fresh, item]);
    this.counted();
    if (isOwner) this.speech.say(text, left);
    else if (this.isOpen || isDanger(event)) this.speak(event);
    this.tell(...(isOwner ? ["handoff", { owner, navigator }] : ["answered", { seq, author, route }]));
  }

  speak(event) {
    const n = offersOf(event).filter(({ kind }) => kind === "ask").length;
    const text = `${event.name}: ${event.text}${n ? ` ${this.t("suggested", { n })}` : ""}`;
    this.speech.say(text, isDanger(event), event.lang ?? words.lang);
  }

  /** Take note of a new owner; return it in words: the help desk's own, else ours. */
  ownership({ owner, navigator, on_duty, place, usual_wait_s, hours, text }) {
    const { t } = this;
    const before = this.navigator;
    this.navigator = owner === "navigator" ? navigator ?? t("navigator") : null;
    this.showOwner(owner);
    const minutes = Math.max(1, Math.round(usual_wait_s / 60));
    const waiting = [t("asked"), on_duty === false && t("off"), hours && t("hours", { hours }), place && t("place", { n: place }),
      usual_wait_s && t("wait", { n: minutes })];
    const bot = before ? t("left", { name: before }) : t("back");
    return text || { navigator: t("joined", { name: this.navigator }), closed: t("withClosed"), bot }[owner] || waiting.filter(Boolean).join(" ");
  }

  showOwner(owner) {
    const key = { waiting: "withWaiting", navigator: "withNavigator", closed: "withClosed" }[owner] ?? "withBot";
    this.owner.textContent = this.t(key, { name: this.navigator });
    hide(this.stop, owner !== "waiting", () => this.input.focus());
  }

  /** Shown at once; spoken once, and only when it takes its time. */
  typing(event = words.greeting) {
    const text = event && this.t("typing", { name: event.name });
    this.transcript.typing(text ? `${text} …` : "");
    if (event && this.timers.typing) return;
    clearTimeout(this.timers.typing);
    this.timers.typing = event && setTimeout(() => this.isOpen && this.speech.say(`${text}.`), TYPING_SPOKEN_AFTER);
  }

  /** Say how many messages came meanwhile, and not the messages again. */
  missed(n) { if (n) this.speech.say(this.t("whileClosed", { unread: this.t("unread", { n }) })); }

  loaded(isNew) {
    if (!isNew && this.isOpen && this.kept.get("read")) this.missed(this.unread());
    if (!isNew) this.transcript.show();
    this.counted();
  }

  queued() { this.transcript.queue(this.chat.outbox.items()); }

  notSent(state, error) { this.speech.say(state === "failed" ? this.t("notSent") : error.message, state === "failed"); }

  /** Give a message back that the help desk will not take. */
  refused(item, error) {
    if (!item.choice) this.input.value = [this.input.value, item.text].filter(Boolean).join("\n");
    this.wrong(error.message);
  }

  /** Tell whether there is a connection; a short gap is no news. */
  connected(isOn) {
    const change = () => {
      this.off.textContent = isOn ? "" : this.t("offline");
      if (this.isOpen) this.speech.say(this.t(isOn ? "online" : "offline"));
    };
    if (isOn) clearTimeout(this.timers.off);
    if (isOn && this.off.textContent) change();
    if (isOn) this.timers.off = 0;
    else this.timers.off ||= setTimeout(change, navigator.onLine ? OFF_AFTER : 0);
  }

  /** Another conversation, or none: begin with the greeting. */
  changed() {
    this.transcript.clear();
    this.typing(null);
    this.navigator = null;
    this.showOwner("bot");
    this.greeting = this.transcript.add(words.greeting);
    this.queued();
    this.counted();
  }

  note(text, state) {
    const item = this.transcript.add({ kind: "note" }, text);
    this.go("");
    this.transcript.show(item);
    this.speech.say(text);
    if (state) this.tell("handoff", { owner: this.chat.owner, state });
  }

  unread() {
    const read = this.kept.get("read") ?? 1;
    return this.chat.events.filter(({ seq, author }) => seq > read && author !== "visitor").length;
  }

  /** Whatever is in an open chat counts as read. */
  counted() {
    if (this.isOpen && !this.view && this.chat.last) this.kept.set("read", this.chat.last);
    const n = this.unread();
    this.count.textContent = n && !this.isOpen ? ` ${this.t("unread", { n })}` : "";
  }

  tell(name, detail = {}) { this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true })); }
}

if (!customElements.get("ms-navigator-chat")) customElements.define("ms-navigator-chat", MsNavigatorChat);
