"""No word of a visitor is ever a command to Rasa, and no text of an author is ever code, a path or a secret."""

from __future__ import annotations

import os
import re
import sys
import time
import unicodedata
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpdesk.errors import Refusal
from helpdesk.message import read_text
from helpdesk.safety.expressions import SafetyError, check_speed, expression
from tests.studio import Forms, Studio, opened
from tests.web import Chat, FakeAssistant, FakeSafety, RealServer, settings_for

SECRET = "an environment value that nobody may see"
COMMANDS = ("/restart", '/EXTERNAL_reset{"role":"root"}', "/ask_tob1", "/session_start", "//back", "/nlu_fallback@0.9{}")
SLASHES = "/\uff0f\u2044\u2215\u29f8"
UNSEEN = [
    chr(code)
    for code in range(sys.maxunicode + 1)
    if (chr(code).isspace() or unicodedata.category(chr(code)) in ("Zs", "Zl", "Zp", "Cc", "Cf")) and code != 0x110000
]
HIDDEN = [*UNSEEN, "\u115f", "\u3164", "\uffa0", "\u2800", "\u034f", "\u17b4", "\ufe0f", "\U000e0100"]
FORMS = (
    "%2frestart", "\\u002frestart", "&#47;restart", "&sol;restart", "\x1b[2K/restart", "/\u0338restart", "/\u20d2restart",
    "⼃restart",
)  # fmt: skip
AS_RASA_READS = re.compile(r"^/(?P<name>[^{@]+)")  # after `str.strip()`
HOSTILE = (
    "{}", "{", "}", "{slot}", "{a].__class__.__mro__[1]}", "{x!r}", "{0.__init__.__globals__}", "%(x)s", "${HOME}",
    "${S_SECRET}",
    "{{ config }}", "{% include '/etc/passwd' %}", "&anchor text", "*anchor", "<<: *anchor",
    "!!python/object/apply:os.system [id]",
    "!!python/name:os.system", "!ENV ${HOME}", "a: b", "- a", "a\n- intent: evil\n  examples: |\n    - x", "|", ">", "---", "...",
    "# no", "@x", "`x`", "'", '"', "\\", "\\n", "\x00", "\x1b[31m", "\ud800", "\u202e", "\ufeff", "\u2028", "\x85", "[x](y)",
    "[x]{\"entity\": \"y\"}", "<b>x</b>",
    "../../etc/passwd", "/restart", "a" * 5_001, "x " * 30_000, "[" * 10_000, "{a: " * 10_000,
    "- " * 10_000, "[[[[]]]]" * 500, "&a [" + "*a," * 500 + "]", "1e999", "yes", "null", "~", "2027-13-45", "=cmd|' /C calc'!A0",
)  # fmt: skip
FIELDS = ("question", "title", "text-0", "short-0", "page-0", "as_of-0", "review_by-0", "facts-0", "buttons-0", "block-0", "note")
SLOW = (
    "(a+)+b", "(a|aa)+b", "(a|a?)+b", "(.*)*b", "(.*a){20}", r"(\w+\s?)*b", r"(\w+ )*\w+b", "(x+x+)+y", "((a+)b?)+c", "(a*)*",
    r"([a-z]+)*1", r"(\s*\w+\s*)*b", r"^(\d+)*$", "(a{1,9}){1,99}b", "(a{9}){9}b", r"(a+)\1+b", "(?:a|ab|abc)*d",
    r"(.+)\s(.+)\s(.+)\s(.+)x", "a.*b.*c.*d.*e.*f", "a.*b.*c", r"a[^x]+b\D+c",
)  # fmt: skip


def typed() -> list[str]:
    """Return what somebody may type so that Rasa takes it for an intent: every blank and hidden sign before every form of it."""
    before = [*HIDDEN, *(one * 3 for one in HIDDEN[:40]), " \t\r\n", "\u200b\ufeff\u3000", ""]
    found = [f"{blank}{COMMANDS[number % len(COMMANDS)]}" for number, blank in enumerate(before)]
    found += [f"{one}{slash}{two}restart" for slash in SLASHES for one in HIDDEN[:12] for two in ("", "\u200b", " ")]
    return [*found, *FORMS, *(f"{command}{blank}" for command in COMMANDS for blank in HIDDEN[:30])]


def would_be_an_intent(text: str) -> bool:
    return bool(AS_RASA_READS.match(text.strip()))


def test_the_corpus_would_run_intents_in_a_rasa_that_stands_open() -> None:
    assert len(set(typed())) >= 500
    assert sum(map(would_be_an_intent, typed())) > 200


@pytest.mark.parametrize("way", ["api", "page"])
def test_of_five_hundred_typed_commands_none_reaches_rasa_as_one(tmp_path: Path, way: str) -> None:
    assistant = FakeAssistant()
    server = RealServer(settings_for(tmp_path), assistant, FakeSafety()).start()
    try:
        with server.client() as client:
            corpus = typed() if way == "api" else typed()[::10]
            say_all(client, corpus, way)
            while server.app.state.service.worker.tasks:
                client.get("/healthz")
    finally:
        server.stop()

    assert len(assistant.asked) > len(corpus) * 0.9  # the others had nothing left
    assert [asked.text for asked in assistant.asked if would_be_an_intent(asked.text) or asked.choice is not None] == []


def say_all(client: Any, corpus: list[str], way: str) -> None:
    chat = Chat(client)
    if way == "api":
        for number, text in enumerate(corpus):
            chat = Chat(client) if number % 100 == 99 else chat
            assert chat.send(text).status_code in (202, 422)
        return
    for text in corpus:
        page = client.get("/chat")
        fields = dict(re.findall(r'name="(csrf|client_id)" value="([^"]*)"', page.text))
        body = {**fields, "text": text.encode("utf-8", "surrogatepass")}
        assert client.post("/chat", data=body).status_code in (200, 303, 422)


@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(st.text(st.one_of(st.sampled_from(HIDDEN), st.sampled_from(SLASHES), st.characters(codec=None)), max_size=12))
def test_whatever_stands_before_a_slash_it_is_no_intent_and_tidying_twice_changes_nothing(text: str) -> None:
    try:
        kept = read_text(f"{text}/restart")
    except Refusal:
        return

    assert not would_be_an_intent(kept) and read_text(kept) == kept


@pytest.mark.parametrize("choice", [*COMMANDS, "/ask_nothing", "", "/", "person", None.__class__.__name__, "/ask_vitamin_d "])
def test_a_button_that_was_not_offered_is_refused(tmp_path: Path, choice: str) -> None:
    server = RealServer(settings_for(tmp_path), FakeAssistant(), FakeSafety()).start()
    with server.client() as client:
        chat = Chat(client)
        assert chat.send("Yes", choice=choice).status_code == 422
        assert len(chat.events()) == 1
    server.stop()


# ---- what authors write


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    patch = pytest.MonkeyPatch()
    patch.setenv("S_SECRET", SECRET)
    with opened(tmp_path_factory.mktemp("hostile")) as studio:
        yield studio
    patch.undo()


def draft(studio: Studio) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(studio.root.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("field", FIELDS)
def test_no_text_of_an_author_becomes_code_a_path_or_a_secret(studio: Studio, field: str) -> None:
    page, before, fields = "/studio/topics/tob1", draft(studio), {}
    for text in HOSTILE[FIELDS.index(field) % 6 :: 6]:
        fields = fields or Forms(studio.ada.get(page).text).of(page)
        began = time.process_time()
        sent = studio.ada.post(page, {**fields, field: text.encode("utf-8", "surrogatepass")})
        assert time.process_time() - began < 4.0 and sent.status_code in (200, 303, 409, 413, 422), text[:50]
        assert SECRET not in sent.text and os.environ["HOME"] not in sent.text
        fields = {} if sent.status_code in (303, 409) else fields  # what was saved has another version
    after = draft(studio)

    assert set(after) == set(before)
    for name in (name for name in after if after[name] != before[name] and name.endswith(".yml")):
        found = yaml.safe_load(after[name])  # plain texts and numbers, and still the same file
        assert set(found) == set(yaml.safe_load(before[name])) and SECRET.encode() not in after[name]
        assert b"!!python" not in re.sub(rb'(["\']).*?\1', b"", after[name]) and b"intent: evil" not in after[name]
    for name, data in before.items():
        Path(name).write_bytes(data)


@pytest.mark.parametrize("name", ["../x", "..", "con", "x" * 300, "Tob1", "new", "a/b", "a\x00b", "tob1.yml", "%2e%2e", "ü"])
def test_a_name_is_never_a_path(studio: Studio, name: str) -> None:
    before = draft(studio)
    fields = {"name": name, "kind": "answers", "group": "../../outside", "question": "Is this a path?", "text-0": "No."}
    sent = studio.ada.send("/studio/topics/new", "/studio/topics/new", **fields)

    assert sent.status_code in (413, 422) and draft(studio) == before


@pytest.mark.parametrize("pattern", SLOW)
def test_a_pattern_that_can_take_long_is_refused_and_one_that_is_taken_never_does(pattern: str) -> None:
    is_taken_and_quick(pattern)


LITERALS = st.sampled_from(["a", "b", "ab", "abc ", r"\w", r"\s", ".", "[a-c]", "die", "x"])
PATTERNS = st.recursive(
    LITERALS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{0,4}", "{2,}", "{0,30}"])).map(lambda pair: f"({pair[0]}){pair[1]}"),
    ),
    max_leaves=7,
)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(PATTERNS)
def test_no_pattern_of_any_form_that_is_taken_takes_long(pattern: str) -> None:
    is_taken_and_quick(pattern)


def is_taken_and_quick(pattern: str) -> None:
    """Check that a pattern is refused in good time, or finds its way through whatever is said."""
    began = time.thread_time()
    try:
        ready = expression(pattern, {}, "crisis.yml", "x")
        check_speed(ready, pattern, "crisis.yml", "x")
    except SafetyError:
        assert time.thread_time() - began < 4.0
        return
    compiled = re.compile(rf"\b(?:{ready})\b")
    for piece in ("a", "ab", "abc ", "a b ", "x", "aaab", "die "):
        text, began = (piece * 2000)[:2000], time.thread_time()
        compiled.search(f"{text}!")
        assert time.thread_time() - began < 2.0, (pattern, piece)


def test_a_message_with_the_same_id_sent_fifty_times_at_once_is_one_message(tmp_path: Path) -> None:
    server = RealServer(settings_for(tmp_path), FakeAssistant(), FakeSafety()).start()
    try:
        with server.client() as client, ThreadPoolExecutor(10) as threads:
            chat, id = Chat(client), str(uuid.uuid4())
            sent = list(threads.map(lambda _: chat.send("What is Tob1?", client_id=id), range(50)))
            other = chat.send("What is vitamin D?", client_id=id)
            chat.reply(2)
            events = chat.events()
    finally:
        server.stop()

    assert {(one.status_code, one.text) for one in sent} == {(202, sent[0].text)} and other.status_code == 409
    assert [event["author"] for event in events] == ["bot", "visitor", "bot"]
