// What is spoken: by a screen reader, out of two hidden regions, and aloud, by the browser's own voice.
import { button, el, style } from "./dom.js";

const SPACING = 400; // Less, and screen readers drop the earlier of two.
const AFTER_FOCUS = 250; // NVDA drops what comes while it reads out the new focus.
const STAYS = 3000;
const HIDDEN = { all: "initial", position: "absolute", "inline-size": "1px", "block-size": "1px", overflow: "hidden", "clip-path": "inset(50%)" };

export class Announcer {
  /** The regions stand in the page itself, empty before the first word: browsers overlook live regions inside a shadow root. */
  constructor(host, signal, lang) {
    this.log = el("div", { slot: "spoken", role: "log", "aria-live": "polite", lang });
    this.alerts = el("div", { slot: "spoken", role: "alert", lang });
    Object.assign(this, { queue: [], timer: 0, next: 0 });
    for (const region of [this.log, this.alerts]) style(region, HIDDEN);
    host.append(this.log, this.alerts);
    signal.addEventListener("abort", () => [this.log, this.alerts].forEach((region) => region.remove()));
    const moved = () => { this.next = Math.max(this.next, Date.now() + AFTER_FOCUS); };
    for (const root of [document, host.shadowRoot]) root.addEventListener("focusin", moved, { signal });
  }

  /** @param isAlert interrupt: for danger, for what was not sent, and for a person who has left */
  say(text, isAlert, lang) {
    const said = el("p", { lang }, text.replace(/\s+/g, " "));
    style(said, { all: "initial" });
    isAlert ? this.queue.unshift([this.alerts, said]) : this.queue.push([this.log, said]);
    this.plan();
  }

  plan() {
    clearTimeout(this.timer);
    if (this.queue.length) this.timer = setTimeout(() => this.speak(), Math.max(20, this.next - Date.now()));
  }

  speak() {
    if (Date.now() < this.next) return this.plan();
    const [region, said] = this.queue.shift();
    region.append(said);
    setTimeout(() => said.remove(), STAYS);
    this.next = Date.now() + SPACING;
    this.plan();
  }
}

/** Return a button that reads a text aloud, and stops; none where the browser has no voice. */
export function listenButton(text, lang, t) {
  if (!window.speechSynthesis) return null;
  const listen = button(t("listen"), click, "quiet");
  const show = (isSpeaking) => { listen.textContent = t(isSpeaking ? "stop" : "listen"); };
  function click() {
    const isStop = listen.textContent === t("stop");
    speechSynthesis.cancel(); // Ends whatever is read, and tells the button it belongs to.
    show(!isStop);
    if (isStop) return;
    const parts = text.split(/\n+/).map((part) => Object.assign(new SpeechSynthesisUtterance(part), { lang, onerror: () => show(false) }));
    parts.at(-1).onend = () => show(false);
    parts.forEach((part) => speechSynthesis.speak(part));
  }
  return listen;
}
