"""Who may import whom: three programs that share files and JSON, and inside helpdesk/ downwards only."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = {"actions", "extensions", "helpdesk"}
RASA = {"rasa", "rasa_sdk"}
SHARED = ("extensions.encoder", "extensions.hidden")  # the sentence encoder and the hidden layer: the safety net needs both

MUST_NOT = {
    "actions": {"helpdesk", "extensions", "rasa"},
    "extensions": {"helpdesk", "actions"},
    "helpdesk": {"actions", "rasa", "rasa_sdk", "extensions"},
}

# The rows of helpdesk/, from the top: a module imports only what stands in a lower row. `privacy_numbers` is a part of `privacy`.
ROWS = [
    {"__main__"},
    {"cli"},
    {"app", "measure", "doctor", "upkeep"},
    {"instance", "report"},
    {"supervisor"},
    {"staff_cli", "swapping", "replica_rasa", "migrating"},
    {"fitting"},
    {"kept", "chat", "desk", "studio"},
    {"staff_site", "preparing"},
    {"watch", "following", "workshop", "reminders", "retention"},
    {"trial", "replica_web"},
    {"rasas"},
    {"measuring", "comparing", "gate", "programs"},
    {"measured"},
    {"scoring", "replay"},
    {"questions"},
    {"queueing", "streams", "neighbours", "outward", "accounts", "publishing", "live"},
    {"snapshots"},
    {"editing"},
    {"store", "assistant", "training", "rasa_log", "likeness"},
    {"forms"},
    {"handoff", "cover_sheet", "teaching", "source_facts", "after_danger"},
    {"conversation", "answers", "safety", "privacy", "content", "guard", "limits", "connections", "archives"},
    {"processes", "web"},
    {"message", "source_page"},
    {"hours", "canned", "hub", "settings", "words", "metrics", "logs", "console", "leash", "meaning"},
    {"environment", "notifier"},
    {"errors"},
]


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Yield the full name of every module that the file imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def row_of(module: str) -> int:
    name = part(module.split(".")[1])
    found = [number for number, row in enumerate(ROWS) if name in row]
    assert found, f"helpdesk/{name} stands in no row of ROWS: give it one"
    return found[0]


def part(name: str) -> str:
    """Return the module or folder that stands in ROWS for this one."""
    known = {n for row in ROWS for n in row}
    return name if name in known or name.split("_")[0] not in known else name.split("_")[0]


@pytest.mark.parametrize(
    "path", [p for package in sorted(OURS) for p in modules(package)], ids=lambda p: str(p.relative_to(ROOT))
)
def test_the_three_programs_do_not_import_each_other(path: Path) -> None:
    forbidden = MUST_NOT[path.relative_to(ROOT).parts[0]]

    wrong = [name for name in imports(path) if name.split(".")[0] in forbidden and not _is_shared(path, name)]

    assert wrong == []


def _is_shared(path: Path, name: str) -> bool:
    return path.is_relative_to(ROOT / "helpdesk") and f"{name}.".startswith(tuple(f"{one}." for one in SHARED))


def test_actions_use_the_sdk_and_the_standard_library_only() -> None:
    for path in modules("actions"):
        for name in imports(path):
            top = name.split(".")[0]
            assert top in {"rasa_sdk", "actions", "__future__"} or top in sys.stdlib_module_names


@pytest.mark.parametrize("shared", SHARED)
def test_what_is_shared_imports_nothing_of_ours_or_of_rasa(shared: str) -> None:
    tops = {name.split(".")[0] for name in imports(ROOT / f"{shared.replace('.', '/')}.py")}

    assert not tops & (OURS | RASA)


@pytest.mark.parametrize("path", [p for p in modules("helpdesk") if p.stem != "__init__"], ids=lambda p: str(p.relative_to(ROOT)))
def test_helpdesk_imports_point_downwards(path: Path) -> None:
    mine = part(path.relative_to(ROOT / "helpdesk").with_suffix("").parts[0])

    for name in imports(path):
        if name.startswith("helpdesk."):
            theirs = part(name.split(".")[1])
            assert theirs == mine or row_of(name) > row_of(f"helpdesk.{mine}"), f"{mine} imports {name}"
