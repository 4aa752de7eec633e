"""The grid: which topic covers which aspect, read from the answer files."""

from __future__ import annotations

import json
from typing import Any

import pytest

from extensions.grid import Grid
from tests.small_reader import COVERS, examples, responses


@pytest.fixture
def grid() -> Grid:
    return Grid.of(responses(), ((e.intent, e.aspect) for e in examples()))


@pytest.mark.parametrize("topic", COVERS)
def test_a_topic_covers_its_own_texts_and_what_its_whole_answer_names(grid: Grid, topic: str) -> None:
    varied, within = COVERS[topic]

    assert all(grid.covered(topic, aspect) for aspect in (*varied, *within, "whole"))
    assert not grid.covered(topic, "dose")
    assert grid.variations[topic] == set(varied)


def test_an_unknown_topic_covers_no_aspect(grid: Grid) -> None:
    assert not grid.covered("no_such_topic", "people")


def test_the_route_is_that_of_the_plain_response(grid: Grid) -> None:
    assert grid.routes["ask_lamprexol"] == "answer"
    assert grid.routes["ask_cost"] == grid.routes["ask_parking"] == grid.routes["not_covered"] == "refer"
    assert grid.routes["greet"] == "smalltalk"
    assert grid.routes["person"] == "handoff"


def test_a_referral_speaks_for_its_aspect(grid: Grid) -> None:
    assert grid.referral_of == {"cost": "ask_cost", "side_effects": "ask_side_effects"}


def test_a_referral_without_aspect_and_an_answer_speak_for_none() -> None:
    said: dict[str, list[dict[str, Any]]] = {
        "utter_a": [{"metadata": {"topic": "a", "route": "answer"}}],
        "utter_b": [{"metadata": {"referral": "b", "route": "refer"}}],
    }

    grid = Grid.of(said, [("ask_a", "people"), ("ask_a", "cost"), ("ask_b", None), ("ask_b", "who")])

    assert grid.referral_of == {}


def test_the_question_is_the_one_that_we_would_say(grid: Grid) -> None:
    assert grid.questions["ask_lamprexol"] == "What is lamprexol?"


def test_it_survives_json(grid: Grid) -> None:
    assert Grid.from_json(json.loads(json.dumps(grid.as_json()))) == grid
