// Makes the desk live. Without it every page works with links and forms alone.
// @ts-check
import { startAlerts } from "./alerts.js";
import { all, find } from "./dom.js";
import { startKeys } from "./keys.js";
import { startList } from "./list.js";
import { follow } from "./live.js";
import { forgetDrafts } from "./reply.js";
import { startTalk } from "./talk.js";
import { startTimes } from "./times.js";

startTimes();
startKeys();
for (const field of all("input[name=zone]")) {
  /** @type {HTMLInputElement} */ (field).value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
}
for (const hint of all("[data-zone]")) hint.textContent = "Your own time. Empty: as soon as can be.";
find("[data-sign-out]")?.addEventListener("submit", forgetDrafts);

if ("follows" in document.body.dataset) {
  const takers = [startAlerts(), find("[data-rows]") && startList(), find("[data-chat-page]") && startTalk()];
  follow((news, isFirst) => takers.forEach((take) => take && take(news, isFirst)));
}
