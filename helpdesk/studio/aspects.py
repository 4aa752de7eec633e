"""What a question can ask about its subject, in the words of who writes the answers."""

from __future__ import annotations

from helpdesk.content.forms import ASPECTS, REFERRED

WHOLE = "The subject as a whole"
SAID = {
    "what": "What it is",
    "result": "What was found, whether it worked",
    "people": "How many people took part",
    "who": "Who runs it, leads it or did it",
    "funding": "Who pays, and how much",
    "where": "In which place",
    "ms_type": "For which type of MS, or for whom",
    "how_taken": "How it is taken",
    "use": "What it is for",
    "names": "Which ones, the list",
    "count": "How many, other than people",
    "when": "When, since when",
    "status": "How far along it is",
    "next": "What comes next",
    "how": "How it works",
    "why": "The reason",
    "access": "Where to watch, read or call",
    "side_effects": "Side effects",
    "dose": "The dose",
    "cost": "What it costs",
    "insurance": "Whether insurance pays",
    "approved_now": "Whether it is approved today",
    "join": "How to take part",
    "eligibility": "Who may take part",
    "duration": "How long it takes",
    "latest": "What is new",
    "compare": "Which of two is better",
    "obtain": "Where to get it",
    "evidence": "Phases, statistics, detailed figures",
    "person": "Names of single people",
    "symptom_effect": "Whether it helps a symptom",
    "interaction": "Whether it goes with other medicines",
    "history": "Who invented it, when it was first used",
    "maker": "Which company makes it",
    "method": "How it was measured or done",
    "other_illness": "What it does in other illnesses",
    "details": "Any other detail",
}
KNOWN = (*ASPECTS, *REFERRED)


def aspect_words(aspect: str | None) -> str:
    """Return what staff read for an aspect; one that we have no words for is shown as it is."""
    return SAID.get(aspect, aspect.replace("_", " ").capitalize()) if aspect else WHOLE
