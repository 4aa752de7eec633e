// The editor of a topic: what is typed is kept, judged and shown as it is written. Without it the page works with its buttons.
// @ts-check
import { judge } from "./topic_judge.js";
import { forget, keep } from "./topic_kept.js";

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-editor]"));
forget((form?.dataset.forget ?? "").split(" "));
if (form) {
  keep(form);
  judge(form);
  for (const choice of form.querySelectorAll("select[data-adds]")) {
    choice.addEventListener("change", () => tick(/** @type {HTMLSelectElement} */ (choice)));
  }
}

/** Put what was chosen among what is ticked. @param {HTMLSelectElement} choice */
function tick(choice) {
  const option = choice.selectedOptions[0];
  const list = document.querySelector(`[data-ticks="${choice.dataset.adds}"]`);
  if (!list || !option.value) return;
  const name = `${choice.dataset.adds}-${option.value}`;
  const box = Object.assign(document.createElement("input"), { type: "checkbox", id: name, name, value: "yes", checked: true });
  const label = Object.assign(document.createElement("label"), { htmlFor: name, textContent: option.textContent });
  const item = Object.assign(document.createElement("li"), { className: "tick" });
  item.append(box, label);
  list.querySelector(".none")?.remove();
  list.append(item);
  option.remove();
  choice.value = "";
}
