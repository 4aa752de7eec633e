"""Texts that would run as a script, follow a link to one, or break out of where they stand, if a page did not escape them."""

from __future__ import annotations

CALL = "window.ran=1"
FRAMES = (
    "<script>{0}</script>", "<img src=x onerror={0}>", "<svg onload={0}>", "<svg><script>{0}</script></svg>", "<body onload={0}>",
    "<iframe src=javascript:{0}>", "<iframe srcdoc='<script>parent.{0}</script>'>", "<a href=javascript:{0} id=bad>click</a>",
    "<a href=\"data:text/html,<script>{0}</script>\">click</a>", "<details open ontoggle={0}>", "<input autofocus onfocus={0}>",
    "<video><source onerror={0}>", "<object data=javascript:{0}>", "<embed src=javascript:{0}>",
    "<math href=javascript:{0}>x</math>",
    "<form action=javascript:{0}><input type=submit>", "<button formaction=javascript:{0}>x",
    "<meta http-equiv=refresh content=0>",
    "<base href=https://evil.example/>", "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import '//evil.example';</style>",
    "<template><script>{0}</script></template>", "<noscript><p title=\"</noscript><img src=x onerror={0}>\">",
    "<marquee onstart={0}>", "<isindex type=image src=1 onerror={0}>", "<x onclick={0}>click</x>", "<img src=//evil.example/x>",
    "javascript:{0}", "JaVaScRiPt:{0}", "java\tscript:{0}", "[click](javascript:{0})", "![x](x\" onerror={0})",
    "data:text/html,{0}",
)  # fmt: skip
BREAKS = (
    "{}", '">{}', "'>{}", "-->{}", "</textarea>{}", "</title>{}", "</script>{}", "]]>{}", "`>{}",
    '" onmouseover=window.ran=1 x="{}',
)  # fmt: skip
TEMPLATES = ("{{{{7*7}}}}", "{{% raw %}}", "${{7*7}}", "#{{7*7}}", "<%= 7*7 %>", "{{{{config}}}}")


def corpus() -> list[str]:
    """Return more than three hundred of them."""
    bare = [frame.format(CALL) for frame in FRAMES]
    return [*(out.format(one) for out in BREAKS for one in bare), *(one.format() for one in TEMPLATES)]


def packed(longest: int) -> list[str]:
    """Return all of them in as few texts as hold them, each on a line."""
    found: list[str] = []
    for one in corpus():
        if found and len(found[-1]) + len(one) < longest:
            found[-1] += f"\n{one}"
        else:
            found.append(one)
    return found
