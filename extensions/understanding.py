"""The reader as a Rasa component: intent, aspect and topic of a message, in the light of the topic in hand."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from pathlib import Path
from typing import Any, Dict, List, Optional, Text

import rasa.shared.utils.io
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.core.events import Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from extensions import calibration, vocabulary
from extensions.encoder import FORMAT, WEIGHTS_SHA256, Encoder
from extensions.grid import WHOLE, Grid
from extensions.reader import MISS, Example, Reader, Reading
from extensions.splitting import read_message

logger = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parent.parent
_encoder: Optional[Encoder] = None


def shared_encoder() -> Encoder:
    """Return the one encoder of this process."""
    global _encoder
    if _encoder is None:
        _encoder = Encoder.load()
    return _encoder


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class Understanding(GraphComponent, IntentClassifier):
    """Set the intent, its ranking, the entities `aspect` and `topic`, and the full reading under `understanding`."""

    def __init__(
        self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, reader: Optional[Reader] = None
    ) -> None:
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._reader = reader

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Return the folders that are read beside Rasa's training data."""
        return {"vocabulary": "data/vocabulary", "development": "data/development"}

    @classmethod
    def create(
        cls, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> Understanding:
        """Create an untrained component."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Understanding:
        """Load the reader from the model archive."""
        with model_storage.read_from(resource) as folder:
            reader = Reader.open(Path(folder), shared_encoder())
        # The first question is not to wait for what is made at first use.
        reader.read("what is this about")
        return cls(config, model_storage, resource, reader)

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Optional[Text]:
        """Return a hash of what Rasa's training cache cannot see: the folders, our code, the encoder."""
        digest = hashlib.sha256(f"{WEIGHTS_SHA256}{FORMAT}".encode())
        folders = [cls._folder(config, key) for key in ("vocabulary", "development")]
        code = [Path(__file__).parent]
        for path in sorted(p for f in folders + code for p in f.glob("*.*") if p.suffix in (".yml", ".py")):
            digest.update(path.name.encode() + path.read_bytes())
        return digest.hexdigest()

    @staticmethod
    def _folder(config: Dict[Text, Any], key: str) -> Path:
        return ROOT / {**Understanding.get_default_config(), **config}[key]

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the models, set the thresholds by cross-validation, and keep both with the curve."""
        examples = [_example(m) for m in training_data.intent_examples]
        grid = Grid.of(training_data.responses, ((e.intent, e.aspect) for e in examples))
        subjects = vocabulary.read(self._folder(self._config, "vocabulary"))
        questions = calibration.read_questions(self._folder(self._config, "development"))
        reader, curve = calibration.fit(examples, grid, subjects, shared_encoder(), questions)
        with self._storage.write_to(self._resource) as folder:
            reader.save(Path(folder))
            (Path(folder) / "calibration.json").write_text(json.dumps(curve, indent=1), encoding="utf-8")
        _keep_curve(curve)
        self._reader = reader
        return self._resource

    def process(self, messages: List[Message], tracker: Optional[DialogueStateTracker] = None) -> List[Message]:
        """Annotate the messages. The context comes with the message (our channel), else from the tracker (`rasa shell`)."""
        for message in messages:
            context = (message.get("metadata") or {}).get("context")
            if context is None:
                context = _context_of(tracker)
            self._annotate(message, context)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the training data alone: no later component needs our annotations."""
        return training_data

    def _annotate(self, message: Message, context: Dict[Text, Any]) -> None:
        assert self._reader is not None
        text = message.get(TEXT) or ""
        readings = read_message(self._reader, text, context)
        main = readings[0]
        message.set(INTENT, {"name": main.intent, "confidence": main.confidence}, add_to_output=True)
        message.set(INTENT_RANKING_KEY, _ranking(main), add_to_output=True)
        message.set(ENTITIES, entities_of(main, context), add_to_output=True)
        halves = [{**_told(one), "entities": entities_of(one, context)} for one in readings]
        message.set("understanding", {**_told(main), "halves": halves}, add_to_output=True)


def entities_of(reading: Reading, context: Dict[Text, Any]) -> List[Dict[Text, Any]]:
    """Return the entities that fill the slots `aspect` and `topic` on every turn."""
    misses = int(context.get("misses") or 0)
    aspect = reading.aspect
    if reading.intent == MISS:
        aspect = WHOLE if misses == 0 else "again" if misses == 1 else "person"
    found = {"aspect": aspect, "topic": reading.topic or context.get("topic") or "none"}
    return [
        {"entity": name, "value": value, "start": 0, "end": len(reading.text), "extractor": "Understanding"}
        for name, value in found.items()
    ]  # fmt: skip


def _told(reading: Reading) -> Dict[Text, Any]:
    """Return what others need of a reading; the numbers behind it would weigh down every copy that Rasa makes of a message."""
    return {name: value for name, value in vars(reading).items() if name not in ("masses", "ranking")}


def _example(message: Message) -> Example:
    metadata = (message.get("metadata") or {}).get("intent") or {}
    told = (metadata.get(name) for name in ("aspect", "topic", "behind", "asks"))
    return Example(message.get(TEXT), message.get(INTENT), *told)


def _ranking(reading: Reading) -> List[Dict[Text, Any]]:
    first = {"name": reading.intent, "confidence": reading.confidence}
    return [first] + [{"name": n, "confidence": c} for n, c in reading.ranking if n != reading.intent]


def _context_of(tracker: Optional[DialogueStateTracker]) -> Dict[Text, Any]:
    """Return the context that a bare tracker holds."""
    if tracker is None:
        return {}
    slots = tracker.current_slot_values()
    topic = slots.get("topic")
    misses = 0
    for event in reversed(tracker.events):
        if event.type_name == "user":
            if event.intent_name != MISS:
                break
            misses += 1
    held = topic if topic not in (None, "none") else None
    told = {one["topic"] for one in map(_understood, tracker.events) if one.get("whole")}
    return {"topic": held, "aspect": slots.get("aspect"), "misses": misses, "answered": bool(held), "told": sorted(told)}


def _understood(event: Event) -> Dict[Text, Any]:
    """Return what a message was understood as; nothing of any other event."""
    return (event.parse_data.get("understanding") or {}) if isinstance(event, UserUttered) else {}


def _keep_curve(curve: Dict[Text, Any]) -> None:
    """Write the curve beside the state too, for people. Nothing depends on it."""
    folder = Path(os.environ.get("HELPDESK_STATE") or ROOT / "var")
    folder.mkdir(parents=True, exist_ok=True)
    rasa.shared.utils.io.write_text_file(json.dumps(curve, indent=1), str(folder / "calibration.json"))
