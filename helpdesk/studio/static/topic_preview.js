// The real widget, in the page and without a help desk behind it: it shows what it is given, and sends nothing.
// @ts-check
import { MsNavigatorChat } from "/widget/v1.js";

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  .panel, .panel.left { position: static; inline-size: 100%; block-size: min(34em, 80vh); border-radius: .5em; }
  .top, .say, .strip { display: none; }
`);
const NOWHERE = "https://preview.invalid"; // what it keeps in the browser is kept apart from a chat on this site

export class Preview extends MsNavigatorChat {
  constructor() {
    super();
    this.shadowRoot.adoptedStyleSheets = [...this.shadowRoot.adoptedStyleSheets, sheet];
  }

  connectedCallback() {
    this.setAttribute("server", NOWHERE);
    super.connectedCallback();
    for (const part of [this.launcher, this.panel]) {
      part.removeAttribute("popover");
      Object.defineProperty(part, "popover", { value: undefined }); // it stays where it is, not above the page
    }
    this.launcher.remove();
    for (const name of ["aria-modal", "aria-labelledby"]) this.panel.removeAttribute(name);
    this.panel.setAttribute("role", "group");
    this.panel.setAttribute("aria-label", "The chat");
    this.panel.hidden = false;
  }

  /** A button of the answer leads to the draft of the other topic. */
  say = async (title, choice = "") => {
    const answer = await fetch(`/studio/preview/${encodeURIComponent(choice.replace("/ask_", ""))}`).catch(() => null);
    if (answer?.ok) this.add((await answer.json()).chat.map((event) => (event.author === "visitor" ? { ...event, text: title } : event)));
  };
  person = () => {};
  rate = async () => null;
  go() {}
  close() {}

  /** Begin anew with these events. */
  show(events) {
    this.changed();
    this.add(events);
  }

  add(events) {
    const first = this.transcript.list.children.length;
    for (const event of events) this.arrived(event, false);
    const item = this.transcript.list.children[first];
    if (item) this.transcript.show(item);
  }
}

customElements.define("ms-navigator-preview", Preview);
