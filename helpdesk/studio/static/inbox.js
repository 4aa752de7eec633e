// The inbox without reloading, and by single keys. Without it every page works with links and forms alone.
// @ts-check
const TOAST = 10000;
/** @type {Record<string, string>} */
const ACTS = { 1: "1", 2: "2", 3: "3", o: "o", n: "n", r: "r", x: "x", d: "d" };
let toastTimer = 0;

/** @param {string} selector @param {ParentNode} [root] @returns {HTMLElement | null} */
const find = (selector, root = document) => root.querySelector(selector);
/** @param {string} selector @param {ParentNode} [root] @returns {HTMLElement[]} */
const all = (selector, root = document) => [...root.querySelectorAll(selector)].map((one) => /** @type {HTMLElement} */ (one));
const groups = () => all("[data-group]");
/** The group in which the focus is, else the first. */
const current = () => groups().find((group) => group.contains(document.activeElement)) ?? groups()[0];
/** @param {EventTarget | null} target */
const isWriting = (target) =>
  target instanceof HTMLElement && Boolean(target.closest("textarea, select, [contenteditable], input:not([type=checkbox])"));

// ---- sending

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const pressed = /** @type {HTMLButtonElement | null} */ (event.submitter);
  // What leads to another page does so as it always does.
  if (!("send" in form.dataset) || pressed?.hasAttribute("formaction") || pressed?.value === "new_topic") return;
  event.preventDefault();
  void send(form, pressed);
});

/** @param {HTMLFormElement} form @param {HTMLButtonElement | null} pressed */
async function send(form, pressed) {
  const place = groups().findIndex((group) => group.contains(form));
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) body.append(name, String(value));
  if (pressed?.name) body.append(pressed.name, pressed.value);
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
    const shown = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!find("[data-inbox]", shown)) return form.submit(); // Signed out, or away: the browser shows what there is.
    renew(shown, Math.max(0, place));
  } catch {
    announce("No connection. Nothing was done. Please try again.");
  }
}

/** Put the fresh page in the place of the old one; the focus goes to the next question. @param {Document} shown @param {number} place */
function renew(shown, place) {
  const [main, fresh] = [document, shown].map((root) => /** @type {HTMLElement} */ (find("main", root)));
  main.replaceChildren(...fresh.childNodes);
  const [nav, news] = [document, shown].map((root) => find("nav.lists", root));
  if (nav && news) nav.replaceWith(news);
  document.title = shown.title;
  const problem = find("#problem");
  const next = problem ?? groups()[Math.min(place, groups().length - 1)] ?? find("h1");
  next?.focus();
  showTimes();
  startToast();
  announce(find("[data-toast] p, #notice")?.textContent ?? "");
}

function startToast() {
  clearTimeout(toastTimer);
  toastTimer = window.setTimeout(hideToast, TOAST);
}

/** Whoever is about to use it keeps it; what it undoes stays in the list below. */
function hideToast() {
  const toast = find("[data-toast]");
  if (toast?.matches(":hover, :focus-within")) return startToast();
  toast?.remove();
}

/** @param {string} words */
function announce(words) {
  const status = find("[data-status]");
  if (!status) return;
  const said = document.createElement("span");
  said.textContent = words;
  status.replaceChildren(said);
}

function showTimes() {
  for (const time of document.querySelectorAll("time[data-moment]")) {
    const at = new Date(/** @type {HTMLTimeElement} */ (time).dateTime);
    if (!Number.isNaN(at.valueOf())) time.textContent = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  }
}

// ---- keys

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") return leave();
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (!find("[data-inbox][data-keys]") || isWriting(event.target)) return;
  if (press(event.key)) event.preventDefault();
});

/** @param {string} key */
function press(key) {
  if (key === "j" || key === "k") return step(key === "j" ? 1 : -1);
  const button = key === "u" ? find("[data-undo]") : key in ACTS ? find(`[aria-keyshortcuts="${ACTS[key]}"]`, current() ?? document) : null;
  button?.click();
  return Boolean(button);
}

/** @param {number} by */
function step(by) {
  const list = groups();
  const at = list.findIndex((group) => group.contains(document.activeElement));
  list[at < 0 ? 0 : Math.min(list.length - 1, Math.max(0, at + by))]?.focus();
  return list.length > 0;
}

function leave() {
  const details = /** @type {HTMLDetailsElement | null} */ (find("details.pop[open]"));
  if (!details) return;
  details.open = false;
  find("summary", details)?.focus();
}

// ---- the list of topics

const narrow = find("[data-narrow]");
if (narrow) {
  narrow.hidden = false;
  const box = /** @type {HTMLInputElement} */ (find("input", narrow));
  const topics = all("[data-topic]");
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const topic of topics) topic.hidden = !words.every((word) => `${topic.dataset.topic} ${topic.textContent}`.toLowerCase().includes(word));
    for (const kind of all("[data-kind]")) kind.hidden = all("[data-topic]", kind).every((topic) => topic.hidden);
    const number = topics.filter((topic) => !topic.hidden).length;
    const found = find("[data-found]", narrow);
    if (found) found.textContent = number === 1 ? "1 topic" : `${number} topics`;
  });
  // Enter would press the first button of the form, also one that is not shown.
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (box.value.trim()) find("[data-topic]:not([hidden]) button")?.click();
  });
  box.focus();
}

if (find("[data-toast]")) startToast();
