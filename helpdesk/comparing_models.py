"""Compare what two models made of the same questions, and say it in sentences. Pure: no file, no network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from helpdesk.comparing import BINS, WORST_FIRST, Change, Comparison, Confusion, Failure, Figure
from helpdesk.measured import HELD_OUT, MUST, REAL, SAVED, SETS, Held, Measures, Said
from helpdesk.scoring import RIGHT

TO_A_PERSON = frozenset(("refer", "handoff", "advice", "miss", "privacy", "down"))
IN_WORDS = {
    "better": ("better", "better"),
    "worse": ("worse", "worse"),
    "person": ("now goes to a person", "now go to a person"),
    "different": ("answered otherwise, neither better nor worse", "answered otherwise, neither better nor worse"),
}


def compare(candidate: str, after: Measures, live: str | None = None, before: Measures | None = None) -> Comparison:
    """Compare what two models made of the same questions; without `before` there is only the candidate."""
    known = before.by_key() if before else {}
    pairs = [(known[one.key], one) for one in after.held if one.key in known]
    changes = sorted(_changes(pairs), key=lambda change: (WORST_FIRST.index(change.verdict), SETS.index(change.set)))
    failures = tuple(_failure(one) for one in after.of(MUST, SAVED) if not one.right)
    figures = tuple(_figures(after.held, known if before else None))
    made = Comparison(
        candidate=candidate,
        live=live,
        changes=tuple(changes),
        figures=figures,
        confusions=tuple(_confusions(after.of(HELD_OUT, SAVED))),
        confidence_before=_histogram(was for was, _ in pairs),
        confidence_after=_histogram(after.held),
        failures=failures,
        seconds=after.seconds,
    )
    return replace(made, sentences=tuple(_sentences(made, len(pairs), before is not None)))


def _changes(pairs: Iterable[tuple[Held, Held]]) -> Iterable[Change]:
    for was, now in pairs:
        turns = list(zip(was.turns, now.turns, strict=False))
        differing = [(old, new) for old, new in turns if old.same != new.same]
        judged = was.verdict is not None and now.verdict is not None
        if differing or (judged and was.right != now.right):
            old, new = differing[0] if differing else turns[-1]
            said = "" if now.right else now.verdict or ""
            verdict = _verdict(was, now, old, new)
            yield Change(new.ask, now.set, now.group, verdict, old.first, new.first, new.wanted, said, now.source)


def _verdict(was: Held, now: Held, old: Said, new: Said) -> str:
    if was.right != now.right and was.verdict is not None and now.verdict is not None:
        return "better" if now.right else "worse"
    return "person" if old.route == "answer" and new.route in TO_A_PERSON else "different"


def _figures(held: Sequence[Held], known: Mapping[str, Held] | None) -> Iterable[Figure]:
    groups: dict[tuple[str, str], list[Held]] = {}
    for one in held:
        if one.verdict is not None:
            groups.setdefault((one.set, one.group), []).append(one)
    for (of, group), ones in sorted(groups.items(), key=lambda item: SETS.index(item[0][0])):
        before = None
        if known is not None and all(one.key in known for one in ones):
            before = sum(known[one.key].right for one in ones)
        yield Figure(of, group, len(ones), sum(one.right for one in ones), before)


def _confusions(held: Iterable[Held]) -> Iterable[Confusion]:
    """Count single questions about one topic that were answered with another one, or not at all."""
    found: Counter[tuple[str, str]] = Counter()
    for one in held:
        turn = one.turns[0]
        if len(one.turns) == 1 and turn.topic and one.verdict != RIGHT:
            first = turn.first
            found[turn.topic, first.topic if first.route == "answer" and first.topic else first.route] += 1
    for (wanted, got), count in sorted(found.items(), key=lambda item: (-item[1], item[0])):
        if wanted != got:
            yield Confusion(wanted, got, count)


def _histogram(held: Iterable[Held]) -> tuple[int, ...]:
    bins = [0] * BINS
    for one in held:
        for turn in one.turns:
            sure = turn.first.confidence
            if sure is not None:
                bins[min(BINS - 1, max(0, int(sure * BINS)))] += 1
    return tuple(bins)


def _failure(one: Held) -> Failure:
    turn = one.turns[-1]
    return Failure(turn.ask, one.set, one.group, turn.wanted, turn.first, one.verdict or "")


def _sentences(made: Comparison, asked: int, has_live: bool) -> Iterable[str]:
    if has_live:
        yield _told_changes(made, asked)
    elif made.live:
        yield "The live model could not be asked, because the program has changed. Restart the help desk, then train again."
    else:
        yield "Nothing is live yet, so there is nothing to compare with."
    visitors = [change for change in made.changes if change.set == REAL]
    if visitors:
        yield f"Among them {_many(len(visitors), 'is a question', 'are questions')} that visitors really asked."
    yield from _told_figures(made)
    yield from _told_failures(made)


def _told_changes(made: Comparison, asked: int) -> str:
    if not made.changes:
        return f"None of {asked:,} questions would be answered differently."
    parts = [
        f"{made.count(verdict)} {IN_WORDS[verdict][made.count(verdict) != 1]}"
        for verdict in ("better", "worse", "person", "different")
        if made.count(verdict)
    ]
    return f"{len(made.changes)} of {asked:,} questions would be answered differently: {', '.join(parts)}."


def _told_figures(made: Comparison) -> Iterable[str]:
    ones = [figure for figure in made.figures if figure.set == HELD_OUT]
    if not ones:
        return
    of, after = sum(one.of for one in ones), sum(one.after for one in ones)
    told = f"Of {of:,} held-out questions {after:,} are answered right"
    if all(one.before is not None for one in ones):
        more = after - sum(one.before or 0 for one in ones)
        told += ", as many as now" if more == 0 else f", {abs(more)} {'more' if more > 0 else 'fewer'} than now"
    yield f"{told} ({100 * after / of:.1f} %)."


def _told_failures(made: Comparison) -> Iterable[str]:
    for of, name, names in (
        (MUST, "sentence that must be right", "sentences that must be right"),
        (SAVED, "saved test", "saved tests"),
    ):
        asked = sum(figure.of for figure in made.figures if figure.set == of)
        wrong = sum(failure.set == of for failure in made.failures)
        if wrong:
            yield f"{wrong} of {_many(asked, name, names)} came out wrong."
        elif asked:
            yield f"{'Every' if asked > 1 else 'The'} {name} comes out right ({asked})."


def _many(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"
