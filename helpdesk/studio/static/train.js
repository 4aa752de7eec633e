// Follows what is under way: a training, a check, a publication. Without it the pages have links to refresh them.
// @ts-check

const EVERY = 1000;

/** Say something to who cannot see it. @param {string} words */
function announce(words) {
  const status = document.querySelector("[data-status]");
  if (status && words) status.textContent = words;
}

/** @param {Element} place */
const part = (place) => /** @type {HTMLElement | null} */ (place.querySelector("[data-job]"));

/** @param {ParentNode} root */
function showMoments(root) {
  for (const time of root.querySelectorAll("time[data-moment]")) {
    const at = new Date(/** @type {HTMLTimeElement} */ (time).dateTime);
    if (!Number.isNaN(at.valueOf())) time.textContent = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  }
}

/** Put what is new into the part; what has the focus stays where it is. @param {HTMLElement} before @param {HTMLElement} after */
function renew(before, after) {
  for (const one of before.querySelectorAll("[data-fresh]")) {
    const fresh = after.querySelector(`[data-fresh="${/** @type {HTMLElement} */ (one).dataset.fresh}"]`);
    if (fresh && fresh.textContent !== one.textContent) one.replaceWith(fresh);
  }
  before.dataset.now = after.dataset.now;
}

/** @param {HTMLElement} place */
function follow(place) {
  for (const link of place.querySelectorAll("[data-refresh]")) link.remove();
  if (part(place)?.dataset.state === "idle") return;
  window.setTimeout(() => void look(place), EVERY);
}

/** @param {HTMLElement} place */
async function look(place) {
  if (document.hidden) return follow(place);
  try {
    const answer = await fetch(`${place.dataset.poll}?itself=yes`, { headers: { Accept: "text/html" } });
    if (answer.status === 401) return location.reload();
    if (answer.ok) take(place, new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // No connection just now: the next look may have one.
  }
  follow(place);
}

/** @param {HTMLElement} place @param {Document} shown */
function take(place, shown) {
  const [before, after] = [part(place), part(shown.body)];
  if (!before || !after) return;
  showMoments(after);
  if (before.dataset.now !== after.dataset.now) announce(after.dataset.now ?? "");
  if (before.dataset.state === after.dataset.state && before.dataset.job === after.dataset.job) return renew(before, after);
  const hadFocus = place.contains(document.activeElement);
  before.replaceWith(after);
  if (hadFocus) {
    const head = /** @type {HTMLElement | null} */ (after.querySelector("h2"));
    head?.setAttribute("tabindex", "-1");
    head?.focus();
  }
}

for (const place of document.querySelectorAll("[data-poll]")) follow(/** @type {HTMLElement} */ (place));
