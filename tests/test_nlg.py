"""What is filled into a response: the shorter form, the choices of a clarification, the subject of a referral."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from extensions.nlg import HelpdeskNLG

DOMAIN = Domain.from_yaml(
    """
version: "3.1"
intents: [ask_tob1, ask_menopause, ask_cost, clarify, more, repeat]
slots:
  aspect:
    type: text
    influence_conversation: false
    mappings: [{type: from_entity, entity: aspect}]
entities: [aspect]
responses:
  utter_tob1:
    - text: The whole of Tob1.
      metadata: {topic: tob1, route: answer, question: "What is Tob1?", short: Tob1 in short.}
    - text: What Tob1 is for.
      condition: [{type: slot, name: aspect, value: use}]
      metadata: {topic: tob1, route: answer}
  utter_menopause:
    - text: Menopause.
      metadata: {topic: menopause, route: answer, question: "What happens at menopause?"}
  utter_cost:
    - text: The pages do not say what it costs.
      metadata: {referral: cost, route: refer}
  utter_clarify:
    - text: Which one?
      metadata: {dialogue: clarify, route: clarify}
  utter_more:
    - text: What would you like to know?
      metadata: {dialogue: more, route: smalltalk}
    - text: "That is all. In short:\\n\\nA person knows more."
      condition: [{type: slot, name: aspect, value: told}]
      metadata: {dialogue: more, route: smalltalk, offer: [call]}
  utter_repeat:
    - text: I have nothing to repeat.
      metadata: {dialogue: repeat, route: smalltalk}
    - text: "The page says no more:\\n\\nA person may."
      condition: [{type: slot, name: aspect, value: told}]
      metadata: {dialogue: repeat, route: smalltalk, offer: [call, person]}
"""
)


def said(name: str, aspect: str = "whole", understood: dict[str, Any] | None = None) -> dict[str, Any]:
    tracker = DialogueStateTracker.from_events("c", [], slots=DOMAIN.slots)
    tracker.update(
        UserUttered("said", parse_data={"text": "said", "intent": {"name": "x"}, "entities": [], "understanding": understood})
    )  # type: ignore[typeddict-unknown-key]
    tracker.update(SlotSet("aspect", aspect))
    response = asyncio.run(HelpdeskNLG(None, DOMAIN).generate(name, tracker, "helpdesk"))
    assert response is not None
    return response


def test_a_plain_question_gets_the_whole_answer() -> None:
    assert said("utter_tob1")["text"] == "The whole of Tob1."


def test_a_pointed_question_gets_the_text_for_its_aspect() -> None:
    assert said("utter_tob1", "use")["text"] == "What Tob1 is for."


def test_an_aspect_without_a_text_of_its_own_gets_the_whole_answer() -> None:
    assert said("utter_tob1", "result")["text"] == "The whole of Tob1."


def test_simpler_gets_the_short_form() -> None:
    assert said("utter_tob1", "simpler")["text"] == "Tob1 in short."


def test_simpler_where_there_is_no_short_form_still_gets_an_answer() -> None:
    assert said("utter_menopause", "simpler")["text"] == "Menopause."


def test_an_answer_that_was_given_before_says_so_and_offers_a_person() -> None:
    response = said("utter_tob1", understood={"again": "asked"})

    assert response["text"].split("\n\n") == ["The page says no more:", "The whole of Tob1.", "A person may."]
    assert (response["metadata"]["route"], response["metadata"]["offer"]) == ("answer", ["call", "person"])


def test_who_wants_more_of_an_answer_hears_that_it_was_all_and_gets_the_short_form() -> None:
    response = said("utter_tob1", understood={"again": "more"})

    assert response["text"].split("\n\n") == ["That is all. In short:", "Tob1 in short.", "A person knows more."]
    assert "The whole of" in said("utter_tob1")["text"]


def test_a_clarification_offers_the_questions_in_their_order() -> None:
    response = said("utter_clarify", understood={"candidates": ["ask_menopause", "ask_tob1"]})

    assert response["buttons"] == [
        {"title": "What happens at menopause?", "payload": "/ask_menopause"},
        {"title": "What is Tob1?", "payload": "/ask_tob1"},
    ]


def test_a_candidate_without_a_question_is_not_offered() -> None:
    response = said("utter_clarify", understood={"candidates": ["ask_cost", "ask_gone", "ask_tob1"]})

    assert [b["payload"] for b in response["buttons"]] == ["/ask_tob1"]


def test_a_referral_names_what_was_asked_about() -> None:
    text = said("utter_cost", understood={"subject": "siponimod"})["text"]

    assert "siponimod" in text
    assert text.endswith("The pages do not say what it costs.")


def test_an_answer_does_not_get_the_subject_put_before_it() -> None:
    assert said("utter_tob1", understood={"subject": "siponimod"})["text"] == "The whole of Tob1."


def test_what_is_filled_in_does_not_stay() -> None:
    said("utter_cost", understood={"subject": "siponimod"})
    said("utter_tob1", "simpler")

    assert said("utter_cost")["text"] == "The pages do not say what it costs."
    assert said("utter_tob1")["text"] == "The whole of Tob1."


@pytest.mark.parametrize("understood", [None, {}])
def test_a_message_that_was_not_understood_by_us_is_answered_all_the_same(understood: dict[str, Any] | None) -> None:
    assert said("utter_cost", understood=understood)["text"]


def test_a_response_that_is_not_there_is_none() -> None:
    tracker = DialogueStateTracker.from_events("c", [], slots=DOMAIN.slots)

    assert asyncio.run(HelpdeskNLG(None, DOMAIN).generate("utter_gone", tracker, "helpdesk")) is None
