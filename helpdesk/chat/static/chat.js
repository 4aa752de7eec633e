// Makes the page live: sends with fetch, reads the stream, speaks what is new. Without it the page's forms do the same.
// @ts-check

const PHONE = "1-800-344-4867";
const SPEAK_AFTER = 400;
const MUST_WAIT = 2500;
const root = /** @type {HTMLElement} */ (document.querySelector("#chat"));
const log = /** @type {HTMLElement} */ (root.querySelector("[data-log]"));
const status = /** @type {HTMLElement} */ (root.querySelector("[data-status]"));
const speaker = /** @type {HTMLElement} */ (root.querySelector("[data-speaker]"));
const alertBox = /** @type {HTMLElement} */ (root.querySelector("[data-alert]"));
const sayForm = /** @type {HTMLFormElement} */ (root.querySelector("[data-say]"));
const box = /** @type {HTMLTextAreaElement} */ (sayForm.elements.namedItem("text"));

/** @type {{id: string, token: string} | null} */
let conversation = root.dataset.conversation ? { id: root.dataset.conversation, token: root.dataset.token ?? "" } : null;
let last = Math.max(...[...log.children].map((item) => Number(/** @type {HTMLElement} */ (item).dataset.seq)));
let typedNumber = "";
let saidTyping = 0;
let sending = Promise.resolve();
/** @type {Promise<void> | null} */
let starting = null;

// ---- talking to the server

/** @param {string} path @param {RequestInit} [options] */
function call(path, options = {}) {
  const headers = { Authorization: `Bearer ${conversation?.token}`, ...options.headers };
  return fetch(`/api/conversations/${conversation?.id}${path}`, { ...options, headers });
}

/** @param {string} path @param {object} body */
function post(path, body) {
  return call(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
}

/** Begin the conversation with the first thing that is sent; the cookie and the token are set together. */
function begin() {
  starting ??= (conversation ? Promise.resolve() : beginNow()).catch((error) => {
    starting = null;
    throw error;
  });
  return starting;
}

async function beginNow() {
  const csrf = new FormData(sayForm).get("csrf");
  const answer = await fetch("/chat/start", { method: "POST", body: new URLSearchParams({ csrf: String(csrf) }) });
  if (!answer.ok) throw new Error(await problem(answer));
  const begun = await answer.json();
  conversation = begun;
  // The cookie is another one now, and every form of the page proves that it knows it.
  for (const field of document.querySelectorAll("input[name=csrf]")) /** @type {HTMLInputElement} */ (field).value = begun.csrf;
  for (const part of root.querySelectorAll("[data-later]")) part.removeAttribute("hidden");
  void listen();
}

/** @param {Response} answer */
async function problem(answer) {
  const body = await answer.json().catch(() => null);
  return body?.error?.message ?? `That did not work. Please try again, or call ${PHONE}.`;
}

async function listen() {
  let pause = 2000;
  for (;;) {
    try {
      const headers = { Accept: "text/event-stream", "Last-Event-ID": String(last) };
      const answer = await call("/events", { headers });
      if (answer.status === 401 || answer.status === 404) return location.replace("/chat");
      if (answer.ok && answer.body) {
        pause = 2000;
        await read(answer.body.getReader());
      }
    } catch {
      // The connection is gone; the next round takes up where this one ended.
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, 15000);
  }
}

/** @param {ReadableStreamDefaultReader<Uint8Array>} reader */
async function read(reader) {
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += decoder.decode(value, { stream: true });
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const line = block.split("\n").find((part) => part.startsWith("data: "));
      if (line) take(JSON.parse(line.slice(6)));
    }
  }
}

/** @param {any} event */
function take(event) {
  if (event.kind === "typing") return showTyping(event.name);
  if (event.seq <= last) return;
  last = event.seq;
  if (event.kind === "owner") root.querySelector("[data-stop]")?.toggleAttribute("hidden", event.owner !== "waiting");
  if (!event.text) return;
  log.querySelector(`[data-client-id="${event.client_id}"]`)?.remove();
  log.append(message(event));
  if (event.author === "visitor") {
    if (event.masked?.includes("phone")) fillCallback();
    return;
  }
  hideTyping();
  root.querySelector("[data-waiting]")?.remove();
  speak(event);
  log.lastElementChild?.scrollIntoView({ block: "nearest" });
}

// ---- sending

/** @param {string} text @param {string | null} choice @param {string} [id] */
function say(text, choice, id = newId()) {
  const item = pending(text, id);
  typedNumber = text.match(/[+(]?\d[\d\s().-]{5,18}\d/)?.[0] ?? "";
  sending = sending.then(() => send(item, text, choice, id));
}

/** One after the other, so that they arrive as they were typed. @param {HTMLElement} item @param {string} text @param {string | null} choice @param {string} id */
async function send(item, text, choice, id) {
  try {
    await begin();
    const answer = await post("/messages", { client_id: id, text, ...(choice ? { choice } : {}) });
    if (answer.ok) return;
    const words = await problem(answer);
    item.remove();
    if (!choice) box.value ||= text;
    alertBox.textContent = words;
  } catch {
    notSent(item, () => say(text, choice, id));
  }
}

/** @param {string} text @param {string} id */
function pending(text, id) {
  alertBox.textContent = "";
  log.querySelector(`[data-client-id="${id}"]`)?.remove();
  const item = element("li", { className: "message visitor" }, element("p", { className: "who" }, "You"), ...paragraphs(text));
  item.dataset.clientId = id;
  log.append(item);
  item.scrollIntoView({ block: "nearest" });
  return item;
}

/** @param {HTMLElement} item @param {() => void} again */
function notSent(item, again) {
  const button = element("button", { type: "button" }, "Try again");
  button.addEventListener("click", () => {
    box.focus();
    again();
  });
  item.append(element("p", { className: "problem" }, "Not sent. "), button);
  alertBox.textContent = `Your message was not sent. You can try again, or call ${PHONE}.`;
}

/** crypto.randomUUID is there on secure pages only; getRandomValues is everywhere. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

async function askPerson() {
  try {
    await begin();
    const answer = await post("/handoff", {});
    if (!answer.ok) alertBox.textContent = await problem(answer);
  } catch {
    alertBox.textContent = `That did not work. Please call ${PHONE}.`;
  }
}

/** @param {HTMLFormElement} form @param {string} helpful */
async function rate(form, helpful) {
  const answer = await post("/feedback", { seq: Number(new FormData(form).get("seq")), helpful: helpful === "yes" });
  form.replaceChildren(element("span", {}, answer.ok ? "Thank you. That helps us." : await problem(answer)));
}

function fillCallback() {
  const phone = /** @type {HTMLInputElement} */ (document.querySelector("#phone"));
  if (typedNumber && !phone.value) phone.value = typedNumber;
  typedNumber = "";
}

// ---- showing

/** @param {string} tag @param {object} properties @param {...(Node | string)} children */
function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return /** @type {any} */ (made);
}

/** @param {string} text */
function paragraphs(text) {
  return text.split(/\n{2,}/).map((part) => element("p", { className: "words" }, ...linked(part)));
}

/** @param {string} text */
function linked(text) {
  return text.split(PHONE).flatMap((part, number) => (number ? [element("a", { href: "tel:+18003444867" }, PHONE), part] : [part]));
}

/** @param {any} event */
function message(event) {
  const item = element("li", { className: `message ${event.author}`, id: `m${event.seq}`, lang: event.lang ?? "en", tabIndex: -1 });
  item.dataset.seq = event.seq;
  item.append(element("p", { className: "who", lang: "en" }, event.name), ...paragraphs(event.text), ...sources(event.answers ?? []));
  const actions = (event.actions ?? []).map((/** @type {any} */ action) => element("li", {}, button(action)));
  if (actions.length) item.append(element("ul", { className: "actions" }, ...actions));
  if (event.route === "answer") item.append(rating(event.seq));
  return item;
}

/** @param {any[]} answers */
function sources(answers) {
  const told = answers.filter((answer) => answer.page).map((answer) => {
    const section = answer.section ? `, “${answer.section}”` : "";
    const age = answer.as_of ? `, about ${answer.as_of}` : "";
    return `From the page “${answer.page}”${section}${age}.`;
  });
  return [...new Set(told)].map((source) => element("p", { className: "source" }, source));
}

/** @param {any} action */
function button(action) {
  if (action.href) return element("a", { className: "button", href: action.href }, action.title);
  const made = element("button", { type: "button" }, action.title);
  const acts = { ask: () => say(action.title, action.choice), person: askPerson, callback: openCallback };
  made.addEventListener("click", () => {
    if (action.kind === "ask") box.focus();
    acts[/** @type {keyof typeof acts} */ (action.kind)]?.();
  });
  return made;
}

/** @param {number} seq */
function rating(seq) {
  const form = element("form", { className: "rate" }, element("span", {}, "Did this help?"));
  form.dataset.rate = "";
  form.append(element("input", { type: "hidden", name: "seq", value: String(seq) }));
  for (const [value, title, label] of [["yes", "Yes", "Yes, this answer helped"], ["no", "No", "No, this answer did not help"]]) {
    form.append(element("button", { className: "quiet", name: "helpful", value, ariaLabel: label }, title));
  }
  return form;
}

function openCallback() {
  const details = /** @type {HTMLDetailsElement} */ (root.querySelector("[data-callback]"));
  details.open = true;
  details.querySelector("input:not([type=hidden])")?.scrollIntoView({ block: "center" });
  /** @type {HTMLElement | null} */ (details.querySelector("#name"))?.focus();
}

/** @param {string} [name] */
function showTyping(name = "The bot") {
  status.hidden = false;
  status.textContent = `${name} is writing …`;
  clearTimeout(saidTyping);
  saidTyping = window.setTimeout(() => !status.hidden && put(`${name} is writing.`), MUST_WAIT);
}

function hideTyping() {
  status.hidden = true;
  clearTimeout(saidTyping);
}

/** Say a reply once: the list that is seen is not live, so that nothing is read twice. @param {any} event */
function speak(event) {
  const asks = (event.actions ?? []).filter((/** @type {any} */ action) => action.kind === "ask").length;
  const offer = asks ? ` ${asks} suggested question${asks > 1 ? "s" : ""}.` : "";
  put(`${event.name}: ${event.text}${offer}`, event.lang);
}

/** @param {string} words @param {string} [lang] */
function put(words, lang = "en") {
  window.setTimeout(() => {
    const said = element("p", { lang }, words);
    speaker.append(said);
    window.setTimeout(() => said.remove(), 5000);
  }, SPEAK_AFTER);
}

// ---- the page's own forms, made live

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const pressed = /** @type {HTMLButtonElement | null} */ (event.submitter);
  if (form === sayForm) sendTyped();
  else if ("ask" in form.dataset) say(pressed?.value ?? "", String(new FormData(form).get("choice")));
  else if ("person" in form.dataset) askPerson();
  else if ("rate" in form.dataset && conversation) rate(form, pressed?.value ?? "");
  else return;
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("[data-open-callback]") : null;
  if (!link) return;
  event.preventDefault();
  openCallback();
});

box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  sendTyped();
});

function sendTyped() {
  const text = box.value.trim();
  if (!text) return;
  box.value = "";
  box.focus();
  say(text, null);
}

const hint = root.querySelector("#hint");
if (hint) hint.append(" Press Enter to send, Shift and Enter for a new line.");
if (conversation) void listen();
