"""A small reader over made-up subjects, for the tests of the understanding: two drugs, a study, a film."""

from __future__ import annotations

import functools
import re
from typing import Any

from extensions import calibration
from extensions.encoder import Encoder
from extensions.grid import Grid
from extensions.reader import Example, Reader
from extensions.vocabulary import Subject

SUBJECTS = [
    Subject("lamprexol", "lamprexol", "therapy", "lamprexol", ("lamprexol",), ("lamprexol", "the walking pill")),
    Subject("brimadone", "brimadone", "therapy", "brimadone", ("brimadone",), ("brimadone",)),
    Subject("harbor_study", "the Harbor study", "trial", "harbor_study", ("harbor_study",), ("harbor study", "harbour study")),
    Subject("lantern_film", "the Lantern film", "media", "lantern_film", ("lantern_film",), ("lantern film", "lantern video")),
    Subject("zorvatine", "zorvatine", "therapy", None, (), ("zorvatine",)),
    Subject("spms", "secondary progressive MS", "subject", "harbor_study", ("harbor_study",), ("spms",)),
]

# What each answer covers: in a text of its own, and within the whole answer.
COVERS = {
    "lamprexol": (("people", "funding"), ("what", "result")),
    "brimadone": (("where",), ("what", "result")),
    "harbor_study": (("people", "funding"), ("what", "who")),
    "lantern_film": (("access", "count"), ("what", "who")),
}


def phrases(text: str) -> dict[str, list[str]]:
    """Return what stands under each name: phrases parted by strokes."""
    joined = re.sub(r"\n\s+", " ", text.strip())
    return {name: said.strip().split(" / ") for name, said in (line.split(":", 1) for line in joined.splitlines())}


WHOLE = phrases(
    """
whole: tell me about {} / I'd like to know about {} / what do you have on {} / everything about {} please / say something
    about {} / information on {} / what does the page say about {} / I read about {} and want to know more / {} please /
    explain {} to me
"""
)["whole"]

ASKS = phrases(
    """
what: what is {} / what kind of thing is {} / what exactly is {} / what sort of thing is {} / {} is what / what does {} mean
result: did {} work / what was found with {} / was {} any good / what came out of {} / were the results of {} good / did {}
    help anybody
people: how many people took part in {} / how many patients were in {} / how big was the group for {} / number of volunteers
    in {} / how many folks joined {} / how many took part in {}
funding: who pays for {} / who funds {} / who paid for {} / where does the money for {} come from / who is the sponsor of {} /
    who gave the money for {}
where: where was {} done / in which city was {} tested / which hospital did {} / where did {} take place / which country was
    {} in / at what place was {} studied
who: who leads {} / who runs {} / who did {} / which doctors are behind {} / who is in charge of {} / who made {}
count: how many parts are in {} / how many parts does {} have / how many speakers are in {} / number of parts in {} / how many
    minutes is {} / how many languages is {} in
access: where can I watch {} / where do I find {} online / how can I see {} / is there a link to {} / where can I view {} /
    how do I get to {}
"""
)

REFERRED = phrases(
    """
side_effects: what are the side effects of {} / does {} make you sick / can {} cause headaches / is {} bad for the liver /
    what harm can {} do / any side effects with {} / does {} make your hair fall out / is {} safe
cost: how much does {} cost / what is the price of {} / is {} expensive / what would I pay for {} at the pharmacy / how many
    dollars is {} / the cost of {} a month / is {} cheap / what does {} cost me
"""
)

OTHER = phrases(
    """
ask_parking: is there parking at the clinic / where can I park my car / how do I get a disabled parking badge / parking permit
    for disabled drivers / can I park near the door / who gives out parking badges / do I need a blue badge to park / parking
    spaces for wheelchairs
ask_diet: what should people with ms eat / is there a diet for ms / are vegetables good for ms / does sugar make ms worse / is
    coffee bad for ms / what foods help / keto diet and ms / can you eat bread with ms
advice: should I take {} / should my wife stop {} / would {} help me / do you think I ought to switch to {} / is {} right for
    me / what do you recommend for my legs / should I stop my medicine / my doctor offered me {}, should I say yes / would it
    be good for my mother / should I try {} / can I stop taking {} / is it wise for me to start {}
person: I want to talk to a person / can I speak to a human / let me talk to somebody real / get me a navigator please / I
    want a real person / connect me with a human being / can someone call me / is there a person I can talk to
greet: hello / hi / good morning / hey there / good evening / hi there / hello bot / hiya
thanks: thank you / thanks / thanks a lot / much appreciated / thank you so much / ta / cheers / many thanks
repeat: say that again / repeat that please / can you repeat that / once more please / what did you say / I missed that, again
    please / again please / come again
simpler: simpler please / in plain words please / can you say it more simply / too complicated for me / use easier words /
    explain it like I am five / I don't understand / shorter and simpler please
more: tell me more / more please / go on / can you say more / I want to hear more / more details please / and more / keep
    going
follow_up: what about it / and that one / what is that exactly / tell me about it / and what about that / what about this one
    / explain that one / about that
out_of_scope: what is the weather tomorrow / who won the football / write me a poem / how do I bake bread / what is the
    capital of France / best phone to buy / fix my computer / who is the president
nonsense: asdf ghjk / qwe rty uio / blah blah blah / xkcd zzz / lkj lkj / fjfj dkdk / mmmm nnnn / bzzt bzzt
"""
)

ROUTES = {
    "person": "handoff",
    "advice": "advice",
    "out_of_scope": "decline",
    "nonsense": "miss",
    "nlu_fallback": "miss",
    "clarify": "clarify",
    "not_covered": "refer",
    "follow_up": "clarify",
}


@functools.cache
def encoder() -> Encoder:
    return Encoder.load()


def responses() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for topic, (varied, within) in COVERS.items():
        known = {"topic": topic, "route": "answer"}
        found[f"utter_{topic}"] = [
            {"text": f"All about {topic}.", "metadata": {**known, "question": f"What is {topic}?", "covers": list(within)}}
        ]
        found[f"utter_{topic}"] += [
            {"text": f"{topic}, {aspect}.", "condition": [{"type": "slot", "name": "aspect", "value": aspect}], "metadata": known}
            for aspect in varied
        ]
    for name in [*REFERRED, "parking", "diet"]:
        found[f"utter_{name}"] = [{"text": "The pages do not say.", "metadata": {"referral": name, "route": "refer"}}]
    for name in [*(n for n in OTHER if not n.startswith("ask_")), "nlu_fallback", "clarify", "not_covered"]:
        found[f"utter_{name}"] = [{"text": name, "metadata": {"dialogue": name, "route": ROUTES.get(name, "smalltalk")}}]
    return found


def examples() -> list[Example]:
    names = {one.topic: one.says for one in SUBJECTS if one.topic}
    found = []
    for topic, (varied, within) in COVERS.items():
        found += [Example(form.format(names[topic][i % len(names[topic])]), f"ask_{topic}") for i, form in enumerate(WHOLE)]
        for aspect in (*varied, *within):
            found += [Example(form.format(names[topic][0]), f"ask_{topic}", aspect) for form in ASKS[aspect]]
    for aspect, forms in REFERRED.items():
        for word in ("it", "lamprexol", "brimadone"):
            found += [Example(form.format(word), f"ask_{aspect}", aspect) for form in forms]
    for aspect, forms in ASKS.items():
        found += [Example(form.format("it"), "follow_up", aspect) for form in forms[:3]]
    for intent, forms in OTHER.items():
        found += [
            Example(form.format(word), intent) for form in forms for word in (("it", "brimadone") if "{}" in form else ("",))
        ]
    return found


def questions() -> list[dict[str, Any]]:
    """Return development questions: every aspect of every topic, by name and as a follow-up."""
    found: list[dict[str, Any]] = []
    for topic, (varied, within) in COVERS.items():
        name = next(one.name for one in SUBJECTS if one.topic == topic)
        for aspect, forms in {**ASKS, **REFERRED}.items():
            right = {"route": "answer", "topic": [topic]} if aspect in varied + within else {"route": "refer"}
            found.append({"ask": forms[1].format(name), **right})
            found.append({"ask": forms[1].format("it"), "context": {"topic": topic, "answered": True}, **right})
    return found


def grid() -> Grid:
    return Grid.of(responses(), ((e.intent, e.aspect) for e in examples()))


@functools.cache
def fitted() -> tuple[Reader, dict[str, Any]]:
    """Return the reader and the report of its calibration; fitted once a test run."""
    return calibration.fit(examples(), grid(), SUBJECTS, encoder(), questions())


def reader() -> Reader:
    return fitted()[0]
