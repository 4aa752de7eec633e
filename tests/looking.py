"""Look at a page as axe does, in every colour scheme, and at its geometry, at every size."""

from __future__ import annotations

from typing import Any

import pytest

axe_api = pytest.importorskip("axe_playwright_python.sync_playwright")

AXE = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "rules": {"color-contrast-enhanced": {"enabled": True}, "target-size": {"enabled": True}},
}
# Other colours change nothing that the other rules look at.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "color-contrast-enhanced"]}}
MODES = {
    "light": {"color_scheme": "light", "forced_colors": "none", "contrast": "no-preference"},
    "dark": {"color_scheme": "dark", "forced_colors": "none", "contrast": "no-preference"},
    "forced": {"color_scheme": "light", "forced_colors": "active", "contrast": "no-preference"},
    "contrast": {"color_scheme": "dark", "forced_colors": "none", "contrast": "more"},
}
SIZES = ((1280, 720, 16), (320, 568, 16), (640, 512, 32), (320, 256, 16))  # width, height, size of the text
# What cannot be seen by axe: what is too small, covered, cut off, or makes the page scroll sideways.
GEOMETRY = """() => {
  const seen = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length > 0;
  const isInline = (one) => one.localName === "a" && Boolean(one.closest("p, dd")) && !one.matches(".cover, .tel, .button");
  const called = (one) => (one.getAttribute("aria-label") ?? one.labels?.[0]?.textContent ?? one.textContent).trim().slice(0, 50);
  const dialog = document.querySelector("dialog[open]");
  const faults = [];
  const aside = document.documentElement.scrollWidth - innerWidth;
  if (aside > 0) faults.push(`sideways by ${aside}`);
  for (const one of (dialog ?? document).querySelectorAll("a, button, summary, input:not([type=hidden]), select, textarea")) {
    if (!seen(one) || one.closest(".skip")) continue;
    one.scrollIntoView({ block: "center" });
    const box = one.getClientRects()[0];
    const target = one.matches(".cover") ? one.closest(".row").getBoundingClientRect()
      : one.type === "checkbox" ? one.parentElement.getBoundingClientRect() : one.getBoundingClientRect();
    const { width, height } = target;
    if (!isInline(one) && Math.min(width, height) < 43.9) faults.push(`“${called(one)}” ${width} by ${height}`);
    if (box.left < -1 || box.right > innerWidth + 1) faults.push(`“${called(one)}” is cut off`);
    const middle = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
    const hit = document.elementFromPoint(box.left + box.width / 2, middle);
    const isHit = hit === one || one.contains(hit) || hit?.contains(one) || hit?.closest(".pop[open] > .panel");
    if (!isHit) faults.push(`“${called(one)}” is under ${hit?.outerHTML.slice(0, 60)}`);
  }
  return faults;
}"""

Found = dict[tuple[Any, ...], Any]


def axe_script() -> str:
    return str(axe_api.Axe().axe_script)


def look(page: Any, state: str, found: dict[str, Found]) -> None:
    """Note under "axe" and "geometry" what is wrong with the page in this state: lists, empty where nothing is."""
    page.evaluate(axe_script())
    for mode, media in MODES.items():
        page.emulate_media(**media)
        rules = AXE if mode == "light" else COLOURS
        ran = page.evaluate("(options) => axe.run(document, options)", {**rules, "resultTypes": ["violations"]})
        wrong = [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in ran["violations"]]
        found["axe"][state, mode] = wrong
    page.emulate_media(**MODES["light"])
    for width, height, text in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("(size) => document.documentElement.style.setProperty('font-size', `${size}px`)", text)
        found["geometry"][state, width, height, text] = page.evaluate(GEOMETRY)
    page.set_viewport_size({"width": 1280, "height": 720})
    page.evaluate("document.documentElement.style.removeProperty('font-size')")
