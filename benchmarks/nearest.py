"""A bare nearest neighbour over the same sentence encoder: the service that one would write in an afternoon.

It answers with the text of the example that stands nearest, unless that is too far away; how far is set on the development
questions. No safety net, no ledger, no follow-ups. It speaks like Rasa's REST webhook.
python benchmarks/nearest.py PORT STATE, after `python benchmarks/nearest.py train STATE`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import shipped  # noqa: E402
from extensions.encoder import Encoder  # noqa: E402
from helpdesk import questions  # noqa: E402

STEPS = np.arange(0.3, 0.96, 0.01)
LOST = 0.03
MISS = "I did not understand that."


def train(state: Path) -> None:
    """Encode the examples and set how near is near enough."""
    state.mkdir(parents=True, exist_ok=True)
    encoder = Encoder.load(ROOT / "var" / "encoder")
    said, intents = zip(*(pair for _, content in shipped.files() for pair in shipped.examples(content)))
    known = encoder.encode(list(said))
    cases = [case for case in questions.read(ROOT / "data" / "development") if case.group in ("answers", "near misses")]
    asked = [case.turns[0].halves[0] for case in cases]
    sims = encoder.encode([case.turns[0].ask for case in cases]) @ known.T
    nearest, best = sims.argmax(axis=1), sims.max(axis=1)
    right = np.array([f"{intents[at]}" in {f"ask_{topic}" for topic in wanted.topics} for at, wanted in zip(nearest, asked)])
    pages = np.array(["answer" in wanted.routes for wanted in asked])
    # As far as it goes without losing more than a few of the right answers; no cosine tells a near miss from a question of ours.
    given = [float(((best >= least) & right)[pages].mean()) for least in STEPS]
    least = float(max(step for step, share in zip(STEPS, given) if share >= max(given) - LOST))
    np.savez(state / "nearest.npz", known=known.astype(np.float32), intents=np.array(intents))
    (state / "nearest.json").write_text(json.dumps({"least": least}), encoding="utf-8")


def app(state: Path) -> Starlette:
    kept = np.load(state / "nearest.npz", allow_pickle=False)
    known, intents = kept["known"], kept["intents"]
    least = json.loads((state / "nearest.json").read_text(encoding="utf-8"))["least"]
    encoder = Encoder.load(ROOT / "var" / "encoder")
    spoken = {name: said[0] for _, content in shipped.files() for name, said in shipped.plain_texts(content).items()}

    async def webhook(request: Request) -> JSONResponse:
        text = (await request.json())["message"]
        sims = known @ encoder.encode([text])[0]
        at = int(sims.argmax())
        name = f"utter_{str(intents[at]).removeprefix('ask_')}"
        return JSONResponse([{"text": spoken.get(name, MISS) if sims[at] >= least else MISS}])

    async def health(request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    return Starlette(
        routes=[Route("/webhooks/rest/webhook", webhook, methods=["POST"]), Route("/webhooks/rest/", health)],
    )


def main() -> None:
    what, state = sys.argv[1], Path(sys.argv[2])
    if what == "train":
        train(state)
    else:
        uvicorn.run(app(state), host="127.0.0.1", port=int(what), ws="none", log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
