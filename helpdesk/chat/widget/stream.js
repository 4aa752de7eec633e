// Follows a conversation: one tab of the browser reads the stream and tells the others.
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 20000;
const OPENS_WITHIN = 10000;
const SILENT_FOR = 40000; // The help desk sends a comment every 15 s.

export class Stream {
  constructor(chat) {
    Object.assign(this, { chat, id: undefined, refused: 0, filling: Promise.resolve() });
    this.polling = Boolean(chat.store.kept) && !navigator.locks; // Without locks every tab would hold a stream open.
  }

  async follow({ id, token }) {
    if (this.id === id) return;
    this.stop();
    Object.assign(this, { id, token, stopper: new AbortController() });
    const { signal } = this.stopper;
    const name = `${this.chat.store.prefix}${id}`;
    const onmessage = ({ data }) => this.told(data);
    if (this.chat.store.kept) this.channel = Object.assign(new BroadcastChannel(name), { onmessage });
    await this.keepTrying(() => this.history(false), signal);
    const read = () => this.keepTrying(() => (this.polling ? this.poll(signal) : this.listen(signal)), signal);
    if (!this.channel || !navigator.locks) return read();
    await navigator.locks.request(name, { signal }, read).catch(() => {}); // Rejects only when it is stopped.
  }

  stop() {
    this.stopper?.abort();
    this.channel?.close();
    Object.assign(this, { id: undefined, channel: null });
  }

  /** Do something until it returns true, with longer and longer pauses while it fails. */
  async keepTrying(work, signal) {
    let pause = FIRST_PAUSE;
    while (!signal.aborted) {
      try {
        if (await work()) return;
        pause = FIRST_PAUSE;
      } catch (error) {
        if (signal.aborted || error.isGone) return;
        this.chat.view.connected(false);
        pause = Math.min(2 * pause, LONGEST_PAUSE);
      }
      await rest(pause * (0.75 + Math.random() / 2), signal);
    }
  }

  /** Read what is in the ledger and not here: at first that is history, later what was missed. */
  async history(isNew) {
    const { id } = this;
    for (let events = [1]; events.length; ) {
      ({ events } = await this.page(0));
      if (this.id !== id) return true;
      for (const event of events) this.chat.take(event, isNew);
    }
    this.online();
    this.chat.view.loaded(isNew);
    return true;
  }

  /** The tab that reads the stream tells of an event; where one before it is missing here, the ledger has it. */
  told(event) {
    this.filling = this.filling.then(async () => {
      if (event.seq > this.chat.last + 1) await this.history(true).catch(() => {});
      this.chat.take(event, true);
    });
  }

  async page(wait, signal) {
    const { id, token } = this;
    return (await this.chat.call("GET", `/events?after=${this.chat.last}&wait=${wait}`, { id, token, signal })).json();
  }

  async poll(signal) {
    if (document.hidden) return;
    const { events } = await this.page(20, AbortSignal.timeout(30000));
    if (!signal.aborted) this.pass(events);
  }

  /** Read the stream until it ends; a cut is healed by `Last-Event-ID`. */
  async listen(signal) {
    const cut = new AbortController();
    const stop = () => cut.abort();
    signal.addEventListener("abort", stop);
    let timer = setTimeout(stop, OPENS_WITHIN);
    try {
      const headers = { Accept: "text/event-stream", "Last-Event-ID": this.chat.last };
      const options = { id: this.id, token: this.token, headers, signal: cut.signal };
      const response = await this.chat.call("GET", "/events", options).catch((error) => this.heldBack(error, signal));
      if (!response) return;
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let rest = ""; ; ) {
        const { done, value } = await reader.read();
        clearTimeout(timer);
        this.refused = 0;
        if (done) return;
        timer = setTimeout(stop, SILENT_FOR);
        const blocks = (rest + value).split("\n\n");
        rest = blocks.pop();
        this.pass(blocks.flatMap((block) => block.match(/^data: .*$/m) ?? []).map((line) => JSON.parse(line.slice(6))));
      }
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
  }

  /** No stream is had, but the ledger can be read: twice so, and something on the way holds streams back. */
  async heldBack(error, signal) {
    if (signal.aborted || error.isGone) throw error;
    await this.history(true);
    this.polling = ++this.refused > 1;
  }

  pass(events) {
    this.online();
    for (const event of events) {
      this.channel?.postMessage(event);
      this.chat.take(event, true);
    }
  }

  online() {
    this.chat.view.connected(true);
    if (this.chat.outbox.failures) this.chat.outbox.drain();
  }
}

/** Wait, but no longer than until the browser is online again or the work is stopped. */
function rest(time, signal) {
  return new Promise((resolve) => {
    const waiting = new AbortController();
    const done = () => { waiting.abort(); clearTimeout(timer); resolve(); };
    const timer = setTimeout(done, time);
    for (const [target, name] of [[window, "online"], [signal, "abort"]]) target.addEventListener(name, done, { signal: waiting.signal });
  });
}
