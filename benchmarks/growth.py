"""Print what a turn and a training cost at 50, 150, 500 and 2,000 topics, in sentences that are made here.

A topic is a thing to do with an object ("rent a boat"); its project has the form of data/, the dialogues and referrals of
tests/small_reader.py, our config.yml and our channel. `--rules` gives the policies of stock Rasa in place of ours.
Usage: python benchmarks/growth.py [--topics 50 500] [--rules].
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import math
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.contestants import newest, rasa_train  # noqa: E402
from benchmarks.machine import load, memory  # noqa: E402
from tests import small_reader  # noqa: E402

TOPICS = (50, 150, 500, 2000)
ASKED = 300
LONG, LONG_RUNS, ENDS = 100, 3, 5
POLICY, RULES = "extensions.policy.TopicPolicy", "RulePolicy"

OBJECTS = """boat bicycle piano tent greenhouse caravan statue chimney lorry fountain hedge drone telescope loom kiln canoe rug
    violin wardrobe tractor aquarium bench lantern clock carpet mill barn bridge organ kite sled stove ladder printer camera
    mirror saddle anchor windmill pond roof cellar stall playground scooter beehive flagpole wagon sauna fireplace""".split()
DEEDS = """repair:mend rent:hire insure:cover paint:colour store:stash register:enrol sell:flog clean:scrub move:shift
    inspect:examine park:leave weigh:balance heat:warm light:illuminate build:construct design:draft lend:loan
    photograph:picture donate:give replace:swap import:fetch export:ship tax:declare decorate:adorn measure:gauge lock:secure
    share:split film:record test:try exhibit:display recycle:scrap auction:bid restore:renew label:tag fence:enclose water:soak
    lift:hoist dry:drain polish:shine bless:hallow""".split()
SAID = """how do I {} a {} / I want to {} my {} / we would like to {} our {} / help me {} the {} / what are the steps to {} a {} /
    is there a way to {} a {} / can one {} an old {} here / my aunt hopes to {} a {} / rules if you {} a {} /
    tell me how to {} a {} / somebody told me that I may {} my {} / do I need a form to {} a {} / to {} a {}, please /
    please explain how people {} a {} / can you {} a {} for me / I have to {} a {} by friday / it is time to {} that {} / {} {}"""
LEFT_OUT = """who was the first to {} a {} / which famous person did {} a {} / did the romans {} a {} /
    what song is there to {} a {} to / is it a sin to {} a {}"""
FURTHER = """I am trying to {} a {} this month / could a person {} their {} with you / what must be done to {} a second hand {} /
    my neighbour and I plan to {} a {} / we need to {} one {} / any idea how to go about it if I {} a {}"""


def forms(text: str) -> list[str]:
    return " ".join(text.split()).split(" / ")


def topics(count: int) -> list[tuple[list[str], str]]:
    """Return the words for the deed, and the object, of each topic."""
    objects = OBJECTS[: math.ceil(math.sqrt(1.25 * count))]
    deeds = DEEDS[: math.ceil(count / len(objects))]
    return list(itertools.islice(((deed.split(":"), thing) for deed in deeds for thing in objects), count))


def name_of(topic: tuple[list[str], str]) -> str:
    return f"{topic[0][0]}_{topic[1]}"


def sentences(topic: tuple[list[str], str], said: str) -> list[str]:
    """Return the forms about a topic, the two words for its deed by turns."""
    return [form.format(topic[0][number % 2], topic[1]) for number, form in enumerate(forms(said))]


def block(intent: str, said: list[str], **metadata: str) -> dict[str, Any]:
    told = {"metadata": metadata} if metadata else {}
    return {"intent": intent, **told, "examples": "".join(f"- {one}\n" for one in said)}


def answering(name: str, intent: str, text: str, blocks: list[dict[str, Any]], **metadata: Any) -> dict[str, Any]:
    """Return a file of ours: the examples, the response and the rule."""
    utter = f"utter_{name}"
    rule = {"rule": f"Answer {name}", "steps": [{"intent": intent}, {"action": utter}]}
    return {"version": "3.1", "nlu": blocks, "responses": {utter: [{"text": text, "metadata": metadata}]}, "rules": [rule]}


def files(count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield path and content of every file of data/."""
    for topic in topics(count):
        name, asked = name_of(topic), sentences(topic, SAID)
        told = {"topic": name, "route": "answer", "question": asked[0], "page": "Made", "facts": []}
        blocks = [block(f"ask_{name}", asked), block("not_covered", sentences(topic, LEFT_OUT), topic=name)]
        yield (
            f"answers/made/{name}.yml",
            answering(name, f"ask_{name}", f"This is how you {topic[0][0]} a {topic[1]}.", blocks, **told),
        )
    for name, said in small_reader.REFERRED.items():
        blocks = [block(f"ask_{name}", [form.format("it") for form in said], aspect=name)]
        yield f"referrals/{name}.yml", answering(name, f"ask_{name}", "Nobody says.", blocks, referral=name, route="refer")
    for intent, said in {**small_reader.OTHER, "nlu_fallback": [], "clarify": [], "not_covered": ["what is left out"]}.items():
        name, blocks = intent.removeprefix("ask_"), [block(intent, [form.format("it") for form in said])] if said else []
        told = {"referral": name} if intent.startswith("ask_") else {"dialogue": name}
        route = "refer" if intent.startswith("ask_") else small_reader.ROUTES.get(intent, "smalltalk")
        yield f"dialogue/{name}.yml", answering(name, intent, name, blocks, **told, route=route)
    things = sorted({thing for _, thing in topics(count)})
    about = {thing: [name_of(topic) for topic in topics(count) if topic[1] == thing] for thing in things}
    entry = {"kind": "made", "topic": None}
    entries = [{"id": thing, "name": thing, **entry, "topics": about[thing], "says": [thing]} for thing in things]
    yield "vocabulary/made.yml", {"vocabulary": entries}
    yield "development/made.yml", {"questions": list(questions(count, "answer")) + list(questions(count, "refer"))}


def questions(count: int, route: str) -> Iterator[dict[str, Any]]:
    """Yield a question a topic that its page answers, or one that it does not."""
    for number, topic in enumerate(topics(count)):
        said = sentences(topic, FURTHER if route == "answer" else LEFT_OUT.replace(" the romans", " a king"))
        told = {"topic": [name_of(topic)]} if route == "answer" else {}
        yield {"ask": said[number % 3], "route": route, **told}


def project(folder: Path, count: int, policy: str) -> int:
    """Write a project and return the number of its examples."""
    intents, examples = set(), 0
    for path, content in files(count):
        at = folder / "data" / path
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(yaml.safe_dump(content, sort_keys=False, width=1000), encoding="utf-8")
        blocks = content.get("nlu", [])
        examples += sum(one["examples"].count("\n") for one in blocks)
        intents |= {one["intent"] for one in blocks} | {rule["steps"][0]["intent"] for rule in content.get("rules", [])}
    shipped = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    (folder / "domain.yml").write_text(yaml.safe_dump({**shipped, "intents": sorted(intents)}), encoding="utf-8")
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    config["policies"][0]["name"] = policy
    config["pipeline"][0].update(vocabulary=str(folder / "data/vocabulary"), development=str(folder / "data/development"))
    (folder / "config.yml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    return examples


def measured(count: int, policy: str) -> dict[str, float]:
    """Train and ask one project, in a process of its own; return the figures."""
    from extensions.encoder import Encoder

    with tempfile.TemporaryDirectory(prefix="helpdesk-growth-") as name:
        folder = Path(name)
        os.environ["HELPDESK_STATE"] = str(folder / "state")
        Encoder.load()  # the weights are converted once on a machine, and this is no part of a training
        found: dict[str, float] = {"topics": count, "examples": project(folder, count, policy)}
        cost = rasa_train(folder / "config.yml", [folder / "data"], folder / "models", folder / "state", folder / "domain.yml")
        model = newest(folder / "models")
        assert model is not None
        found |= {"train_s": cost.seconds, "train_cpu_s": cost.processor}
        # Of the largest process: what the others share with it would be counted once for each.
        found["train_mb"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        found["model_mb"] = model.stat().st_size / 1024**2
        return found | asyncio.run(asked(model, count))


async def asked(model: Path, count: int) -> dict[str, float]:
    """Load the model as `rasa run` does and ask it through our channel's own steps."""
    from rasa.core.agent import load_agent
    from rasa.core.utils import AvailableEndpoints
    from rasa.utils.log_utils import configure_structlog

    from extensions.channel import take_turn

    configure_structlog(30)
    began = time.perf_counter()
    agent = await load_agent(model_path=str(model), endpoints=AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml")))
    loaded = time.perf_counter() - began

    async def turn(text: str, sender: str) -> tuple[float, float, str | None]:
        began, used = time.perf_counter(), time.process_time()
        reply = await take_turn(agent, {"sender": sender, "turn": "t", "text": text, "choice": None, "context": {}})
        first = reply["answers"][0]
        times = (time.perf_counter() - began) * 1000, (time.process_time() - used) * 1000
        return *times, first["topic"] if first["route"] == "answer" else None

    every = [(said, name_of(topic)) for topic in topics(count) for said in sentences(topic, FURTHER)[3:]]
    cases = random.Random(1).sample(every, min(ASKED, len(every)))
    for text, _ in cases[:10]:  # what a process does for the first time is nobody's turn
        await turn(text.upper(), uuid.uuid4().hex)
    one = [(*await turn(text, uuid.uuid4().hex), right) for text, right in cases]
    late = []
    for run in range(LONG_RUNS):
        sender = uuid.uuid4().hex
        talk = [await turn(cases[(run * 37 + number) % len(cases)][0], sender) for number in range(LONG)]
        late += [ms for ms, *_ in talk[-ENDS:]]
    times = [ms for ms, *_ in one]
    return {
        "load_s": loaded,
        "resident_mb": memory(os.getpid()),
        "median_ms": statistics.median(times),
        "median_cpu_ms": statistics.median(ms for _, ms, *_ in one),
        "p95_ms": statistics.quantiles(times, n=20)[-1],
        "late_ms": statistics.median(late),
        "right": sum(got == right for *_, got, right in one) / len(one),
    }


HEADS = {
    "topics": ("topics", "{:.0f}"),
    "examples": ("examples", "{:.0f}"),
    "train_s": ("training, s", "{:.0f}"),
    "train_cpu_s": ("training, processor s", "{:.0f}"),
    "train_mb": ("training, peak MB", "{:.0f}"),
    "model_mb": ("model, MB", "{:.1f}"),
    "load_s": ("load, s", "{:.1f}"),
    "resident_mb": ("resident, MB", "{:.0f}"),
    "median_ms": ("turn 1, median ms", "{:.1f}"),
    "median_cpu_ms": ("turn 1, median processor ms", "{:.1f}"),
    "p95_ms": ("turn 1, 95th percentile ms", "{:.1f}"),
    "late_ms": (f"turn {LONG} of one sender, ms", "{:.1f}"),
    "right": ("right answers", "{:.1%}"),
}
GROWING = ("examples", "median_ms", "median_cpu_ms", "train_cpu_s")


def table(rows: list[dict[str, float]]) -> str:
    """Return the figures for a person to read, a column for each size, and how they grow."""
    lines = [f"{head:<30}" + "".join(f"{form.format(row[key]):>10}" for row in rows) for key, (head, form) in HEADS.items()]
    for few, many in itertools.combinations(rows, 2):
        told = ", ".join(f"{HEADS[key][0]} {many[key] / few[key]:.2f} times" for key in GROWING)
        lines.append(f"{many['topics']:.0f} topics against {few['topics']:.0f}: {told}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--topics", type=int, nargs="+", default=TOPICS)
    parser.add_argument("--rules", action="store_true", help="with Rasa's own RulePolicy")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measured(args.one, RULES if args.rules else POLICY)))
        return
    before, rows = load(), []
    for count in args.topics:
        argv = [sys.executable, "-W", "ignore", __file__, "--one", str(count), *(["--rules"] if args.rules else [])]
        done = subprocess.run(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        print(table(rows[-1:]), flush=True)
    print(table(rows))
    print(f"{RULES if args.rules else POLICY}; {before} before, {load()} after")
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
