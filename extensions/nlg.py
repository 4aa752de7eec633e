"""Choose a response as Rasa does, then fill in what depends on the turn.

That is the shorter form, what is said around an answer that was given before, the choices of a clarification, and the subject of
a referral.
"""

from __future__ import annotations

from typing import Any, Optional

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from extensions.grid import SIMPLER, aspects_of
from extensions.reader import MORE, REPEAT

Response = dict[str, Any]
TOLD = "told"


class HelpdeskNLG(TemplatedNaturalLanguageGenerator):
    """Named in endpoints.yml under `nlg`, so that `rasa shell` says what the website says."""

    def __init__(self, endpoint_config: Optional[EndpointConfig], domain: Domain) -> None:
        super().__init__(domain.responses)

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> Optional[Response]:
        """Return the response for `utter_action` in this turn, or None where there is none."""
        response = await super().generate(utter_action, tracker, output_channel, **kwargs)
        if response is None:
            return None
        understood = (tracker.latest_message.parse_data if tracker.latest_message else {}).get("understanding") or {}
        metadata = response.get("metadata") or {}
        if tracker.get_slot("aspect") == SIMPLER and metadata.get("short"):
            response["text"] = metadata["short"]
        if understood.get("again"):
            self._say_again(response, metadata, more=understood["again"] == MORE)
        if understood.get("candidates"):
            response["buttons"] = self._choices(understood["candidates"])
        if understood.get("subject") and metadata.get("route") == "refer":
            response["text"] = f"About {understood['subject']}: {response['text']}"
        return response

    def _say_again(self, response: Response, metadata: dict[str, Any], *, more: bool) -> None:
        """Put an answer that was given before, or its shorter form, between the two paragraphs of the reply for that."""
        found = next((v for v in self.responses.get(f"utter_{MORE if more else REPEAT}") or [] if TOLD in aspects_of(v)), None)
        if found is None:
            return
        before, _, after = found["text"].strip().partition("\n\n")
        said = metadata.get("short") or response["text"] if more else response["text"]
        response["text"] = "\n\n".join(part for part in (before, said.strip(), after.strip()) if part)
        response["metadata"] = {**metadata, "offer": (found.get("metadata") or {}).get("offer") or []}

    def _choices(self, intents: list[str]) -> list[dict[str, str]]:
        choices = []
        for intent in intents:
            variations = self.responses.get(f"utter_{intent.removeprefix('ask_')}") or []
            question = next((v["metadata"]["question"] for v in variations if v.get("metadata", {}).get("question")), None)
            if question:
                choices.append({"title": question, "payload": f"/{intent}"})
        return choices
