// How many wait: in the lists' counts, in the title and the icon. A sound or a notification only for who has asked for it.
// @ts-check
import { all, announce, chosen, find } from "./dom.js";

const KINDS = {
  danger: { words: "The safety net has found danger in a chat.", list: "waiting" },
  forwarded: { words: "A colleague has handed a chat to you.", list: "mine" },
  waiting: { words: "Someone is waiting for a person.", list: "waiting" },
};

export function startAlerts() {
  const { danger, forwarded } = document.body.dataset;
  const known = { waiting: Number(find("[data-count=waiting]")?.textContent ?? 0), danger: Number(danger ?? 0), forwarded: Number(forwarded ?? 0) };
  askWhenChosen();
  show(known.waiting);
  return (/** @type {any} */ { counts }, /** @type {boolean} */ isFirst) => {
    for (const [name, number] of Object.entries(counts)) {
      for (const place of all(`[data-count="${name}"]`)) {
        place.textContent = String(number);
        place.classList.toggle("some", Boolean(number));
      }
    }
    show(counts.waiting);
    // Against what this page knew: also what came while there was no connection is told.
    const kind = /** @type {(keyof typeof KINDS)[]} */ (Object.keys(KINDS)).find((one) => counts[one] > known[one]);
    if (isFirst && kind) alertOf(kind);
    Object.assign(known, counts);
  };
}

/** @param {number} waiting */
function show(waiting) {
  const bare = document.title.replace(/^\(\d+\) /, "");
  document.title = waiting && !bare.startsWith("Error") ? `(${waiting}) ${bare}` : bare;
  const icon = /** @type {HTMLLinkElement | null} */ (document.querySelector("[data-icon]"));
  if (icon) icon.href = (waiting ? icon.dataset.iconWaiting : icon.dataset.icon) ?? icon.href;
}

/** @param {keyof typeof KINDS} kind */
function alertOf(kind) {
  if (kind !== "waiting") announce(KINDS[kind].words);
  if (chosen("sound")) tone(kind === "danger" ? 2 : 1);
  if (chosen("notify") && "Notification" in window && Notification.permission === "granted") {
    const shown = new Notification("MS Navigator desk", { body: KINDS[kind].words, tag: kind });
    shown.onclick = () => {
      window.focus();
      location.assign(`/desk/list/${KINDS[kind].list}`);
    };
  }
}

/** A soft tone, once or twice. @param {number} times */
function tone(times) {
  const sound = new AudioContext();
  const volume = sound.createGain();
  volume.gain.value = 0.08;
  volume.connect(sound.destination);
  for (let one = 0; one < times; one += 1) {
    const voice = sound.createOscillator();
    voice.frequency.value = 523;
    voice.connect(volume);
    voice.start(sound.currentTime + one * 0.4);
    voice.stop(sound.currentTime + one * 0.4 + 0.25);
  }
  window.setTimeout(() => void sound.close(), 2000);
}

/** A browser lets a page ask for notifications only when something was pressed. */
function askWhenChosen() {
  const tick = /** @type {HTMLInputElement | null} */ (find("[data-options-form] [name=notify]"));
  tick?.addEventListener("change", async () => {
    const wrong = find("[data-wrong]");
    const may = tick.checked && "Notification" in window ? await Notification.requestPermission() : "granted";
    if (tick.checked && may !== "granted") tick.checked = false;
    if (wrong) wrong.textContent = may === "granted" ? "" : "Your browser does not allow notifications of this page.";
  });
}
