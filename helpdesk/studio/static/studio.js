// Makes the studio live. Without it every page works with links and forms alone.
// @ts-check
import { forgetAll } from "./topic_kept.js";

for (const time of document.querySelectorAll("time[data-moment]")) {
  const at = new Date(/** @type {HTMLTimeElement} */ (time).dateTime);
  if (!Number.isNaN(at.valueOf())) time.textContent = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
document.querySelector('form[action="/desk/sign-out"]')?.addEventListener("submit", forgetAll);
