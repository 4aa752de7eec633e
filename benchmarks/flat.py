"""Print what subject and aspect add: the reader whole, beside its flat classifier alone, on held-out answers and near misses.

Usage: python benchmarks/flat.py. Reads the newest model; nothing is started and nothing is learnt.
"""

from __future__ import annotations

import sys
import tarfile
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from extensions.encoder import Encoder  # noqa: E402
from extensions.reader import Reader  # noqa: E402


def open_reader(folder: Path) -> Reader:
    """Unpack the newest model into `folder` and open the reader in it. Raises SystemExit where there is no model."""
    models = sorted((ROOT / "models").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        raise SystemExit("There is no model in models/: run `helpdesk train` first.")
    with tarfile.open(models[-1]) as archive:
        archive.extractall(folder)
    [found] = folder.rglob("reader.json")
    return Reader.open(found.parent, Encoder.load())


def flat(reader: Reader, text: str) -> tuple[str, str | None]:
    """Return route and topic by the flat classifier alone."""
    scores = reader.view(text).flat
    intent = max(scores, key=lambda name: scores[name])
    return reader.grid.routes.get(intent, "miss"), reader.topics.get(intent)


def whole(reader: Reader, text: str) -> tuple[str, str | None]:
    """Return route and topic by the reader."""
    reading = reader.read(text)
    route = reader.grid.routes.get(reading.intent, "miss")
    return route, reading.topic if route == "answer" else None


def main() -> None:
    """Print one row for each of the two ways."""
    heldout = ROOT / "tests" / "heldout"
    near = [q["ask"] for q in yaml.safe_load((heldout / "near_misses.yml").read_text(encoding="utf-8"))["questions"]]
    blocks = yaml.safe_load((heldout / "answers.yml").read_text(encoding="utf-8"))["nlu"]
    asked = [
        (line.strip()[2:], {block["intent"][4:], *(block.get("metadata") or {}).get("also", [])})
        for block in blocks
        for line in block["examples"].splitlines()
        if line.strip().startswith("- ")
    ]
    with tempfile.TemporaryDirectory() as folder:
        reader = open_reader(Path(folder))
        print(f"{'':24}{'right topic':>14}{'wrong topic':>14}{'near misses answered':>24}")
        for name, way in (("flat classifier alone", flat), ("subject, aspect, gate", whole)):
            found = [(way(reader, text), topics) for text, topics in asked]
            right = sum(topic in topics for (_, topic), topics in found)
            wrong = sum(route == "answer" and topic not in topics for (route, topic), topics in found)
            answered = sum(way(reader, text)[0] == "answer" for text in near)
            print(f"{name:24}{right / len(asked):>14.1%}{wrong / len(asked):>14.1%}{answered / len(near):>24.1%}")


if __name__ == "__main__":
    main()
