"""After the start, nothing that Rasa writes into its log can hold a visitor's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpdesk.rasa_log import RasaLog, safe

SECRET = "my number is 555-0142"
NOISY = [
    f"2026-11-20 17:00:00 ERROR    rasa.core.channels.rest  - rest.message.received.failure text={SECRET}",
    f"2026-11-20 17:00:00 [error    ] rasa.core.nlg.interpolator.replace text='{SECRET}'",
    f"2026-11-20 17:00:00 WARNING  rasa.core.processor  - Could not parse {SECRET}",
    f"ValueError: {SECRET}",
    f"    text = '{SECRET}'",
    f'  File "/app/rasa/x.py", line 3, in {SECRET}',
    f'  File "{SECRET}\n", line 3, in run',
    f"│ message = {SECRET} │",
    f"rasa.core.{SECRET}",
    SECRET,
]


@pytest.mark.parametrize("line", NOISY)
def test_no_word_of_a_visitor_passes(line: str) -> None:
    assert "555" not in (safe(line) or "")


def test_what_happened_and_where_passes() -> None:
    assert safe("2026-11-20 17:00:00 ERROR    extensions.channel  - A turn failed: KeyError") == (
        "2026-11-20 17:00:00 ERROR extensions.channel A turn failed: KeyError"
    )
    assert safe('  File "/app/rasa/x.py", line 3, in run') == '  File "/app/rasa/x.py", line 3, in run'
    assert safe("builtins.ValueError: 3 is not 4") == "builtins.ValueError"


def test_while_rasa_starts_all_of_it_is_kept(tmp_path: Path) -> None:
    log = RasaLog(tmp_path / "logs" / "rasa.log")

    log.hear("the model is from another version", False)
    log.hear(SECRET, True)

    assert (tmp_path / "logs" / "rasa.log").read_text() == "the model is from another version\n"
