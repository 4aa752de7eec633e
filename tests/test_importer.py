"""Our quick reader of examples gives Rasa what its own importer gives it, and leaves it what it does not know."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.training_data import TrainingData

from extensions.importer import HelpdeskImporter, read

# Rasa's reader warns of the lines that it skips, and its checker of schemas loads a module in an old way.
pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings(r"ignore:the load_module\(\) method is deprecated:DeprecationWarning"),
]
ROOT = Path(__file__).resolve().parent.parent
PLAIN = """version: "3.1"
nlu:
  - intent: ask_tob1
    metadata: {aspect: use}
    examples: |
      - what is  it for
      -   and “who” pays?
      - what is  it for
"""
ODD = {
    "an entity": PLAIN.replace("who", "[tob1](therapy)"),
    "a list of examples": 'version: "3.1"\nnlu:\n  - intent: ask_tob1\n    examples:\n      - text: what is it\n',
    "a synonym": PLAIN + "  - synonym: tob1\n    examples: |\n      - tob one\n",
    "a truth": PLAIN.replace("use}", "no}"),
    "a line that is no example": PLAIN + "      and so on\n",
    "a variable": PLAIN.replace("who", "${HOME}"),
}


def both(paths: list[str]) -> tuple[HelpdeskImporter, RasaFileImporter]:
    given = (str(ROOT / "config.yml"), str(ROOT / "domain.yml"), paths)
    return HelpdeskImporter(*given), RasaFileImporter(*given)


def said(data: TrainingData) -> list[dict[str, object]]:
    return [message.data for message in data.training_examples]


def test_the_shipped_files_are_all_read_quickly_and_give_the_same():
    every, _ = both([str(ROOT / "data")])
    assert every._nlu_files and all(read(Path(name)) is not None for name in every._nlu_files)

    ours, rasas = both([str(ROOT / "data" / "referrals"), str(ROOT / "data" / "vocabulary")])
    assert said(ours.get_nlu_data()) == said(rasas.get_nlu_data()) != []
    assert ours.get_nlu_data().responses == rasas.get_nlu_data().responses
    assert ours.get_stories().fingerprint() == rasas.get_stories().fingerprint()


@pytest.mark.parametrize("text", [PLAIN, *ODD.values()], ids=["plain", *ODD])
def test_a_file_of_another_form_is_read_as_rasa_reads_it(tmp_path, text):
    (tmp_path / "one.yml").write_text(text, encoding="utf-8")
    ours, rasas = both([str(tmp_path)])

    assert said(ours.get_nlu_data()) == said(rasas.get_nlu_data())
    assert (read(tmp_path / "one.yml") is None) == (text != PLAIN)


def test_a_hidden_detail_is_no_entity(tmp_path):
    (tmp_path / "one.yml").write_text(PLAIN.replace("who", "my name is [name], born [date of birth]"), encoding="utf-8")
    ours, rasas = both([str(tmp_path)])

    assert read(tmp_path / "one.yml") is not None
    assert said(ours.get_nlu_data()) == said(rasas.get_nlu_data())


def test_copies_of_a_sentence_are_the_same_and_change_alone(tmp_path):
    (tmp_path / "one.yml").write_text(PLAIN, encoding="utf-8")
    [first, *_] = both([str(tmp_path)])[0].get_nlu_data().training_examples
    before = first.fingerprint()
    first.set("intent", "ask_tob1")
    assert first.fingerprint() == before

    first.set("intent", "ask_vitamin_d")
    assert first.fingerprint() != before
