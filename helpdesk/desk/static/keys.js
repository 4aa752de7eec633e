// Shortcuts. Those with Alt can be switched off, single keys are off until they are switched on; the page "Keyboard help" lists all.
// @ts-check
import { all, chosen, find } from "./dom.js";

/** By the place of the key, since Option makes other letters of them on a Mac. @type {Record<string, () => boolean>} */
const ALT = {
  KeyJ: () => step(1),
  KeyK: () => step(-1),
  KeyC: claim,
  KeyE: () => open(".key-close", "select"),
  KeyL: () => focus("#text"),
  KeyP: () => focus("#note"),
  KeyR: () => open("[data-picker]", "[data-filter]"),
};

export function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    if (act(event)) event.preventDefault();
  });
}

/** @param {KeyboardEvent} event */
function act(event) {
  if (event.key === "Escape") return leave();
  if (event.ctrlKey || event.metaKey) return false;
  if (event.altKey) return chosen("shortcuts") && !event.shiftKey && Boolean(ALT[event.code]?.());
  if (!chosen("single_keys") || isWriting(event.target)) return false;
  if (event.key === "/") return focus("#q");
  if (event.key === "?") location.assign("/desk/keys");
  return event.key === "?";
}

/** @param {EventTarget | null} target */
const isWriting = (target) => target instanceof HTMLElement && Boolean(target.closest("input, textarea, select, [contenteditable]"));

/** @param {HTMLElement} one */
const isSeen = (one) => one.getClientRects().length > 0;

/** @param {string} selector */
function focus(selector) {
  const one = find(selector);
  if (!one || !isSeen(one)) return false;
  one.focus();
  return true;
}

/** Go to the next or the previous chat of the list, or of one's own beside a conversation. @param {number} by */
function step(by) {
  const links = all(".cover, .row-link, .rail a").filter(isSeen);
  const at = links.findIndex((link) => link === document.activeElement || link.closest(".row, tr")?.contains(document.activeElement));
  const next = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + by))];
  next?.focus();
  return Boolean(next);
}

function claim() {
  const row = document.activeElement?.closest(".row");
  const button = /** @type {HTMLButtonElement | null} */ (row ? find(".row-act button", row) : find(".key-claim"));
  button?.click();
  return Boolean(button);
}

/** @param {string} selector @param {string} inside */
function open(selector, inside) {
  const details = /** @type {HTMLDetailsElement | null} */ (find(selector));
  if (!details) return false;
  details.open = true;
  find(inside, details)?.focus();
  return true;
}

function leave() {
  const details = /** @type {HTMLDetailsElement | null} */ (document.activeElement?.closest("details.pop[open]") ?? find("details.pop[open]"));
  if (!details) return false;
  details.open = false;
  find("summary", details)?.focus();
  return true;
}
