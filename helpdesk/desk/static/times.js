// Moments in the reader's own time zone, and waits that go on; helpdesk/desk/look.py says the same words.
// @ts-check
import { all } from "./dom.js";

const AWAY = Number(document.body.dataset.now) * 1000 - Date.now();

export function startTimes() {
  showTimes();
  window.setInterval(() => showTimes(), 20_000);
}

/** @param {ParentNode} [root] */
export function showTimes(root = document) {
  const now = Date.now() + AWAY;
  const today = new Date(now).toDateString();
  for (const time of all("time[data-moment]", root)) {
    const moment = new Date(time.getAttribute("datetime") ?? "");
    const day = moment.toDateString() === today ? "" : moment.toLocaleDateString("en-US", { month: "short", day: "numeric" });
    const clock = moment.toLocaleTimeString("en-US", { hour: "numeric", minute: "2-digit" });
    put(time, [day, clock].filter(Boolean).join(", "));
  }
  for (const time of all("time[data-since]", root)) put(time, span((now - Date.parse(time.getAttribute("datetime") ?? "")) / 1000));
}

/** @param {HTMLElement} time @param {string} words */
function put(time, words) {
  if (time.textContent !== words) time.textContent = words;
}

/** @param {number} seconds */
function span(seconds) {
  const minutes = Math.floor(Math.max(0, seconds) / 60);
  if (minutes < 1) return "under 1 min";
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return days === 1 ? "1 day" : `${days} days`;
}
