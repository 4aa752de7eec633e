from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.data import get_data_files
from rasa.shared.nlu.training_data.loading import UNK, guess_format

from helpdesk.content import check
from helpdesk.editing.forms import Rejected, SavedTest
from helpdesk.editing.leads import leads_to
from helpdesk.editing.library import Library
from helpdesk.errors import Refusal
from helpdesk.training import content_files
from tests.editing import failures, library, texts

RESTING = "data/retired/answers/trials/lipoic_acid.yml.retired"


@pytest.fixture
def lib(tmp_path: Path) -> Iterator[Library]:
    with library(tmp_path) as found:
        yield found


def buttons_to(lib: Library, name: str) -> list[str]:
    return [
        entry.name
        for entry in lib.content().entries
        for variation in entry.variations
        for button in variation.buttons
        if button["payload"] == f"/ask_{name}"
    ]


def test_a_topic_to_which_something_leads_is_not_retired_unasked(lib):
    before = texts(lib.draft.root)
    lib.add_test(SavedTest("And what is it with lipoic acid, then?", "answer", "lipoic_acid"), staff="ada")

    with pytest.raises(Rejected) as rejected:
        lib.retire("lipoic_acid", staff="ada")

    told = " ".join(rejected.value.problems[""])
    assert len(rejected.value.problems[""]) == len(list(leads_to("lipoic_acid", lib.content())))
    for what in ("The button “", "asked after “", "The word “lipoic acid”", "The saved test “And what is it"):
        assert what in told
    assert {name: text for name, text in texts(lib.draft.root).items() if "tests" not in name} == {
        name: text for name, text in before.items() if "tests" not in name
    }


def test_a_retired_topic_is_gone_from_everywhere_and_comes_back_as_it_was(lib):
    before = texts(lib.draft.root)

    lib.retire("lipoic_acid", and_buttons=True, staff="ada")

    assert failures(lib.draft.root) == []
    assert [str(p) for p in check(lib.draft.root) if "F24" in str(p)] == []  # its facts wait with it
    assert lib.retired() == ["lipoic_acid"]
    assert lib.retired_topic("lipoic_acid").texts[0].facts == ("F24",)
    assert buttons_to(lib, "lipoic_acid") == []
    assert "lipoic_acid" not in lib.content().topics
    assert "ask_lipoic_acid" not in (lib.draft.root / "domain.yml").read_text(encoding="utf-8")
    with pytest.raises(Refusal):
        lib.topic("lipoic_acid")

    lib.restore("lipoic_acid", staff="paul")

    assert texts(lib.draft.root) == before
    assert lib.retired() == []


def test_what_was_written_while_a_topic_was_retired_stays_when_it_comes_back(lib):
    lib.retire("lipoic_acid", and_buttons=True, staff="ada")
    form = lib.topic("oxcarbazepine")
    lib.save(replace(form, title="Another title"), staff="ada")
    lib.add_examples("oxcarbazepine", ["does a blue whale take oxcarbazepine"], staff="ada")

    lib.restore("lipoic_acid", staff="ada")

    assert lib.topic("oxcarbazepine").title == "Another title"
    assert "does a blue whale take oxcarbazepine" in lib.topic("oxcarbazepine").examples
    assert failures(lib.draft.root) == []


def test_a_topic_whose_examples_stand_elsewhere_by_now_does_not_come_back_unasked(lib):
    example = lib.topic("lipoic_acid").examples[1]
    lib.retire("lipoic_acid", and_buttons=True, staff="ada")
    lib.add_examples("oxcarbazepine", [example], staff="ada")

    with pytest.raises(Rejected) as rejected:
        lib.restore("lipoic_acid", staff="ada")

    assert example in str(rejected.value.problems)


def test_a_topic_comes_back_without_the_ledger_that_saw_it_go(lib, tmp_path):
    form = lib.topic("lipoic_acid")
    lib.retire("lipoic_acid", and_buttons=True, staff="ada")
    (tmp_path / "other").mkdir()
    (tmp_path / "root").rename(tmp_path / "other" / "root")

    with library(tmp_path / "other") as other:
        other.restore("lipoic_acid", staff="ada")

        assert other.topic("lipoic_acid") == form
        assert failures(other.draft.root) == []


def test_a_referral_that_answers_an_aspect_of_every_subject_stays(lib):
    with pytest.raises(Rejected) as rejected:
        lib.retire("side_effects", and_buttons=True, staff="ada")

    assert "side_effects" in str(rejected.value.problems)
    lib.retire("cannabis", and_buttons=True, staff="ada")
    assert failures(lib.draft.root) == []


def test_the_name_of_a_retired_topic_is_not_given_to_another(lib):
    form = lib.topic("lipoic_acid")
    lib.retire("lipoic_acid", and_buttons=True, staff="ada")

    assert "retired topic has this name" in " ".join(lib.check(replace(form, version=""))["name"])


def test_neither_rasa_nor_we_train_on_what_is_retired_or_saved_as_a_test(lib):
    lib.retire("lipoic_acid", and_buttons=True, staff="ada")
    lib.add_test(SavedTest("And what is it with Tob1, then?", "answer", "tob1"), staff="ada")
    data = str(lib.draft.root / "data")

    everything = get_data_files([data], lambda path: True)
    assert [path for path in everything if "/retired/" in path] == []
    examples = get_data_files([data], lambda path: guess_format(path) != UNK)
    rules = get_data_files([data], YAMLStoryReader.is_stories_file)
    assert [path for path in (*examples, *rules) if "/tests/" in path] == []
    assert [path for path in content_files(lib.draft.root) if {"retired", "tests"} & set(path.parts[-4:])] == []


def test_retiring_can_be_undone(lib):
    before = texts(lib.draft.root)

    lib.undo(lib.retire("lipoic_acid", and_buttons=True, staff="ada"), staff="ada")

    assert texts(lib.draft.root) == before
    assert not (lib.draft.root / RESTING).exists()
