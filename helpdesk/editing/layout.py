"""A file's lines, taken apart without losing one: what is before, each block of examples, each text, what is after."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

BLOCK = re.compile(r"  - intent: ")
EXAMPLES = "    examples: |"
EXAMPLE = re.compile(r" {6}- ")
RESPONSE = re.compile(r"  utter_\w+:\s*$")
VARIATION = re.compile(r"    - \w+:")
KEY = re.compile(r"(?:    - |      )(\w+):")


@dataclass
class BlockLines:
    """One block of examples: its head up to `examples: |`, the examples, and comments or blanks after them."""

    head: list[str]
    examples: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [text_of(line) for line in self.examples if EXAMPLE.match(line)]

    def lines(self) -> list[str]:
        return [*self.head, *self.examples, *self.after]


@dataclass
class VariationLines:
    """One text of the response: the lines of each of its keys, in their order."""

    keys: dict[str, list[str]]
    after: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        return [*(line for lines in self.keys.values() for line in lines), *self.after]


@dataclass
class Layout:
    """A whole file; its lines together are the file again."""

    head: list[str]
    blocks: list[BlockLines]
    middle: list[str]
    variations: list[VariationLines]
    tail: list[str]

    def text(self) -> str:
        blocks = [line for block in self.blocks for line in block.lines()]
        variations = [line for one in self.variations for line in one.lines()]
        return "\n".join([*self.head, *blocks, *self.middle, *variations, *self.tail])


def text_of(line: str) -> str:
    """Return the example of its line."""
    return line.strip()[2:].strip()


def layout_of(text: str) -> Layout | None:
    """Take the file apart; None where it is not laid out as docs/authoring.md shows."""
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines) if line.startswith("nlu:")]
    response = next((number for number, line in enumerate(lines) if RESPONSE.match(line)), None)
    if len(starts) != 1 or response is None or response < starts[0]:
        return None
    blocks_end = _outdented(lines, starts[0] + 1)
    variations_end = _outdented(lines, response + 1, 4)
    blocks, end = _blocks(lines, starts[0] + 1, blocks_end)
    variations, last = _variations(lines, response + 1, variations_end)
    if blocks is None or variations is None:
        return None
    return Layout(lines[: starts[0] + 1], blocks, lines[end : response + 1], variations, lines[last:])


def _outdented(lines: Sequence[str], start: int, indent: int = 1) -> int:
    """Return where the lines from `start` on are no longer indented so far."""
    for number in range(start, len(lines)):
        line = lines[number]
        if line.strip() and not line.startswith(" " * indent) and not line.lstrip().startswith("#"):
            return number
    return len(lines)


def _back_over_blanks(lines: Sequence[str], start: int, end: int, indent: int) -> int:
    """Return where the blank lines and comments at the end of a section begin."""
    while end > start and (not lines[end - 1].strip() or (_indent(lines[end - 1]) < indent and _comment(lines[end - 1]))):
        end -= 1
    return end


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _blocks(lines: Sequence[str], start: int, end: int) -> tuple[list[BlockLines] | None, int]:
    end = _back_over_blanks(lines, start, end, 2)
    blocks: list[BlockLines] = []
    at = start
    while at < end:
        head_end = next((n for n in range(at, end) if lines[n] == EXAMPLES), None)
        if not BLOCK.match(lines[at]) or head_end is None:
            return None, end
        following = next((n for n in range(head_end + 1, end) if _indent(lines[n]) < 6 and lines[n].strip()), end)
        upto = _back_over_blanks(lines, head_end + 1, following, 0)
        following = next((n for n in range(following, end) if BLOCK.match(lines[n])), end)
        blocks.append(BlockLines(list(lines[at : head_end + 1]), list(lines[head_end + 1 : upto]), list(lines[upto:following])))
        at = following
    return blocks, end


def _variations(lines: Sequence[str], start: int, end: int) -> tuple[list[VariationLines] | None, int]:
    end = _back_over_blanks(lines, start, end, 4)
    found: list[VariationLines] = []
    key = ""
    for line in lines[start:end]:
        if VARIATION.match(line):
            found.append(VariationLines({}))
        if not found:
            return None, end
        named = KEY.match(line)
        if named:
            key = named[1]
        if not key or (named and key in found[-1].keys):
            return None, end
        found[-1].keys.setdefault(key, []).append(line)
    return found, end
