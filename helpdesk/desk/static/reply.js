// The reply box: a draft that is kept, the grade of reading, ready replies and the bot's answers, sending without a new page.
// @ts-check
import { chosen, element, fields, find, newId } from "./dom.js";
import { startAnswers, startPicks } from "./picks.js";
import { grade } from "./grade.js";

const TYPING = 4000;
const DRAFT = "desk-draft-";
const STUDIO_DRAFT = "ms-navigator-studio draft "; // one sign-in serves both

export function forgetDrafts() {
  for (const name of Object.keys(localStorage)) {
    if (name.startsWith(DRAFT) || name.startsWith(STUDIO_DRAFT)) localStorage.removeItem(name);
  }
}

/** @param {string} path @param {(work: () => Promise<unknown>) => Promise<void>} later @param {() => Promise<void>} fetchNew @param {() => Promise<void>} refresh */
export function startReply(path, later, fetchNew, refresh) {
  const name = DRAFT + path.split("/").pop();
  const form = /** @type {HTMLFormElement | null} */ (find("[data-reply]"));
  const kept = find("[data-kept]");
  if (kept) kept.hidden = !localStorage.getItem(name);
  if (!form || form.dataset.isLive) return;
  form.dataset.isLive = "yes";
  const box = /** @type {HTMLTextAreaElement} */ (find("textarea", form));
  const wrong = /** @type {HTMLElement} */ (find("[data-wrong]", form));
  const how = /** @type {HTMLElement} */ (find("[data-how]", form));
  const easy = /** @type {HTMLElement} */ (find("[data-grade]", form));
  let saidTyping = 0;
  let sending = Promise.resolve();

  box.value ||= localStorage.getItem(name) ?? "";
  how.textContent = chosen("enter_sends") ? "Enter sends, Shift and Enter make a new line." : "Ctrl and Enter send.";
  startPicks(form, put);
  startAnswers(put);
  look();

  function look() {
    if (box.value.trim()) localStorage.setItem(name, box.value);
    else localStorage.removeItem(name);
    const found = grade(box.value);
    easy.textContent = found === null ? "" : `Reading grade ${found}${found > 8 ? ": try shorter words and sentences" : ""}`;
  }

  box.addEventListener("input", () => {
    look();
    wrong.textContent = "";
    if (!box.value.trim() || Date.now() - saidTyping < TYPING) return;
    saidTyping = Date.now();
    fetch(`${path}/typing`, { method: "POST", body: new URLSearchParams({ csrf: csrf() }) }).catch(() => {});
  });

  box.addEventListener("keydown", (event) => {
    const wants = event.ctrlKey || event.metaKey || (chosen("enter_sends") && !event.shiftKey && !event.altKey);
    if (event.key !== "Enter" || event.isComposing || !wants) return;
    event.preventDefault();
    form.requestSubmit();
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = box.value.trim();
    wrong.textContent = text ? "" : "Please write something first.";
    if (!text) return box.focus();
    const item = pending(text);
    box.value = "";
    box.removeAttribute("aria-invalid");
    look();
    box.focus();
    const id = String(new FormData(form).get("client_id"));
    field("client_id").value = newId();
    queue(item, text, id);
  });

  /** @param {HTMLElement} item @param {string} text @param {string} id */
  function queue(item, text, id) {
    sending = sending.then(() => send(item, text, id));
  }

  /** @param {HTMLElement} item @param {string} text @param {string} id */
  async function send(item, text, id) {
    try {
      const answer = await fetch(`${path}/reply`, { method: "POST", body: fields(formNow(), { text, client_id: id }), redirect: "manual" });
      if (answer.type === "opaqueredirect" || answer.ok) {
        await later(fetchNew);
        return item.remove();
      }
      const problem = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#problem")?.textContent?.trim();
      item.remove();
      refused(text, problem ?? "That did not work. Please try again.");
    } catch {
      failed(item, text, id);
    }
  }

  /** The help desk will not have it: the words go back into the box. @param {string} text @param {string} problem */
  function refused(text, problem) {
    const now = /** @type {HTMLTextAreaElement | null} */ (find("[data-reply] textarea"));
    if (now) now.value = now.value.trim() ? `${text}\n\n${now.value}` : text;
    now?.setAttribute("aria-invalid", "true");
    localStorage.setItem(name, now?.value ?? text);
    const place = find("[data-reply] [data-wrong]");
    if (place) place.textContent = problem;
    void later(refresh);
  }

  /** @param {HTMLElement} item @param {string} text @param {string} id */
  function failed(item, text, id) {
    wrong.textContent = "Your reply was not sent. Its text stands above; you can try again.";
    const again = element("button", { type: "button", className: "quiet" }, "Try again");
    const note = element("p", { className: "aside failed" }, element("strong", {}, "Not sent. "), again);
    item.append(note);
    again.addEventListener("click", () => {
      note.remove();
      wrong.textContent = "";
      box.focus();
      queue(item, text, id);
    });
  }

  /** @param {string} text */
  function pending(text) {
    const item = element("li", { className: "message navigator pending" });
    item.append(element("p", { className: "by" }, "You"), element("div", { className: "said" }, element("p", {}, text)));
    find("#latest")?.before(item);
    find("#latest")?.scrollIntoView({ block: "nearest" });
    return item;
  }

  /** Put a text where the cursor is. @param {string} text */
  function put(text) {
    const before = box.value.slice(0, box.selectionStart);
    box.setRangeText(before && !/\s$/.test(before) ? `\n\n${text}` : text, box.selectionStart, box.selectionEnd, "end");
    box.dispatchEvent(new Event("input"));
    box.focus();
  }

  const formNow = () => /** @type {HTMLFormElement} */ (form);
  const csrf = () => field("csrf").value;
  const field = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (formNow().elements.namedItem(name));
}
