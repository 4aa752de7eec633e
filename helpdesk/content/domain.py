"""domain.yml: the part that Rasa wants apart from the files; written from them, never by hand."""

from __future__ import annotations

from pathlib import Path

from helpdesk.content.files import Problem
from helpdesk.content.model import Content, load

HEAD = """# Written from data/ by `helpdesk check --write`; `helpdesk check` says when it is out of step. The responses stand in data/.
version: "3.1"

intents:
"""
SLOT = """  {name}:
    type: text
    influence_conversation: false
    mappings:
      - type: from_entity
        entity: {name}
"""
TAIL = """
actions: []

session_config:
  session_expiration_time: 0
  carry_over_slots_to_new_session: true
"""
ENTITIES = ("aspect", "topic")
FILE = "domain.yml"


def domain_yaml(root: Path) -> str:
    """Return the text of domain.yml that fits data/."""
    return text_for(load(root))


def write_domain(root: Path) -> None:
    """Write domain.yml in step with data/."""
    (root / "domain.yml").write_text(domain_yaml(root), encoding="utf-8")


def domain_problems(content: Content) -> list[Problem]:
    """Say whether domain.yml is in step with data/, and which intents it lacks or has too many."""
    path = content.root / "domain.yml"
    found = path.read_text(encoding="utf-8") if path.is_file() else ""
    wanted = text_for(content)
    if found == wanted:
        return []
    lacking = _intents(wanted) - _intents(found)
    spare = _intents(found) - _intents(wanted)
    named = [f"it lacks {', '.join(sorted(lacking))}"] * bool(lacking) + [f"nothing uses {', '.join(sorted(spare))}"] * bool(
        spare
    )
    what = f"domain.yml is out of step with data/{': ' if named else ''}{'; '.join(named)}."
    return [Problem("domain.yml", None, what, "Run `helpdesk check --write`.")]


def text_for(content: Content) -> str:
    """Return the text of domain.yml that fits the content."""
    intents = "".join(f"  - {intent}\n" for intent in sorted(content.intents))
    entities = "\nentities:\n" + "".join(f"  - {name}\n" for name in ENTITIES)
    return HEAD + intents + entities + "\nslots:\n" + "".join(SLOT.format(name=name) for name in ENTITIES) + TAIL


def _intents(text: str) -> set[str]:
    return {line[4:] for line in text.partition("entities:")[0].splitlines() if line.startswith("  - ")}
