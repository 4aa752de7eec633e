// What takes the chat's place for a while: options, callback, another device, erasing, the summary.
import { button, el, instead, style } from "./dom.js";
import { paragraphs, sources } from "./transcript.js";

const TEXT_SIZES = [16, 18, 20, 24, 28, 32];
const UNDO_SECONDS = 10;

/** Each makes the inside of one view; `ui` is the widget. */
export const VIEWS = { more, callback, device, erase, summary };

function more(ui) {
  const { t } = ui;
  const size = el("span", {}, ui.size);
  const step = (by) => {
    size.textContent = ui.size = TEXT_SIZES[TEXT_SIZES.findIndex((one) => one >= ui.size) + by] ?? ui.size;
    ui.speech.say(`${t("size")} ${ui.size}.`);
  };
  const steps = [button(t("smaller"), () => step(-1), "quiet"), size, button(t("larger"), () => step(1), "quiet")];
  const views = ["callback", "summary", "device", "erase"].map((name) => button(t(name), () => ui.go(name), "quiet"));
  const sizes = el("div", { class: "row", role: "group", "aria-label": t("size") }, ...steps);
  return [sizes, button(t("save"), () => save(ui), "quiet"), ...views, teaching(ui)];
}

/** Off until the visitor ticks it; the help desk knows what they chose, also on another device. */
function teaching(ui) {
  const { t, chat } = ui;
  const { input, node } = field("teaching", t("teaching"), el("input", { type: "checkbox", click }));
  input.setAttribute("aria-describedby", "teaching-text");
  async function click() {
    const agreed = input.checked;
    if (await ui.attempt(() => chat.post("/teaching", { agreed }, "PUT"))) ui.speech.say(t(agreed ? "teachingOn" : "teachingOff"));
    else input.checked = !agreed;
  }
  const show = async () => { input.checked = (await (await chat.call("GET", "/teaching")).json()).agreed; };
  if (chat.conversation) ui.attempt(show);
  return el("div", {}, node, el("p", { id: "teaching-text" }, t("teachingText")));
}

async function save(ui) {
  if (!ui.chat.conversation) return ui.wrong(ui.t("nothing"), ui.trouble);
  const response = await ui.attempt(() => ui.chat.call("GET", "/transcript"));
  if (!response) return;
  const href = URL.createObjectURL(await response.blob());
  el("a", { href, download: "ms-navigator-chat.txt" }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60000);
}

/** A labelled field with its own place for what is wrong with it. */
function field(name, label, input) {
  const error = el("p", { class: "error", id: `${name}-error` });
  input.id = name;
  input.setAttribute("aria-describedby", error.id);
  const wrong = (text) => {
    error.textContent = text;
    input.setAttribute("aria-invalid", Boolean(text));
    return text && input;
  };
  const look = input.type === "checkbox" && "tick";
  return { input, wrong, node: el("div", { class: look }, el("label", { for: name }, label), input, error) };
}

function callback(ui) {
  const { t } = ui;
  const line = (name, type, autocomplete) => field(name, t(name), el("input", { type, autocomplete, maxlength: "200", value: ui.caller[name] }));
  const fields = {
    name: line("name", "text", "name"),
    phone: line("phone", "tel", "tel"),
    when: field("when", t("when"), el("select", {}, ...t("times").map((time) => el("option", {}, time)))),
    topic: line("topic", "text", "off"),
    consent: field("consent", t("consent"), el("input", { type: "checkbox" })),
  };
  const [name, phone, when, topic, consent] = Object.values(fields).map(({ input }) => input);
  const next = el("button", {}, t("next"));
  const form = el("fieldset", {}, ...Object.values(fields).map(({ node }) => node), next);
  const heading = el("h4", { tabindex: "-1" }, t("check"));
  const review = el("div", { class: "column", hidden: true }, heading, button(t("confirm"), confirm), button(t("change"), () => turn(false), "quiet"));
  /** What was typed stays to be read before it is sent, or can be changed. */
  function turn(isReview, focus = isReview ? heading : name) {
    form.disabled = next.hidden = isReview;
    review.hidden = !isReview;
    ui.caller = { name: name.value, phone: phone.value };
    focus.focus();
  }
  const submit = instead(() => {
    const right = { name: name.value.trim(), phone: phone.value.replace(/\D/g, "").length >= 10, consent: consent.checked };
    const wrong = Object.keys(right).map((key) => fields[key].wrong(right[key] ? "" : t(`${key}Error`))).find(Boolean);
    wrong ? wrong.focus() : turn(true);
  });
  async function confirm() {
    const times = `${when.value} (${Intl.DateTimeFormat().resolvedOptions().timeZone})`;
    const body = { name: name.value, phone: phone.value, when: times, topic: topic.value, consent: true };
    const refused = ({ field, message }) => field && (turn(false, fields[field].wrong(t(`${field}Error`) ?? message)), true);
    if (!(await ui.attempt(() => ui.chat.post("/callback", body), refused))) return;
    ui.go(""); // What was kept is told by the help desk, in the conversation.
    ui.tell("handoff", { owner: ui.chat.owner, state: "callback" });
  }
  return [el("form", { novalidate: true, submit }, el("p", {}, t("privacy")), form), review];
}

function device(ui) {
  const { t } = ui;
  const shown = el("p", { class: "code" });
  const show = async () => {
    const given = await ui.attempt(async () => (await ui.chat.post("/device")).json());
    if (!given) return;
    shown.textContent = t("code", { code: given.code, n: Math.round(given.expires_in / 60) });
    ui.speech.say(shown.textContent);
  };
  const code = field("code", t("codeLabel"), el("input", { autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: "20" }));
  const submit = instead(async () => {
    const refused = ({ field, message }) => field && (code.wrong(message).focus(), true);
    if (await ui.attempt(() => ui.chat.goOn(code.input.value), refused)) ui.go("");
  });
  const form = el("form", { submit }, el("p", {}, t("deviceThere")), code.node, el("button", {}, t("enterCode")));
  return [el("p", {}, t("deviceHere")), button(t("getCode"), show), shown, form];
}

/** Ask first, and then leave some seconds to take it back; leaving the page meanwhile erases at once. */
function erase(ui) {
  const { t } = ui;
  const text = el("p", { tabindex: "-1" }, t("eraseText"));
  const keep = button(t("keep"), () => ui.go(""));
  const yes = button(t("eraseYes"), begin, "quiet");
  const leave = () => ui.chat.erase({ keepalive: true });
  function begin() {
    const timer = setTimeout(end, UNDO_SECONDS * 1000);
    addEventListener("pagehide", leave);
    text.textContent = t("erasing");
    keep.textContent = t("undo");
    keep.addEventListener("click", () => { clearTimeout(timer); removeEventListener("pagehide", leave); });
    yes.remove();
    text.focus();
  }
  async function end() {
    removeEventListener("pagehide", leave);
    if (await ui.attempt(() => ui.chat.erase())) ui.note(t("erased"));
    else ui.go("erase");
  }
  return [text, keep, yes];
}

/** What was answered, with its source, and what the pages do not say: that is what to ask a doctor. */
function summary({ t, chat }) {
  const replies = new Map(chat.events.filter((event) => event.reply_to).map((event) => [event.reply_to, event]));
  const pairs = chat.events.filter(({ author }) => author === "visitor").map((asked) => [asked.text, replies.get(asked.seq) ?? {}]);
  const told = pairs.filter(([, { route }]) => route === "answer");
  const open = pairs.filter(([, { route }]) => ["refer", "advice"].includes(route));
  const part = (title, ...nodes) => (nodes.length ? [el("h4", {}, t(title)), ...nodes] : []);
  const answer = ([text, event]) => el("div", {}, el("h5", {}, text), ...paragraphs(event.text), ...sources(event, t).map((from) => el("p", {}, from)));
  const page = el("div", {},
    el("p", {}, pairs.length ? t("summaryNote") : t("nothing")),
    ...part("told", ...told.map(answer)),
    ...part("open", ...open.map(([text]) => el("p", {}, text))),
    ...part("notes", el("div", { class: "notes" })),
    el("p", {}, `${t("call")}.`),
  );
  return [page, button(t("print"), () => print(page))];
}

/** Print one part alone, from a frame of its own: the page around it is not ours to hide. */
function print(part) {
  const frame = el("iframe", { title: "", "aria-hidden": "true", tabindex: "-1" });
  style(frame, { width: "0", height: "0", border: "0" });
  document.body.append(frame);
  const { contentDocument: inside, contentWindow: view } = frame;
  const sheet = new view.CSSStyleSheet();
  sheet.replaceSync("body { font: 12pt/1.5 sans-serif } .notes { block-size: 10em; border: 1px solid }");
  inside.adoptedStyleSheets = [sheet];
  inside.body.append(inside.importNode(part, true));
  view.addEventListener("afterprint", () => setTimeout(() => frame.remove()));
  view.print();
}
