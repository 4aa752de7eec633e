"""A new state folder takes over what an older one has made, and nothing of what people said."""

from __future__ import annotations

from pathlib import Path

from helpdesk.instance import take_over


def test_what_was_made_is_taken_over_and_no_conversation(tmp_path: Path) -> None:
    made, state = tmp_path / "made", tmp_path / "state"
    for name in ("safety/net-1.npz", "encoder/abc/model.bin", "encoder/abc/vectors.db", "ledger.db", "secrets/key"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text("x")
    state.mkdir()

    take_over(state, encoder=made / "encoder", safety=made / "safety")

    assert sorted(str(p.relative_to(state)) for p in state.rglob("*") if p.is_file()) == [
        "encoder/abc/model.bin",
        "safety/net-1.npz",
    ]


def test_where_nothing_was_made_nothing_is_taken_over(tmp_path: Path) -> None:
    take_over(tmp_path, encoder=tmp_path / "no", safety=tmp_path / "neither")

    assert list(tmp_path.iterdir()) == []
