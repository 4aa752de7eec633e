"""The helpdesk command: every command is documented, and a mistake is answered with a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from helpdesk import content
from helpdesk.cli import main
from helpdesk.settings import ROOT
from tests.web import RealServer


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPDESK_STATE", str(tmp_path / "state"))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize("name", list(main.commands))
def test_every_command_is_documented(name: str) -> None:
    assert f"`helpdesk {name}" in (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", list(main.commands))
def test_every_command_has_help(name: str) -> None:
    done = run(name, "--help")

    assert done.exit_code == 0
    assert len(done.output.splitlines()) > 3


def test_a_bad_setting_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPDESK_PORT", "eighty")

    done = run("up")

    assert done.exit_code == 1
    assert done.output == "Error: HELPDESK_PORT=eighty is not a port. Give a number from 1 to 65535.\n"


def test_check_tells_what_is_wrong_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = content.Problem("data/answers/x.yml", 3, "The question is missing.", "Write one.")
    monkeypatch.setattr(content, "check", lambda root: [problem])

    done = run("check")

    assert done.exit_code == 1
    assert done.output == "data/answers/x.yml:3: The question is missing. Write one.\n1 problems, 0 warnings\n"


def test_check_looks_at_the_draft_where_that_is_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[Path] = []
    monkeypatch.setattr(content, "check", lambda root: seen.append(root) or [])
    monkeypatch.setenv("HELPDESK_DATA", str(tmp_path / "data"))

    assert run("check").exit_code == 0
    assert seen == [tmp_path]


def test_a_warning_alone_does_not_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = content.Problem("data/answers/x.yml", 3, "To be reviewed.", "Review it.", warning=True)
    monkeypatch.setattr(content, "check", lambda root: [problem])

    assert run("check").exit_code == 0


def test_replay_gives_one_line_for_each_conversation(server: RealServer, tmp_path: Path) -> None:
    file = tmp_path / "talks.jsonl"
    file.write_text(
        '{"id": "a", "turns": ["what is tob1", "/restart", "//"]}\n\n{"id": 2, "turns": ["hello"]}\n', encoding="utf-8"
    )

    done = run("replay", "--url", server.url, str(file))

    first, second = (json.loads(line) for line in done.output.splitlines())
    assert (first["id"], second["id"]) == ("a", 2)
    assert [reply["route"] for reply in first["replies"]] == ["answer", "answer", "refused"]
    assert first["replies"][2]["error"]["code"] == "empty"


@pytest.mark.parametrize("line", ["{", "[]", '{"id": 1}', '{"turns": "one"}'])
def test_a_line_that_is_no_conversation_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "talks.jsonl"
    file.write_text(f'{{"turns": []}}\n{line}\n', encoding="utf-8")

    done = run("replay", "--url", "http://127.0.0.1:1", str(file))

    assert done.exit_code == 1
    assert "Line 2" in done.output


def test_a_server_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "talks.jsonl"
    file.write_text('{"id": 1, "turns": ["hello"]}\n', encoding="utf-8")

    done = run("replay", "--url", "http://127.0.0.1:1", str(file))

    assert done.exit_code == 1
    assert "Traceback" not in done.output


def test_doctor_says_what_is_bad(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("HELPDESK_STATE", str(tmp_path / "file" / "state"))

    done = run("doctor")

    assert done.exit_code == 1
    assert "BAD  state" in done.output
