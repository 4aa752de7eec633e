"""The form of the files of data/, and the words that they may use for aspects, routes and kinds."""

from __future__ import annotations

# What a question asks about its subject. The same list is in docs/authoring.md and in extensions/grid.py.
ASPECTS = (
    "what", "result", "people", "who", "funding", "where", "ms_type", "how_taken", "use",
    "names", "count", "when", "status", "next", "how", "why", "access",
)  # fmt: skip
REFERRED = (
    "side_effects", "dose", "cost", "insurance", "approved_now", "join", "eligibility", "duration", "latest", "compare",
    "obtain", "evidence", "person", "symptom_effect", "interaction", "history", "maker", "method", "other_illness", "details",
)  # fmt: skip
ROUTES = ("answer", "refer", "advice", "handoff", "crisis", "emergency", "privacy", "smalltalk", "decline", "miss", "clarify")
KINDS = {"answers": "topic", "referrals": "referral", "dialogue": "dialogue"}
SUBJECTS = ("therapy", "trial", "organisation", "study", "media", "subject")

_METADATA = {
    "topic?": str, "referral?": str, "dialogue?": str, "route": str, "question?": str, "facts": [str], "covers?": [str], "page?": str,  # noqa: E501
    "section?": str, "as_of?": str, "review_by?": str, "short?": str, "offer?": [str],
}  # fmt: skip
_VARIATION = {
    "text": str, "metadata": _METADATA, "buttons?": [{"title": str, "payload": str}],
    "condition?": [{"type": str, "name": str, "value": str}],
}  # fmt: skip
ENTRY = {
    "version": str,
    "nlu?": [{"intent": str, "metadata?": {"aspect?": str, "topic?": str, "behind?": str, "asks?": str}, "examples": str}],
    "responses": {str: [_VARIATION]},
    "rules": [{"rule": str, "steps": [{"intent?": str, "action?": str}]}],
}
FACTS = {"facts": [{"id": str, "page": str, "section": str, "says": str, "exact": [str]}]}
TOPICS = {"topics": [{"id": str, "title": str, "facts": [str], "overview?": bool}]}
VOCABULARY = {
    "vocabulary": [
        {
            "id": str, "name": str, "kind": str, "topic": (str, type(None)), "topics": [str], "says": [str],
            "referral?": (str, type(None)),
        }
    ],
}  # fmt: skip
