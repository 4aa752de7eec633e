// One conversation, live: what is new is added below, and who has the chat decides what can be done.
// @ts-check
import { all, announce, byItself, element, fields, find, page, trouble } from "./dom.js";
import { listen } from "./live.js";
import { startReply } from "./reply.js";
import { showTimes } from "./times.js";

const SPEAK_AFTER = 400;
const TYPING = 6000;
const TELL_TYPING = 2500;

export function startTalk() {
  const chat = /** @type {HTMLElement} */ (find("[data-chat-page]"));
  const path = `/desk/c/${chat.dataset.chatPage}`;
  const log = /** @type {HTMLElement} */ (find("[data-log]"));
  const latest = /** @type {HTMLElement} */ (find("#latest"));
  const scroller = /** @type {HTMLElement} */ (find("[data-scroller]"));
  const newer = /** @type {HTMLButtonElement} */ (find("[data-show-messages]"));
  const typing = /** @type {HTMLElement} */ (find("[data-typing]"));
  let last = Number(chat.dataset.last);
  let unread = 0;
  let typed = 0;
  let told = 0;
  let looking = Promise.resolve();
  /** @type {(() => void) | null} */
  let stop = null;

  // ---- what is said

  const isMine = () => find("[data-held]")?.dataset.held === "mine";
  const isAtEnd = () => latest.getBoundingClientRect().top <= Math.min(innerHeight, scroller.getBoundingClientRect().bottom) + 8;

  /** @param {any} event */
  function take(event) {
    if (event.kind === "typing") return showTyping(event);
    if (event.kind === "changed" || event.kind === "owner") later(refresh);
    if (event.seq > last) later(fetchNew);
  }

  /** One after the other, so that nothing is added twice. @param {() => Promise<unknown>} work */
  function later(work) {
    looking = looking.then(work).then(() => {}, () => {});
    return looking;
  }

  async function fetchNew() {
    const { answer, shown } = await page(`${path}/messages?after=${last}`);
    if (answer.ok) add(all("[data-seq]", shown));
  }

  /** @param {HTMLElement[]} items */
  function add(items) {
    const fresh = items.filter((item) => Number(item.dataset.seq) > last);
    if (!fresh.length) return;
    const [wasAtEnd, height] = [isAtEnd(), scroller.scrollHeight];
    last = Number(fresh[fresh.length - 1].dataset.seq);
    latest.before(...fresh);
    showTimes(log);
    typing.hidden = true;
    // The messages are kept from the newest up: what is read now must not be pushed away.
    if (!wasAtEnd && scroller.scrollHeight > scroller.clientHeight) scroller.scrollTop -= scroller.scrollHeight - height;
    const others = fresh.filter((item) => !(item.dataset.author === "navigator" && isMine()));
    if (!wasAtEnd) offer(unread + others.length);
    others.forEach(speak);
  }

  /** @param {number} number */
  function offer(number) {
    unread = number;
    newer.hidden = !number;
    newer.textContent = number === 1 ? "1 new message" : `${number} new messages`;
  }

  newer.addEventListener("click", () => {
    latest.scrollIntoView({ block: "nearest" });
    offer(0);
    (find("#text") ?? scroller).focus({ preventScroll: true });
  });
  document.addEventListener("scroll", () => unread && isAtEnd() && offer(0), { capture: true, passive: true });

  /** @param {HTMLElement} item */
  function speak(item) {
    const words = [find(".by", item)?.firstChild?.textContent?.trim(), find(".said, .read", item)?.textContent?.replace(/\s+/g, " ").trim()];
    const said = element("p", {}, words.filter(Boolean).join(": "));
    window.setTimeout(() => find("[data-speaker]")?.append(said), SPEAK_AFTER);
    window.setTimeout(() => said.remove(), SPEAK_AFTER + 5000);
  }

  /** @param {any} event */
  function showTyping(event) {
    if (event.author === "navigator" && isMine()) return;
    const who = event.author === "visitor" ? "The visitor" : event.name ?? "The bot";
    if (typing.hidden) told = window.setTimeout(() => typing.hidden || announce(`${who} is writing`), TELL_TYPING);
    typing.textContent = `${who} is writing …`;
    typing.hidden = false;
    clearTimeout(typed);
    typed = window.setTimeout(() => {
      typing.hidden = true;
      clearTimeout(told);
    }, TYPING);
  }

  // ---- who has the chat

  async function refresh() {
    const { answer, shown } = await page(byItself(path));
    if (answer.ok) renew(shown);
  }

  /** Put the parts of a fresh page in the place of the old ones; what is in use stays, unless who has the chat has changed. @param {Document} shown */
  function renew(shown) {
    const [before, now] = [document, shown].map((root) => find("[data-held]", root)?.dataset.held);
    const hadFocus = document.activeElement;
    for (const part of all("[data-live]")) {
      const fresh = find(`[data-live="${part.dataset.live}"]`, shown);
      const isInUse = part.contains(document.activeElement) || Boolean(find("details[open]", part)) || part.dataset.live === "reply";
      if (!fresh || (isInUse && before === now) || fresh.innerHTML === part.innerHTML) continue;
      part.replaceWith(fresh);
      showTimes(fresh);
    }
    add(all("[data-log] > [data-seq]", shown));
    if (before === now) return;
    announce(find("[data-held]")?.textContent?.trim() ?? "");
    startReply(path, later, fetchNew, refresh);
    if (hadFocus && hadFocus !== document.body && !hadFocus.isConnected) (find("#text") ?? find("h1"))?.focus();
  }

  // ---- what is done

  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!("act" in form.dataset)) return;
    event.preventDefault();
    later(() => send(form));
  });

  /** @param {HTMLFormElement} form */
  async function send(form) {
    try {
      const { answer, shown, problem, isOut } = await page(form.action, { method: "POST", body: fields(form) });
      if (isOut) return;
      tell(answer.ok ? "" : problem || "That did not work. Please try again.");
      if (!answer.ok) return refresh();
      const menu = /** @type {HTMLDetailsElement | null} */ (form.closest("details"));
      if (menu) menu.open = false;
      if ("keep" in form.dataset) form.reset();
      const isMark = "mark" in form.dataset;
      if (isMark) /** @type {HTMLElement | null} */ (form.closest("[data-seq]"))?.focus();
      renew(shown);
      if (isMark) announce("The message is in the studio’s inbox");
    } catch {
      trouble("No connection. Nothing was done. Please try again.");
    }
  }

  /** @param {string} problem */
  function tell(problem) {
    all("#problem, #notice").forEach((one) => one.remove());
    document.title = document.title.replace(/^Error: /, "");
    if (!problem) return;
    const box = element("p", { id: "problem", className: "problem", role: "alert", tabIndex: -1 }, problem);
    chat.before(box);
    document.title = `Error: ${document.title.replace(/^\(\d+\) /, "")}`;
    box.focus();
  }

  // ---- only while the page is seen: a browser has few connections to one host

  function watch() {
    stop?.();
    stop = document.hidden ? null : listen(() => `${path}/stream?after=${last}`, take);
    if (!document.hidden) later(fetchNew);
  }

  document.addEventListener("visibilitychange", watch);
  startReply(path, later, fetchNew, refresh);
  watch();
  let rail = 0;
  return () => {
    if (document.hidden) return;
    clearTimeout(rail);
    rail = window.setTimeout(() => later(refresh), 1000);
  };
}
