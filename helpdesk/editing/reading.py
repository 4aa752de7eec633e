"""A file of data/ as the form that an author fills in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from helpdesk.content.entries import FOLLOW_UP, LEFT_OUT
from helpdesk.editing.forms import Block, Text, TopicForm

BUTTON = "/ask_"
SOURCE = ("page", "section", "as_of", "review_by", "short")


def version_of(text: str, row: str = "") -> str:
    """Return what stands for the text of a file, and behind a dash for its row in the table of topics."""
    return "-".join(hashlib.sha256(part.encode("utf-8", "surrogateescape")).hexdigest()[:20] for part in (text, row) if part)


def form_of(found: Mapping[str, Any], name: str, kind: str, group: str) -> TopicForm:
    """Return the form of what the YAML of an answer or a referral holds."""
    texts = tuple(_text(one) for variations in found["responses"].values() for one in variations)
    question = next((str(one["metadata"].get("question", "")) for v in found["responses"].values() for one in v), "")
    own = "nlu_fallback" if (kind, name) == ("dialogue", "fallback") else name if kind == "dialogue" else f"ask_{name}"
    blocks = tuple(_block(block, own) for block in found.get("nlu") or [])
    return TopicForm(name=name, kind=kind, group=group, question=question, blocks=blocks, texts=texts)


def _block(block: Mapping[str, Any], own: str) -> Block:
    metadata = block.get("metadata") or {}
    kind = "own" if block["intent"] == own else {LEFT_OUT: "left_out", FOLLOW_UP: "follow_up"}.get(block["intent"], "own")
    texts = tuple(line[2:].strip() for line in str(block["examples"]).split("\n") if line.startswith("- "))
    return Block(kind, metadata.get("aspect"), metadata.get("asks"), texts)


def _text(one: Mapping[str, Any]) -> Text:
    metadata = one["metadata"]
    aspect = next((str(c["value"]) for c in one.get("condition") or () if c["name"] == "aspect"), None)
    buttons = tuple((str(b["title"]), str(b["payload"]).removeprefix(BUTTON)) for b in one.get("buttons") or ())
    return Text(
        aspect=aspect,
        text=str(one["text"]).strip(),
        facts=tuple(metadata["facts"]),
        covers=tuple(metadata.get("covers") or ()),
        buttons=buttons,
        **{key: str(metadata.get(key, "")) for key in SOURCE},
    )
