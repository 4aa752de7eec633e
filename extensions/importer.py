"""Read data/ quickly: its tens of thousands of sentences are parsed twice and copied and hashed six times by Rasa's own importer.

A file of the form that docs/authoring.md describes is read here; any other one by Rasa's reader, which says what is wrong with
it. What comes out is the same (tests/test_importer.py).
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Text

import yaml
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph, StoryStep
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data import loading
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from extensions import plain_yaml

VERSION = "3.1"
KEYS = {"version", "nlu", "responses", "rules"}
BLOCK_KEYS = {"intent", "examples", "metadata"}
STRIPPED = "\n\r "  # as Rasa strips an example
# Entities, variables of the environment, anchors: for Rasa's own reader. "[name]" alone is none of these.
SPECIAL = ("](", "]{", "][", "{", "${")


class Example(Message):
    """A sentence that is read and never changed: copies of it are the same one, and its hash is made once."""

    def __deepcopy__(self, memo: Any) -> Example:
        return self

    def set(self, prop: Text, info: Any, add_to_output: bool = False) -> None:
        if add_to_output or self.data.get(prop) != info:
            super().set(prop, info, add_to_output)

    def fingerprint(self) -> Text:
        if self.features:
            return super().fingerprint()
        if self._cached_fingerprint is None:
            said = json.dumps(self.data, sort_keys=True, default=str)
            self._cached_fingerprint = hashlib.md5(said.encode("utf-8", "surrogatepass")).hexdigest()
        return self._cached_fingerprint


class HelpdeskImporter(RasaFileImporter):
    """Rasa's importer of files, with a quick way for those of our own form."""

    def get_nlu_data(self, language: Optional[Text] = "en") -> TrainingData:
        """Return the examples and the responses of every file."""
        examples: List[Message] = []
        responses: Dict[Text, Any] = {}
        others: List[TrainingData] = []
        for name in self._nlu_files:
            found = read(Path(name))
            if found is None:
                others.append(loading.load_data(name, language))
                continue
            examples.extend(examples_of(found))
            responses.update(found.get("responses") or {})
        return TrainingData(examples, responses=responses).merge(*others)

    def get_stories(self, exclusion_percentage: Optional[int] = None) -> StoryGraph:
        """Return the rules of every file."""
        ours = {name: read(Path(name)) for name in self._story_files}
        if exclusion_percentage or not all(found and _is_plain(found.get("rules") or []) for found in ours.values()):
            return super().get_stories(exclusion_percentage)
        domain = self.get_domain()
        steps: List[StoryStep] = []
        for name, found in ours.items():
            rules = {"version": VERSION, "rules": (found or {}).get("rules")}
            steps.extend(YAMLStoryReader(domain, name).read_from_parsed_yaml(rules))
        return StoryGraph(steps)


def read(path: Path) -> Optional[Dict[Text, Any]]:
    """Return what a file of our own form holds; None for one of another form."""
    try:
        text = path.read_text(encoding="utf-8")
        found = None if "${" in text else plain_yaml.load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return None
    return found if _is_ours(found) else None


def examples_of(found: Dict[Text, Any]) -> Iterator[Example]:
    """Yield the sentences of a file, each with its intent and what stands beside the intent."""
    for block in found.get("nlu") or []:
        for line in block["examples"].splitlines():
            yield Example.build(line[1:].strip(STRIPPED), block["intent"], [], block.get("metadata"))


def _is_ours(found: Any) -> bool:
    if not isinstance(found, dict) or not set(found) <= KEYS or found.get("version") != VERSION:
        return False
    blocks = found.get("nlu") or []
    return isinstance(blocks, list) and all(map(_is_plain_block, blocks)) and _is_plain(found.get("responses") or {})


def _is_plain_block(block: Any) -> bool:
    if not isinstance(block, dict) or not {"intent", "examples"} <= set(block) <= BLOCK_KEYS:
        return False
    intent, examples = block["intent"], block["examples"]
    if not (isinstance(intent, str) and intent.strip() and "/" not in intent and isinstance(examples, str) and examples.strip()):
        return False
    lines = examples.splitlines()
    plain = all(line.startswith("-") and line[1:].strip(STRIPPED) for line in lines)
    return plain and not any(mark in examples for mark in SPECIAL) and _is_plain(block.get("metadata") or {})


def _is_plain(value: Any) -> bool:
    """Say whether it holds texts alone: YAML 1.1 and 1.2 differ in what `no`, `010` and a date are."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(one) for key, one in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return isinstance(value, str)
