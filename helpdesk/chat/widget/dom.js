// Builds nodes, never markup, so that nothing that was typed can become an element.
/** @param {string} tag @param {Record<string, any>} [attributes] functions become listeners @param {...any} children */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value != null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

/** Return a listener that does something of its own in place of what the browser would do. */
export const instead = (work) => (event) => { event.preventDefault(); work(); };

export const button = (name, click, look) => el("button", { type: "button", class: look, click }, name);

/** Hide a part, or show it; the focus is not lost with it. */
export function hide(part, hidden, leave) {
  if (hidden && part.contains(part.getRootNode().activeElement)) leave();
  part.hidden = hidden;
}

/** Show or hide a fixed part; in the top layer where the browser has one, out of reach of the page's transforms and z-indexes. */
export function raise(part, shown) {
  part.hidden = !shown;
  if (part.popover !== undefined && part.matches(":popover-open") !== shown) part.togglePopover(shown);
}

/** Set styles that the page's own rules cannot undo, whatever they say. */
export function style(node, styles) {
  for (const [name, value] of Object.entries(styles)) node.style.setProperty(name, value, "important");
}

/** Return a function that gives the words of a key, with its `{values}` put in; `n` chooses between one and many. */
export function translator(words) {
  return (key, values = {}) => {
    const text = (values.n === 1 && words[`${key}One`]) || words[key];
    return typeof text === "string" ? text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole) : text;
  };
}
