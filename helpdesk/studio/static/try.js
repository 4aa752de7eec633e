// Makes trying smoother: the reply is in sight when it is there, and Ctrl and Enter ask.
// @ts-check

const found = /** @type {HTMLElement | null} */ (document.querySelector("[data-found]"));
if (found && !document.querySelector("#problem")) found.focus();

const ask = /** @type {HTMLTextAreaElement | null} */ (document.querySelector("#ask"));
ask?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) ask.form?.requestSubmit();
});
