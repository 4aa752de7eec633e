// Tells, while somebody writes, how hard it is to read and what is not right, and shows it as a visitor will see it.
// @ts-check
import { Preview } from "./topic_preview.js";

const PAUSE = 300;
const SPOKEN_AFTER = 1200;

/** @param {HTMLFormElement} form */
export function judge(form) {
  const state = { asked: 0, timer: 0, speaking: 0, said: "", text: 0, touched: new Set(seenWrong(form)), chats: [] };
  const preview = start(form);
  const turn = () => preview?.show(state.chats[state.text] ?? []);
  form.addEventListener("focusin", ({ target }) => {
    const part = /** @type {HTMLElement} */ (target).closest("[data-text]");
    if (!part || Number(/** @type {HTMLElement} */ (part).dataset.text) === state.text) return;
    state.text = Number(/** @type {HTMLElement} */ (part).dataset.text);
    turn();
  });
  const soon = (/** @type {Event} */ { target }) => {
    touch(state.touched, /** @type {HTMLElement} */ (target));
    clearTimeout(state.timer);
    state.timer = setTimeout(ask, PAUSE);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  ask();

  async function ask() {
    count(form);
    const mine = ++state.asked;
    const body = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    const answer = await fetch(`/studio/preview/${form.dataset.name}`, { method: "POST", body }).catch(() => null);
    if (mine !== state.asked) return;
    if (!answer?.ok) return tell(form, answer?.status === 401 || answer?.status === 403 ? OUT : AWAY);
    const found = await answer.json();
    if (mine !== state.asked) return;
    mark(form, found, state.touched);
    state.chats = found.chats;
    turn();
    speak(form, state);
  }
}

const OUT = "You are signed out. What you write is kept in this browser. Sign in, and open this page again.";
const AWAY = "The studio does not answer right now. What you write is kept in this browser.";

/** @param {HTMLFormElement} form */
function start(form) {
  const place = form.querySelector("[data-preview]");
  if (!place) return null;
  const preview = /** @type {Preview} */ (document.createElement("ms-navigator-preview"));
  place.append(preview);
  return preview;
}

/** @param {HTMLFormElement} form */
function seenWrong(form) {
  const places = [...form.querySelectorAll("[data-wrong]")].filter((one) => one.textContent?.trim());
  return places.map((one) => /** @type {HTMLElement} */ (one).dataset.wrong ?? "");
}

/** Note where somebody has written: nothing is said of the other fields of a page that is just being begun. */
function touch(/** @type {Set<string>} */ touched, /** @type {HTMLElement} */ target) {
  const part = target.closest("[data-text]");
  for (const one of part?.querySelectorAll("[data-wrong]") ?? []) touched.add(/** @type {HTMLElement} */ (one).dataset.wrong ?? "");
  touched.add(target.id);
}

/** @param {HTMLFormElement} form @param {{problems: Record<string, string[]>, measured: string[], said: string}} found */
function mark(form, found, /** @type {Set<string>} */ touched) {
  for (const place of form.querySelectorAll("[data-wrong]")) {
    const id = /** @type {HTMLElement} */ (place).dataset.wrong ?? "";
    const told = touched.has(id) ? (found.problems[id] ?? []).join(" ") : "";
    put(place, told);
    const field = document.getElementById(id);
    if (field?.matches("input, select, textarea")) told ? field.setAttribute("aria-invalid", "true") : field.removeAttribute("aria-invalid");
  }
  for (const place of form.querySelectorAll("[data-measured]")) {
    put(place, found.measured[Number(/** @type {HTMLElement} */ (place).dataset.measured)] ?? "");
  }
  tell(form, found.said);
}

/** Change a text only where it is another. @param {Element} place @param {string} words */
function put(place, words) {
  if (place.textContent !== words) place.textContent = words;
}

/** @param {HTMLFormElement} form @param {string} words */
function tell(form, words) {
  const place = form.querySelector("[data-said]");
  if (place) put(place, words);
}

/** @param {HTMLFormElement} form */
function count(form) {
  let own = Number(Boolean(/** @type {HTMLInputElement | null} */ (form.querySelector("#question"))?.value.trim()));
  for (const box of /** @type {NodeListOf<HTMLTextAreaElement>} */ (form.querySelectorAll("textarea.examples"))) {
    const number = box.value.split("\n").filter((line) => line.trim()).length;
    const place = form.querySelector(`[data-count="${box.id}"]`);
    if (place) put(place, called(number));
    if (box.dataset.kind === "own") own += number;
  }
  const all = form.querySelector("[data-own]");
  if (all) put(all, called(own));
}

/** @param {number} number */
const called = (number) => `${number} ${number === 1 ? "example" : "examples"}`;

/** Say it once nobody types any more, and only what is new about the field in hand. */
function speak(/** @type {HTMLFormElement} */ form, /** @type {{speaking: number, said: string}} */ state) {
  clearTimeout(state.speaking);
  state.speaking = setTimeout(() => {
    const field = document.activeElement;
    if (!field || !form.contains(field)) return;
    const ids = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => /-(measured|wrong|count)$/.test(id));
    const words = ids.map((id) => document.getElementById(id)?.textContent?.trim()).filter(Boolean).join(" ");
    if (!words || words === state.said) return;
    state.said = words;
    document.querySelector("[data-status]")?.replaceChildren(Object.assign(document.createElement("span"), { textContent: words }));
  }, SPOKEN_AFTER);
}
