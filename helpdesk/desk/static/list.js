// A list that is always fresh, and never moves under the pointer or the focus.
// @ts-check
import { all, announce, byItself, find, page } from "./dom.js";
import { showTimes } from "./times.js";

export function startList() {
  const place = /** @type {HTMLElement} */ (find("[data-rows]"));
  const button = /** @type {HTMLButtonElement} */ (find("[data-show-rows]"));
  /** @type {HTMLElement | null} */
  let fresh = null;
  let isLooking = false;
  let isStale = false;

  const isInUse = () => place.matches(":hover") || place.contains(document.activeElement) || Boolean(find("details[open]", place));

  async function look() {
    isStale = true;
    if (isLooking) return;
    isLooking = true;
    try {
      while (isStale) {
        isStale = false;
        const { answer, shown } = await page(byItself(location.href));
        if (answer.ok) offer(find("[data-rows]", shown));
      }
    } catch {
      // No connection; the stream says so, and the next news bring the list.
    }
    isLooking = false;
  }

  /** @param {HTMLElement | null} rows */
  function offer(rows) {
    fresh = rows && marks(rows).join() !== marks(place).join() ? rows : null;
    button.hidden = !fresh;
    if (!fresh) return;
    if (!isInUse()) return put();
    const number = news(fresh).length;
    button.textContent = number ? `${number} new – show` : "Changes – show";
    announce(number ? `${number} new in the list` : "The list has changed");
  }

  /** @param {HTMLElement} rows */
  function news(rows) {
    const known = new Set(all("[data-row]", place).map((row) => row.dataset.row));
    return all("[data-row]", rows).filter((row) => !known.has(row.dataset.row));
  }

  function put() {
    const first = fresh ? news(fresh)[0]?.dataset.row : "";
    if (fresh) place.replaceChildren(...fresh.children);
    showTimes(place);
    fresh = null;
    button.hidden = true;
    return first;
  }

  button.addEventListener("click", () => {
    const first = put();
    find(`${first ? `[data-row="${CSS.escape(first)}"] ` : ""}:is(.cover, .row-link)`, place)?.focus();
  });
  return () => void look();
}

/** What of the rows matters to who looks at them. @param {HTMLElement} rows */
const marks = (rows) => all("[data-row]", rows).map((row) => `${row.dataset.row} ${row.dataset.mark}`);
