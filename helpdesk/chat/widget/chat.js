// One conversation as this browser has it: its events in order, what is still to be sent, and the calls of the contract.
import { Outbox } from "./outbox.js";
import { Stream } from "./stream.js";
const WRITING_EVERY = 3000;

export class Chat {
  /** @param view is told what happens: arrived, loaded, typing, queued, notSent, refused, connected, changed, counted */
  constructor(api, store, view, signal) {
    Object.assign(this, { api, store, view, signal, events: [], owner: "bot", wrote: 0, isLive: false, chain: Promise.resolve() });
    this.outbox = new Outbox(this);
    this.stream = new Stream(this);
    addEventListener("storage", (event) => this.otherTab(event.key ?? ""), { signal });
    addEventListener("online", () => this.outbox.drain(), { signal });
    signal.addEventListener("abort", () => this.stream.stop());
    addEventListener("offline", () => view.connected(false), { signal });
  }

  get conversation() { return this.store.get("conversation"); }

  get last() { return this.events.at(-1)?.seq ?? 0; }

  /** Follow the conversation, if there is one, and send what waits. */
  resume() {
    if (this.conversation) this.stream.follow(this.conversation);
    if (this.outbox.unsent().length) this.outbox.drain();
  }

  /** Do something in one tab of the browser at a time: two tabs must not begin two conversations or send out of order. */
  alone(work) {
    if (this.store.kept && navigator.locks) return navigator.locks.request(`${this.store.prefix}send`, work);
    return (this.chain = this.chain.then(work, work));
  }

  /** Return the conversation, begun where there is none. Only inside `alone`. */
  async begin() {
    if (!this.conversation) {
      this.store.set("conversation", await (await this.api("POST", "/conversations")).json());
      this.isLive = true;
    }
    this.stream.follow(this.conversation);
    return this.conversation;
  }

  async post(path, body = {}, method = "POST") {
    const { id, token } = await this.alone(() => this.begin());
    return this.call(method, path, { id, token, body });
  }

  /** Call something of the conversation; one that is no longer there is let go. */
  async call(method, path, { id, token, ...rest } = this.conversation) {
    return this.api(method, `/conversations/${id}${path}`, { token, ...rest }).catch((error) => {
      if (error.isGone && this.conversation?.id === id) this.become(null);
      throw error;
    });
  }

  /** Let a navigator see that the visitor writes. */
  writing() {
    if (this.owner !== "navigator" || Date.now() - this.wrote < WRITING_EVERY) return;
    this.wrote = Date.now();
    this.call("POST", "/typing").catch(() => {});
  }

  /** Take an event from the stream or the history; each is taken once, and in order. */
  take(event, isNew) {
    if (event.kind === "typing") return this.view.typing(event);
    if (event.seq !== this.last + 1) return;
    this.events.push(event);
    if (event.kind === "owner") this.owner = event.owner;
    // What follows a message that was just sent from here is new, also where it came with the history.
    this.isLive ||= isNew || this.outbox.items().some(({ client_id }) => client_id === event.client_id);
    if (event.client_id) this.outbox.arrived(event.client_id);
    this.view.arrived(event, this.isLive);
  }

  async goOn(code) {
    this.become(await (await this.api("POST", "/device", { body: { code } })).json());
  }

  /** Erase everything, here and at the help desk; what is not sent yet goes too. */
  async erase(options) {
    const { id, token } = this.conversation ?? {};
    const unlessGone = (error) => { if (!error.isGone) throw error; };
    if (id) await this.api("DELETE", `/conversations/${id}`, { token, ...options }).catch(unlessGone);
    for (const { client_id } of this.outbox.items()) this.outbox.arrived(client_id);
    this.become(null);
  }

  become(conversation) {
    conversation ? this.store.set("conversation", conversation) : this.store.remove("conversation");
    this.changed();
  }

  /** Begin anew with the conversation that the store now has, or with none. */
  changed() {
    this.stream.stop();
    Object.assign(this, { events: [], owner: "bot", isLive: false });
    for (const { client_id, state } of this.outbox.items()) if (state === "sent") this.outbox.arrived(client_id);
    this.store.remove("read");
    this.view.changed();
    this.resume();
  }

  otherTab(key) {
    if (key === `${this.store.prefix}conversation` && this.conversation?.id !== this.stream.id) this.changed();
    if (key === `${this.store.prefix}read`) this.view.counted();
    if (!key.startsWith(`${this.store.prefix}outbox `)) return;
    this.view.queued();
    this.outbox.drain(); // The other tab may be closed before it has sent it.
  }
}
