// What is typed and not saved is kept in this browser, and offered back.
// @ts-check
const START = "ms-navigator-studio draft ";
const PAUSE = 300;
let isOver = false; // signed out: nothing is kept any more

/** @param {string[]} names whose drafts are saved by now */
export function forget(names) {
  for (const name of names.filter(Boolean)) localStorage.removeItem(START + name);
}

/** Forget every draft, and keep no other on this page: whoever signs out leaves nothing behind. */
export function forgetAll() {
  isOver = true;
  for (const name of Object.keys(localStorage)) if (name.startsWith(START)) localStorage.removeItem(name);
}

/** @param {HTMLFormElement} form */
export function keep(form) {
  const key = START + form.dataset.editor;
  const before = JSON.stringify(written(form));
  let timer = 0;
  const store = () => {
    clearTimeout(timer);
    if (isOver) return;
    const now = written(form);
    if (JSON.stringify(now) !== before || form.dataset.typed) put(key, { at: Date.now(), fields: now });
  };
  if (form.dataset.typed) store();
  else offer(key, before);
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(store, PAUSE);
  });
  form.addEventListener("submit", store);
  addEventListener("pagehide", () => timer && store());
}

/** @param {HTMLFormElement} form @returns {[string, string][]} */
function written(form) {
  return [...new FormData(form)].filter(([name]) => name !== "csrf").map(([name, value]) => [name, String(value)]);
}

/** @param {string} key @param {object} draft */
function put(key, draft) {
  try {
    localStorage.setItem(key, JSON.stringify(draft));
  } catch {
    // Denied or full: it is on the page, at least.
  }
}

/** Offer what was written here before, where it is not what stands here. @param {string} key @param {string} before */
function offer(key, before) {
  const kept = localStorage.getItem(key);
  const place = /** @type {HTMLElement | null} */ (document.querySelector("[data-offer]"));
  if (!kept || !place) return;
  const { at, fields } = JSON.parse(kept);
  if (JSON.stringify(fields) === before) return;
  const moment = place.querySelector("[data-offer-at]");
  if (moment) moment.textContent = new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  place.querySelector("[data-throw-away]")?.addEventListener("click", () => {
    localStorage.removeItem(key);
    document.querySelector("h1")?.setAttribute("tabindex", "-1");
    document.querySelector("h1")?.focus();
    place.hidden = true;
  });
  place.querySelector("form")?.append(...fields.map(hidden));
  place.hidden = false;
}

/** @param {[string, string]} field */
function hidden([name, value]) {
  return Object.assign(document.createElement("textarea"), { name, value, hidden: true });
}
