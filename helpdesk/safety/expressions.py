"""Turning a line of a pattern into an expression that is valid and can never take long."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any


class SafetyError(Exception):
    """A safety file that must not go live: which file, which pattern, what to do."""

    def __init__(self, file: str, pattern: str | None, advice: str, sentences: Sequence[str] = ()):
        self.file, self.pattern, self.advice, self.sentences = file, pattern, advice, list(sentences)
        where = f"{file}, pattern {pattern}" if pattern else file
        listed = "".join(f"\n  - {s}" for s in self.sentences)
        super().__init__(f"{where}: {advice}{listed}")


def expression(source: Any, words: dict[str, str], file: str, pattern: str) -> str:
    if not isinstance(source, str) or not source.strip():
        raise SafetyError(file, pattern, f"every line under `match` and `unless` is text, not {source!r}; put it in quotes")

    def word(m: re.Match[str]) -> str:
        if m.group(1) not in words:
            raise SafetyError(file, pattern, f"<{m.group(1)}> is not listed under `words` at the head of the file; add it there")
        return words[m.group(1)]

    whole = source
    for _ in range(3):
        whole = re.sub(r"(?<!\(\?P)(?<!\(\?)<(\w+)>", word, whole)
    try:
        compiled = re.compile(whole)
    except (re.error, RecursionError, OverflowError) as error:
        raise SafetyError(file, pattern, f"`{source}` is not a valid expression ({error}); correct it or take it out") from None
    if compiled.match(""):
        raise SafetyError(file, pattern, f"`{source}` matches an empty message, so it would fire on everything; add a word")
    return whole


def _slow(expression: str) -> str | None:
    """Why this expression might take for ever on some message; None where it cannot."""
    try:
        from re import _parser as parser  # type: ignore[attr-defined]
    except ImportError:
        import sre_parse as parser  # Python 3.10

    def unbounded(items: Any, inside: int) -> str | None:
        for op, value in items:
            name = str(op)
            if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
                least, most, sub = value
                many = most > 12
                if many and inside >= 12:
                    return "a repetition inside a repetition (such as `(a+)+`)"
                if inside > 1 and most > 1 and not many and inside * most > 80:
                    return "a repetition inside a repetition (such as `(a{9}){9}`)"
                found = unbounded(sub, max(inside, most) if many else inside * max(most, 1))
            elif name == "SUBPATTERN":
                found = unbounded(value[3], inside)
            elif name == "BRANCH":
                found = next((f for f in (unbounded(b, inside) for b in value[1]) if f), None)
            elif name in ("ASSERT", "ASSERT_NOT"):
                found = unbounded(value[1], inside)
            elif name == "GROUPREF":
                found = "a reference to an earlier group"
            elif name == "ATOMIC_GROUP":
                found = unbounded(value, inside)
            else:
                found = None
            if found:
                return found
        return None

    # One word of any length, `\w+`, inside a bounded gap such as `(\w+ ){0,6}` is the usual way to write "some words between": it
    # always ends at a blank and cannot be read two ways. It is looked at as a single letter.
    plain = re.sub(r"\\w[+*] ", "w ", re.sub(r" \\w[+*]", " w", expression))
    found = unbounded(parser.parse(plain), 1)
    return found or ("more than two gaps of any length, such as `.*`" if _gaps(parser.parse(expression)) > 2 else None)


def _gaps(items: Any) -> int:
    """Count the repetitions of any length, one after the other, that go over blanks: each multiplies the time by the length."""
    number = 0
    for op, value in items:
        name = str(op)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            number += 1 if value[1] > 12 and _goes_over_blanks(value[2]) else _gaps(value[2]) * min(value[1], 12)
        elif name == "BRANCH":
            number += max(_gaps(one) for one in value[1])
        elif name in ("SUBPATTERN", "ASSERT", "ASSERT_NOT"):
            number += _gaps(value[3] if name == "SUBPATTERN" else value[1])
    return number


def _goes_over_blanks(items: Any) -> bool:
    return any(_is_blank(str(op), value) for op, value in items)


def _is_blank(name: str, value: Any) -> bool:
    if name == "IN":
        listed = [one for one in value if str(one[0]) != "NEGATE"]
        return _goes_over_blanks(listed) == (len(listed) == len(value))
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        return _goes_over_blanks(value[2])
    if name == "SUBPATTERN":
        return _goes_over_blanks(value[3])
    if name == "BRANCH":
        return any(map(_goes_over_blanks, value[1]))
    if name == "RANGE":
        return bool(value[0] <= 32 <= value[1])
    blanks = ("CATEGORY_SPACE", "CATEGORY_NOT_WORD", "CATEGORY_NOT_DIGIT")
    return name == "ANY" or (name, value) == ("LITERAL", 32) or name == "NOT_LITERAL" or str(value) in blanks


_BUDGET = 0.25  # seconds for one expression on 2,000 characters; a sound one needs a thousandth of a second


def check_speed(expression: str, source: str, file: str, pattern: str) -> None:
    def refused(reason: str) -> SafetyError:
        advice = f"`{source}` can take very long on some messages ({reason}); write the words out or use `(\\w+ ){{0,4}}`"
        return SafetyError(file, pattern, advice)

    reason = _slow(expression)
    if reason:
        raise refused(reason)
    compiled = re.compile(rf"\b(?:{expression})\b")
    words = list(dict.fromkeys(re.findall(r"(?<!\\)\b[a-z]+", source)))[:40] or ["a"]
    # All words but the last: the message that nearly matches is the one that takes longest.
    for piece in (" ".join(words) + " ", " ".join(words[:-1] or words) + " ", words[0] + " ", "a", "a "):
        size = 8
        while size <= 2000:
            hostile = (piece * (size // len(piece) + 1))[:size] + "!"
            start = time.thread_time()
            compiled.search(hostile)
            if time.thread_time() - start > _BUDGET:
                raise refused(f"over {_BUDGET} s on {size} characters")
            size = size + 4 if size < 40 else size * 4
    return None
