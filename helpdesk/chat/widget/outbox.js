// Messages on their way. Each is kept in the browser under its own key until it has come back as an event: its id is made once,
// so that sending it again is harmless.
const PAUSES = [1000, 3000, 5000, 10000, 20000, 60000];

export class Outbox {
  constructor(chat) {
    Object.assign(this, { chat, store: chat.store, failures: 0, busy: false, timer: 0 });
  }

  /** Return what has not come back yet, in the order in which it was written. */
  items() { return this.store.all("outbox ").sort((one, other) => one.at - other.at); }

  unsent() { return this.items().filter(({ state }) => state !== "sent"); }

  add(text, choice) {
    this.keep({ client_id: newId(), text, choice, at: performance.timeOrigin + performance.now() }, "sending");
    this.drain();
  }

  keep(item, state) {
    this.store.set(`outbox ${item.client_id}`, { ...item, state });
    this.chat.view.queued();
  }

  /** Send everything, one after the other. */
  async drain() {
    if (this.busy || this.chat.signal.aborted) return;
    this.busy = true;
    clearTimeout(this.timer);
    const all = async () => {
      for (let item; (item = this.unsent()[0]) && !this.chat.signal.aborted; ) await this.deliver(item);
    };
    await this.chat.alone(all).then(() => { this.failures = 0; }, (error) => this.failed(error));
    this.busy = false;
    if (!this.failures && this.unsent().length) this.drain();
  }

  async deliver(item, tries = 2) {
    const { id, token } = await this.chat.begin();
    const { client_id, text, choice } = item;
    try {
      const response = await this.chat.call("POST", "/messages", { id, token, body: { client_id, text, choice } });
      const { seq, owner } = await response.json();
      if (owner === "bot" && this.chat.events.every(({ reply_to }) => reply_to !== seq)) this.chat.view.typing();
      if (this.store.get(`outbox ${client_id}`)) this.keep(item, "sent");
    } catch (error) {
      // The conversation was erased elsewhere; the next one has not offered this button.
      if (tries && (error.isGone || error.code === "bad_choice")) return this.deliver({ ...item, choice: undefined }, tries - 1);
      if (!error.isFinal) throw error;
      this.arrived(client_id);
      this.chat.view.refused(item, error);
    }
  }

  /** Try again later; say so when it is more than a hiccup. */
  failed(error) {
    const state = error.status === 429 ? "waiting" : "failed";
    const isSerious = ++this.failures > 2 || !navigator.onLine || error.name === "TimeoutError" || error.wait;
    const changed = isSerious ? this.unsent().filter((item) => item.state !== state) : [];
    changed.forEach((item) => this.keep(item, state));
    if (changed.length) this.chat.view.notSent(state, error);
    const pause = error.wait * 1000 || PAUSES[Math.min(this.failures, PAUSES.length) - 1];
    this.timer = setTimeout(() => this.drain(), pause);
  }

  again() {
    this.unsent().forEach((item) => this.keep(item, "sending"));
    this.failures = 0;
    this.drain();
  }

  arrived(client_id) {
    this.store.remove(`outbox ${client_id}`);
    this.chat.view.queued();
  }
}

/** A random UUID. crypto.randomUUID is there on secure pages only; getRandomValues is everywhere. */
function newId() {
  const digit = () => (crypto.getRandomValues(new Uint8Array(1))[0] % 16).toString(16);
  return "00000000-0000-4000-8000-000000000000".replaceAll("0", digit);
}
