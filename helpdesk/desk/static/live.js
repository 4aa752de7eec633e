// Server-sent events. One tab of a browser holds the desk's stream and tells the others: a browser has six connections to a host.
// @ts-check
import { byItself, page, trouble } from "./dom.js";

const AGAIN = 5000;
const PATIENCE = 4000;

/** Read a stream for as long as `listen` lives; returns how to stop. @param {() => string} address @param {(event: any) => void} take */
export function listen(address, take) {
  let isStopped = false;
  let patience = 0;
  /** @type {EventSource} */
  let source;

  function open() {
    if (isStopped) return;
    source = new EventSource(address());
    source.onopen = () => {
      clearTimeout(patience);
      trouble("");
    };
    source.onmessage = (event) => take(JSON.parse(event.data));
    source.onerror = () => {
      clearTimeout(patience);
      patience = window.setTimeout(() => isStopped || trouble("No connection. What you see may be old."), PATIENCE);
      // After an answer that is no stream the browser gives up: it may be that we are signed out, or that the chat is erased.
      if (source.readyState === EventSource.CLOSED) window.setTimeout(look, AGAIN);
    };
  }

  async function look() {
    try {
      const { answer, isOut } = await page(byItself(location.pathname));
      if (isOut) return;
      if (answer.status === 404) return location.reload();
    } catch {
      // Not there yet; the stream is tried all the same.
    }
    open();
  }

  open();
  return () => {
    isStopped = true;
    clearTimeout(patience);
    source.close();
  };
}

/** Tell of the desk's news; `isFirst` in the one tab that holds the stream. @param {(news: any, isFirst: boolean) => void} take */
export function follow(take) {
  const name = `ms-navigator-desk-${document.body.dataset.staff}`;
  const channel = new BroadcastChannel(name);
  channel.onmessage = (event) => take(event.data, false);
  const lead = () =>
    new Promise(() => {
      listen(() => "/desk/stream", (news) => {
        channel.postMessage(news);
        take(news, true);
      });
    });
  if (navigator.locks) void navigator.locks.request(name, lead);
  else void lead();
}
