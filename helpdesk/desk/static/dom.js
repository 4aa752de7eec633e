// What the other modules need of the page and of the server.
// @ts-check

/** @param {string} selector @param {ParentNode} [root] @returns {HTMLElement | null} */
export const find = (selector, root = document) => root.querySelector(selector);

/** @param {string} selector @param {ParentNode} [root] @returns {HTMLElement[]} */
export const all = (selector, root = document) => [...root.querySelectorAll(selector)].map((one) => /** @type {HTMLElement} */ (one));

/** Whether an option of this navigator is on. @param {string} name */
export const chosen = (name) => (document.body.dataset.options ?? "").split(" ").includes(name);

/** @param {string} tag @param {object} properties @param {...(Node | string)} children @returns {HTMLElement} */
export function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Say something to who cannot see it. @param {string} words */
export function announce(words) {
  const status = find("[data-status]");
  if (status) status.replaceChildren(element("span", {}, words));
}

/** Show what is wrong with the connection; nothing: it is well again. @param {string} words @param {HTMLElement} [way] */
export function trouble(words, way) {
  const strip = find("[data-trouble]");
  if (!strip || strip.dataset.words === words) return;
  strip.dataset.words = words;
  strip.replaceChildren(words, ...(way ? [" ", way] : []));
  strip.hidden = !words;
}

export function signedOut() {
  trouble("You are signed out.", element("a", { href: `/desk/sign-in?next=${encodeURIComponent(location.pathname)}` }, "Sign in again"));
}

/** @param {Response} answer */
const leadsOut = (answer) => answer.status === 401 || (answer.redirected && new URL(answer.url).pathname === "/desk/sign-in");

/** The address for what is fetched without anybody's doing: it does not keep the sign-in alive. @param {string} address */
export function byItself(address) {
  const found = new URL(address, location.href);
  found.searchParams.set("itself", "yes");
  return found.href;
}

/** Fetch a page; none when we are signed out. @param {string} address @param {RequestInit} [options] */
export async function page(address, options) {
  const answer = await fetch(address, { headers: { Accept: "text/html" }, ...options });
  if (leadsOut(answer)) signedOut();
  const shown = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { answer, shown, problem: find("#problem", shown)?.textContent?.trim() ?? "", isOut: leadsOut(answer) };
}

/** @param {HTMLFormElement} form @param {Record<string, string>} [more] */
export function fields(form, more = {}) {
  const data = new URLSearchParams();
  for (const [name, value] of new FormData(form)) data.append(name, String(value));
  for (const [name, value] of Object.entries(more)) data.set(name, value);
  return data;
}

/** crypto.randomUUID is there on secure pages only. */
export function newId() {
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
