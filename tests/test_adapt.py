"""The encoder's adapter: the rows that it is made from, and that it fits the published weights. Nothing is trained here."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from extensions import encoder
from tools.adapt import rows

# Rasa's check of its own files.
pytestmark = pytest.mark.filterwarnings(r"ignore:the load_module\(\) method is deprecated:DeprecationWarning")

ANSWER = """
version: "3.1"
nlu:
  - intent: ask_lamprexol
    examples: |
      - what is lamprexol about
      - everything on lamprexol please
  - intent: ask_lamprexol
    metadata: {aspect: people}
    examples: |
      - how many people took lamprexol
  - intent: not_covered
    metadata: {topic: lamprexol}
    examples: |
      - does lamprexol come as a patch
      - who sells it
responses:
  utter_lamprexol:
    - text: All about lamprexol.
      metadata: {topic: lamprexol, route: answer, covers: [what, people]}
"""
FOLLOW_UP = """
version: "3.1"
nlu:
  - intent: follow_up
    metadata: {aspect: people}
    examples: |
      - how many people took it
  - intent: follow_up
    metadata: {aspect: funding}
    examples: |
      - who pays for it
responses:
  utter_follow_up:
    - text: What do you mean?
      metadata: {dialogue: follow_up, route: clarify}
"""
VOCABULARY = """
vocabulary:
  - {id: lamprexol, name: lamprexol, kind: therapy, topic: lamprexol, topics: [lamprexol], says: [lamprexol]}
"""
DANGER = """
route: {route}
patterns:
  - {{id: {route}_one, means: what the test asks for, match: [{word} now]}}
must: [a {word} now]
suspect: [something like {word}]
"""
FILES = {
    "answers/drugs/lamprexol.yml": ANSWER,
    "dialogue/follow_up.yml": FOLLOW_UP,
    "vocabulary/therapies.yml": VOCABULARY,
    "safety/crisis.yml": DANGER.format(route="crisis", word="zubble"),
    "safety/emergency.yml": DANGER.format(route="emergency", word="grommel"),
    "safety/lookalikes.yml": "harmless: [a nubble now]",
    "safety/words.yml": "{danger: [], real: []}",
}
REPLY = "Call 988, 911 or 1-800-344-4867."
KEYS = ("crisis", "crisis_gentle", "emergency", "emergency_gentle", "abuse")
FILES["safety/replies.yml"] = json.dumps({key: {"en": REPLY, "es": REPLY} for key in KEYS})


@pytest.fixture
def found(tmp_path: Path) -> dict[str, set[tuple[str, str]]]:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    by_task = defaultdict(set)
    for task, text, label in rows.rows_of(tmp_path, frozenset()):
        by_task[task].add((text, label))
    return by_task


def test_there_are_rows_of_four_kinds(found: dict[str, set[tuple[str, str]]]) -> None:
    assert set(found) == {"intent", "aspect", "held", "danger"}


def test_what_a_page_leaves_out_is_a_class_of_its_topic(found: dict[str, set[tuple[str, str]]]) -> None:
    assert ("does lamprexol come as a patch", "not_covered/lamprexol") in found["intent"]
    assert ("lamprexol: who sells it", "not_covered/lamprexol") in found["held"]
    assert not any("patch" in text for text, _ in found["aspect"])


def test_an_aspect_is_learnt_with_the_name_hidden(found: dict[str, set[tuple[str, str]]]) -> None:
    assert {("how many people took it", "people"), ("what is it about", "whole")} <= found["aspect"]


def test_a_loose_question_stands_behind_the_topic_in_hand(found: dict[str, set[tuple[str, str]]]) -> None:
    assert ("lamprexol: how many people took it", "ask_lamprexol") in found["held"]
    assert ("lamprexol: who pays for it", "not_covered/lamprexol") in found["held"]


def test_danger_and_what_sounds_like_it_are_told_apart(found: dict[str, set[tuple[str, str]]]) -> None:
    labels = dict(found["danger"])

    assert labels["something like zubble"] == "crisis"
    assert labels["something like grommel"] == "emergency"
    assert labels["a nubble now"] == "harmless"


def test_the_adapter_fits_the_published_weights() -> None:
    weights = load_file(encoder._weights_folder() / "model.safetensors")
    shapes = {name.removeprefix("bert."): value.shape for name, value in weights.items()}
    adapter = load_file(encoder.ADAPTER)
    maps = {name.rpartition(".")[0] for name in adapter}

    assert set(adapter) == {f"{name}.{side}" for name in maps for side in ("a", "b")}
    for name in maps:
        a, b = adapter[f"{name}.a"], adapter[f"{name}.b"]
        assert a.shape[1] == b.shape[0]
        assert (b.shape[1], a.shape[0]) == shapes[f"{name}.weight"]
