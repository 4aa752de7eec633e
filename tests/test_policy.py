"""Our policy predicts what RulePolicy predicts, of every rule and whatever happens, and refuses what RulePolicy refuses."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from rasa.core.policies.rule_policy import RULES, InvalidRule, RulePolicy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    Event,
    Restarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.generator import TrainingDataGenerator
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.importer import TrainingDataImporter

from extensions.importer import HelpdeskImporter
from extensions.policy import TopicPolicy

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings(r"ignore:the load_module\(\) method is deprecated:DeprecationWarning"),
]
ROOT = Path(__file__).resolve().parent.parent
LISTEN = "action_listen"
DOMAIN = """
version: "3.1"
intents: [greet, bye, ask_a, ask_b, give, stop, restart, loose]
entities: [size]
slots:
  member: {type: bool, mappings: [{type: custom}]}
  size: {type: text, mappings: [{type: from_entity, entity: size}]}
responses:
  utter_greet: [{text: "1"}]
  utter_again: [{text: "2"}]
  utter_bye: [{text: "3"}]
  utter_a: [{text: "4"}]
  utter_b: [{text: "5"}]
  utter_member: [{text: "6"}]
  utter_size: [{text: "7"}]
  utter_stop: [{text: "8"}]
  utter_spoken: [{text: "9"}]
  utter_ask_form_size: [{text: "10"}]
forms: {form: {required_slots: [size]}}
"""
PLAIN = """
version: "3.1"
rules:
- {rule: a, steps: [{intent: ask_a}, {action: utter_a}]}
- {rule: b, steps: [{intent: ask_b}, {action: utter_b}, {action: utter_bye}]}
- {rule: bye, steps: [{intent: bye}, {action: utter_bye}], wait_for_user_input: false}
"""
ODD = """
- {rule: first, conversation_start: true, steps: [{intent: greet}, {action: utter_greet}]}
- {rule: greet, steps: [{intent: greet}, {action: utter_again}]}
- {rule: member, condition: [{slot_was_set: [{member: true}]}], steps: [{intent: ask_a}, {action: utter_member}]}
- {rule: size, steps: [{intent: ask_b, entities: [{size: big}]}, {action: utter_size}]}
- {rule: form, steps: [{intent: give}, {action: form}, {active_loop: form}]}
- rule: sent
  condition: [{active_loop: form}]
  steps: [{action: form}, {active_loop: null}, {slot_was_set: [{requested_slot: null}]}, {action: utter_size}]
- {rule: stop, condition: [{active_loop: form}], steps: [{intent: stop}, {action: utter_stop}]}
"""
SPOKEN = '- {rule: spoken, steps: [{user: "hello there"}, {action: utter_spoken}]}\n'
STORY = "stories:\n- {story: told, steps: [{intent: ask_a}, {action: utter_a}, {intent: loose}, {action: utter_stop}]}\n"
TAKEN_BACK = """
- {rule: led, steps: [{action: utter_a}]}
- {rule: on, steps: [{action: utter_a}, {intent: bye}, {action: utter_bye}], wait_for_user_input: false}
stories: [{story: told, steps: [{intent: greet}, {action: utter_a}, {action: utter_b}]}]
"""
PROJECTS = {
    "plain": PLAIN,
    "odd": PLAIN + ODD,
    "a text": PLAIN + SPOKEN,
    "a story": PLAIN + ODD + STORY,
    "a rule taken back": PLAIN.replace("- {rule: b,", "- {rule: b_,") + TAKEN_BACK,
}
CLASH = "- {rule: also a, steps: [{intent: ask_a}, {action: utter_b}]}\n"
RESTART = "- {rule: restart, steps: [{intent: restart}, {action: utter_bye}]}\n"
CLASHING = {
    "two actions": PLAIN + CLASH,
    "a third one": PLAIN + "- {rule: more, steps: [{intent: ask_b}, {action: utter_b}, {action: utter_a}]}\n",
    "a story": PLAIN + STORY.replace("utter_a", "utter_b"),
    "what Rasa does itself": PLAIN + RESTART,
    "two questions": PLAIN + "- {rule: c, steps: [{intent: ask_a}, {action: utter_a}, {intent: greet}, {action: utter_b}]}\n",
}


class Learner:
    """Trains a policy as Rasa does, and loads what it keeps."""

    def __init__(self, folder: Path, domain: Domain, rules: StoryGraph) -> None:
        self.folder, self.domain, self.rules = folder, domain, rules

    def policy(self, kind: type[RulePolicy], **config: bool) -> RulePolicy:
        self.folder.mkdir(exist_ok=True)
        storage, kept = LocalModelStorage(self.folder), Resource(kind.__name__)
        given = ({**kind.get_default_config(), **config}, storage, kept, ExecutionContext(GraphSchema({})))
        trackers = TrainingDataGenerator(self.rules, self.domain, augmentation_factor=0).generate()
        kind.create(*given).train(trackers, self.domain)
        return kind.load(*given)

    def both(self, **config: bool) -> tuple[RulePolicy, RulePolicy]:
        return self.policy(TopicPolicy, **config), self.policy(RulePolicy, **config)

    def tracker(self) -> DialogueStateTracker:
        return DialogueStateTracker.from_events("c", [ActionExecuted(LISTEN)], self.domain.slots)


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], Learner]:
    def made(rules: str) -> Learner:
        folder = tmp_path / "project"
        folder.mkdir()
        (folder / "domain.yml").write_text(DOMAIN, encoding="utf-8")
        (folder / "rules.yml").write_text(rules, encoding="utf-8")
        importer = HelpdeskImporter(domain_path=str(folder / "domain.yml"), training_data_paths=[str(folder / "rules.yml")])
        domain, stories = importer.get_domain(), importer.get_stories()
        return Learner(tmp_path / "kept", domain, stories)

    return made


def said(intent: str, text: str = "some words", **entities: str) -> UserUttered:
    return UserUttered(text, {"name": intent, "confidence": 0.9}, [{"entity": n, "value": v} for n, v in entities.items()])


def agree(learner: Learner, ours: RulePolicy, rasas: RulePolicy, tracker: DialogueStateTracker) -> str:
    """Have both predict, and return the action."""
    mine, theirs = (one.predict_action_probabilities(tracker, learner.domain) for one in (ours, rasas))

    assert mine.probabilities == theirs.probabilities, [str(event) for event in tracker.events]
    assert mine.hide_rule_turn == theirs.hide_rule_turn
    assert [str(event) for event in mine.events] == [str(event) for event in theirs.events]
    assert (mine.is_no_user_prediction, mine.is_end_to_end_prediction) == (
        theirs.is_no_user_prediction,
        theirs.is_end_to_end_prediction,
    )
    return str(learner.domain.action_names_or_texts[mine.max_confidence_index])


def test_every_intent_of_the_shipped_data_is_answered_as_by_rasas_policy(tmp_path: Path) -> None:
    importer = TrainingDataImporter.load_from_config(str(ROOT / "config.yml"), str(ROOT / "domain.yml"), [str(ROOT / "data")])
    learner = Learner(tmp_path, importer.get_domain(), importer.get_stories())
    ours, rasas = learner.both()
    tracker = learner.tracker()

    for intent in learner.domain.intents:
        done = []
        tracker.update_with_events([said(intent), SlotSet("aspect", "use")], learner.domain)
        while LISTEN not in done and len(done) < 3:
            done.append(agree(learner, ours, rasas, tracker))
            tracker.update_with_events([ActionExecuted(done[-1]), BotUttered("an answer")], learner.domain)
        tracker.update(ActionExecuted(LISTEN))

    assert len(ours.lookup[RULES]) > len(learner.domain.intents)


RARE: list[list[Event]] = [
    [ActiveLoop("form"), SlotSet("requested_slot", "size")],
    [ActiveLoop(None), SlotSet("requested_slot", None)],
    [ActiveLoop("form"), ActionExecutionRejected("form")],
    [DefinePrevUserUtteredFeaturization(True)],
    [UserUtteranceReverted()],
    [ActionReverted()],
    [Restarted(), ActionExecuted(LISTEN)],
    [SlotSet("member", True)],
    [SlotSet("member", None)],
]


@pytest.mark.parametrize("rules", PROJECTS.values(), ids=PROJECTS)
def test_whatever_happens_it_predicts_what_rasas_policy_predicts(project: Callable[[str], Learner], rules: str) -> None:
    learner = project(rules)
    ours, rasas = learner.both()
    chance = random.Random(1)
    predicted = Counter[str]()

    for _ in range(60):
        tracker = learner.tracker()
        for _ in range(8):
            told = {"size": "big"} if chance.random() < 0.2 else {}
            text = chance.choice(["words", "hello there"])
            message = said(chance.choice(learner.domain.intents), text, **told)
            tracker.update_with_events([message, *(SlotSet(*one) for one in told.items())], learner.domain)
            if chance.random() < 0.3:
                tracker.update_with_events(chance.choice(RARE), learner.domain)
            for action in iter(lambda: agree(learner, ours, rasas, tracker), LISTEN):  # noqa: B023
                predicted[action] += 1
                if chance.random() < 0.2:
                    tracker.update_with_events(chance.choice(RARE), learner.domain)
                    agree(learner, ours, rasas, tracker)
                if chance.random() < 0.1:
                    action = chance.choice(learner.domain.action_names_or_texts)
                tracker.update_with_events([ActionExecuted(action), BotUttered("words")], learner.domain)
                if chance.random() < 0.2:
                    break
            if chance.random() < 0.9:
                tracker.update(ActionExecuted(LISTEN))

    assert set(rasas.lookup[RULES].values()) <= {*predicted, LISTEN}


@pytest.mark.parametrize("rules", CLASHING.values(), ids=CLASHING)
def test_rules_that_contradict_each_other_are_refused_as_by_rasas_policy(project: Callable[[str], Learner], rules: str) -> None:
    learner = project(rules)

    with pytest.raises(InvalidRule) as ours:
        learner.policy(TopicPolicy)
    with pytest.raises(InvalidRule) as rasas:
        learner.policy(RulePolicy)

    assert str(ours.value) == str(rasas.value)


def test_what_rasa_does_itself_comes_before_a_rule_that_nobody_has_checked(project: Callable[[str], Learner]) -> None:
    learner = project(PLAIN + RESTART)
    tracker = learner.tracker()
    tracker.update(said("restart"))

    assert agree(learner, *learner.both(check_for_contradictions=False), tracker) == "action_restart"


def test_a_plain_question_needs_neither_the_conversation_nor_the_other_rules(
    project: Callable[[str], Learner], monkeypatch: pytest.MonkeyPatch
) -> None:
    learner = project(PLAIN)
    ours = learner.policy(TopicPolicy)
    tracker = learner.tracker()
    for _ in range(50):
        tracker.update_with_events([said("ask_a"), ActionExecuted("utter_a"), ActionExecuted(LISTEN)], learner.domain)
    tracker.update(said("ask_a"), learner.domain)
    monkeypatch.setattr(DialogueStateTracker, "past_states", None)
    monkeypatch.setattr(TopicPolicy, "_is_rule_applicable", None)

    found = ours.predict_action_probabilities(tracker, learner.domain)

    assert found.max_confidence_index == learner.domain.index_for_action("utter_a")
