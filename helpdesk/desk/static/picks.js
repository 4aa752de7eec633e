// Ready replies and the bot's answers: lists to search, each of them put into the reply where the cursor is.
// @ts-check
import { all, find, page } from "./dom.js";

/** @param {HTMLFormElement} form @param {(text: string) => void} put */
export function startPicks(form, put) {
  const picker = /** @type {HTMLDetailsElement} */ (find("[data-picker]", form));
  const filter = /** @type {HTMLInputElement} */ (find("[data-filter]", form));
  const rows = all("[data-picks] li", picker);
  if (filter.parentElement) filter.parentElement.hidden = rows.length < 2;
  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/);
    for (const row of rows) {
      const text = `${row.textContent} ${row.dataset.keywords}`.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
  });
  filter.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    rows.find((row) => !row.hidden)?.querySelector("a")?.click();
  });
  choose(picker, (text) => {
    picker.open = false;
    put(text);
  });
}

/** @param {(text: string) => void} put */
export function startAnswers(put) {
  const dialog = /** @type {HTMLDialogElement} */ (find("[data-answers]"));
  const list = /** @type {HTMLElement} */ (find("[data-answers-list]", dialog));
  const search = /** @type {HTMLFormElement} */ (find("[data-search-answers]", dialog));
  let soon = 0;

  async function look() {
    const query = new URLSearchParams({ part: "list" });
    for (const [name, value] of new FormData(search)) query.set(name, String(value));
    try {
      const { answer, shown } = await page(`/desk/answers?${query}`);
      if (answer.ok) list.replaceChildren(...shown.body.children);
    } catch {
      list.replaceChildren("No connection. Please try again.");
    }
  }

  find("[data-open-answers]")?.addEventListener("click", (event) => {
    event.preventDefault();
    dialog.showModal();
    find("input[type=search]", search)?.focus();
    void look();
  });
  search.addEventListener("submit", (event) => {
    event.preventDefault();
    void look();
  });
  search.addEventListener("input", () => {
    clearTimeout(soon);
    soon = window.setTimeout(look, 200);
  });
  choose(list, (text) => {
    dialog.close();
    put(text);
  });
}

/** @param {HTMLElement} place @param {(text: string) => void} put */
function choose(place, put) {
  place.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? /** @type {HTMLElement | null} */ (event.target.closest("[data-put]")) : null;
    if (!link) return;
    event.preventDefault();
    put(link.dataset.put ?? "");
  });
}
