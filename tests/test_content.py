"""The content keeps the rules of docs/authoring.md, and the checker finds it where it does not."""

import ast
import datetime
from pathlib import Path

import pytest
import yaml

from helpdesk.content import check, domain_yaml, load
from helpdesk.content.borrowed import borrowed, hashes_of
from helpdesk.content.entries import BUTTONS, EXAMPLES
from helpdesk.content.files import plain
from helpdesk.content.forms import ASPECTS, REFERRED, ROUTES
from helpdesk.content.readability import grade, sentences, syllables
from helpdesk.content.texts import GRADE, SPANISH, _names
from helpdesk.content.write import read_round_trip, text_of

ROOT = Path(__file__).resolve().parent.parent
CONTENT = load(ROOT)
ANSWERS = [e for e in CONTENT.entries if e.kind == "answers"]
ASKED = [e for e in CONTENT.entries if e.kind != "dialogue"]
TEXTS = [pytest.param(e, v, id=f"{e.name}-{v.aspect or 'whole'}") for e in CONTENT.entries for v in e.variations]
ANSWERED = [pytest.param(e, v, id=f"{e.name}-{v.aspect or 'whole'}") for e in ANSWERS for v in e.variations]
PAGES = {f.page for f in CONTENT.facts.values()}


def each(entries):
    return pytest.mark.parametrize("entry", [pytest.param(e, id=e.name) for e in entries])


# The shipped content.


def test_the_checker_finds_nothing():
    assert [str(p) for p in check(ROOT) if not p.warning] == []


@each(ASKED)
def test_one_name_in_four_places(entry):
    assert {e.intent for e in entry.examples if not e.leaves_out and not e.behind} == {f"ask_{entry.name}"}
    assert {e.behind for e in entry.examples if e.intent == "follow_up"} <= {entry.name}
    assert {e.leaves_out for e in entry.examples if e.intent == "not_covered"} <= {entry.name}
    assert {v.response for v in entry.variations} == {f"utter_{entry.name}"}
    assert entry.rules[0]["steps"] == [{"intent": f"ask_{entry.name}"}, {"action": f"utter_{entry.name}"}]


@each(CONTENT.entries)
def test_the_intent_is_in_the_domain(entry):
    assert entry.intent in yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"]


@each(ANSWERS)
def test_the_source_is_named(entry):
    for variation in entry.variations:
        assert set(variation.metadata["page"].split("; ")) <= PAGES
        assert variation.metadata["section"]


@each(ANSWERS)
def test_dates_are_quoted_because_rasa_cannot_store_a_yaml_date(entry):
    for variation in entry.variations:
        assert variation.metadata["as_of"] == "2015"
        assert datetime.date.fromisoformat(variation.metadata["review_by"])


@each(ASKED)
def test_the_question_is_also_the_first_example(entry):
    assert entry.examples[0].text == entry.whole.metadata["question"]


@each(ASKED)
def test_there_are_enough_examples(entry):
    assert len(entry.examples) >= EXAMPLES


@each(CONTENT.entries)
def test_buttons_lead_somewhere(entry):
    for variation in entry.variations:
        assert len(variation.buttons) <= BUTTONS
        assert {b["payload"].removeprefix("/") for b in variation.buttons} <= CONTENT.intents


@pytest.mark.parametrize(("entry", "variation"), TEXTS)
def test_the_route_is_known(entry, variation):
    assert variation.metadata["route"] in ROUTES


@pytest.mark.parametrize(("entry", "variation"), TEXTS)
def test_the_words_are_plain(entry, variation):
    if entry.name in SPANISH:
        pytest.skip("the grade is for English")

    assert grade(variation.text, _names(tuple(CONTENT.vocabulary))) <= GRADE


@pytest.mark.parametrize(("entry", "variation"), TEXTS)
def test_no_sentence_of_the_pages(entry, variation):
    exact = tuple(e for f in CONTENT.facts.values() for e in f.exact)

    assert borrowed(variation.text, exact) is None


@pytest.mark.parametrize(("entry", "variation"), ANSWERED)
def test_figures_and_names_are_exact(entry, variation):
    for fact in variation.facts:
        for exact in CONTENT.facts[fact].exact:
            assert plain(exact) in plain(variation.text)


@each(ANSWERS)
def test_the_whole_answer_gives_the_facts_of_its_topic(entry):
    assert set(entry.whole.facts) == set(CONTENT.topics[entry.name].facts)


def test_all_47_topics_are_answered():
    assert len(ANSWERS) == 47
    assert {e.name for e in ANSWERS} == set(CONTENT.topics)


def test_all_74_facts_are_given():
    assert sorted(CONTENT.facts) == [f"F{n:02}" for n in range(1, 75)]
    assert {f for e in ANSWERS for f in e.whole.facts} == set(CONTENT.facts)


def test_there_are_at_least_40_referrals():
    assert sum(e.kind == "referrals" for e in CONTENT.entries) >= 40


@pytest.mark.parametrize("aspect", REFERRED)
def test_every_aspect_that_the_pages_leave_out_has_a_referral(aspect):
    assert aspect in {x.aspect for e in CONTENT.entries if e.kind == "referrals" for x in e.examples}


def test_the_aspects_are_those_that_rasa_knows():
    tree = ast.parse((ROOT / "extensions/grid.py").read_text(encoding="utf-8"))
    [theirs] = [ast.literal_eval(n.value) for n in tree.body if isinstance(n, ast.Assign) and n.targets[0].id == "ASPECTS"]

    assert theirs == ASPECTS


@pytest.mark.parametrize("aspect", [*ASPECTS, *REFERRED])
def test_the_aspects_are_documented(aspect):
    assert f"`{aspect}`" in (ROOT / "docs/authoring.md").read_text(encoding="utf-8")


def test_domain_yml_is_in_step():
    assert (ROOT / "domain.yml").read_text(encoding="utf-8") == domain_yaml(ROOT)


KEPT = [p for p in sorted((ROOT / "data").rglob("*.yml")) if p.parent.name not in ("development", "safety") and p.stem != "hours"]


@pytest.mark.parametrize("path", [pytest.param(p, id=p.stem) for p in KEPT])
def test_a_file_that_is_read_and_written_stays_the_same(path):
    assert text_of(read_round_trip(path)) == path.read_text(encoding="utf-8")


# The checker, on a small folder with one fault.

FACTS = """facts:
  - {id: F01, page: Page One, section: Top, says: Tob1 was seen in 250 people at Harvard., exact: [Tob1, "250"]}
"""
TOPICS = """topics:
  - {id: tob1, title: Tob1, facts: [F01]}
"""
VOCABULARY = """vocabulary:
  - {id: tob1, name: Tob1, kind: subject, topic: tob1, topics: [tob1], says: [tob1, tob-1]}
  - {id: harvard, name: Harvard, kind: organisation, topic: tob1, topics: [tob1], says: [harvard]}
  - {id: rebif, name: Rebif, kind: therapy, topic: null, topics: [], says: [rebif]}
"""
LINES = "".join(f"\n      - what is tob1 in way {n} please" for n in range(14))
ANSWER = f"""version: "3.1"

nlu:
  - intent: ask_tob1
    examples: |
      - What is Tob1?{LINES}
  - intent: ask_tob1
    metadata: {{aspect: people}}
    examples: |
      - how many people had tob1

responses:
  utter_tob1:
    - text: |
        Tob1 was seen in 250 people.
      buttons:
        - title: What does it cost?
          payload: /ask_cost
      metadata:
        topic: tob1
        route: answer
        question: What is Tob1?
        facts: [F01]
        covers: [what]
        page: Page One
        section: Top
        as_of: "2015"
        review_by: "2999-05-01"
        short: Tob1 was seen in 250 people.
    - condition:
        - {{type: slot, name: aspect, value: people}}
      text: |
        The Tob1 study had 250 people.
      metadata: {{topic: tob1, route: answer, facts: [F01], page: Page One, section: Top, as_of: "2015", review_by: "2999-05-01"}}

rules:
  - rule: Answer tob1
    steps:
      - intent: ask_tob1
      - action: utter_tob1
"""
COST = "".join(f"\n      - what would it cost in way {n}" for n in range(14))
REFERRAL = f"""version: "3.1"

nlu:
  - intent: ask_cost
    metadata: {{aspect: cost}}
    examples: |
      - What does it cost?{COST}

responses:
  utter_cost:
    - text: |
        The pages do not say what it costs. Ask an MS Navigator: 1-800-344-4867.
      metadata: {{referral: cost, route: refer, question: "What does it cost?", facts: []}}

rules:
  - rule: Refer cost
    steps:
      - intent: ask_cost
      - action: utter_cost
"""
FILES = {
    "answers/a/tob1.yml": ANSWER,
    "referrals/cost.yml": REFERRAL,
    "facts.yml": FACTS,
    "topics.yml": TOPICS,
    "vocabulary/all.yml": VOCABULARY,
    "development/some.yml": 'questions:\n  - {ask: "so tob1, hm?", route: answer}\n',
}  # fmt: skip
FOLLOWS = "      - how many people had tob1\n"
AFTER = FOLLOWS + "  - intent: follow_up\n    metadata: {{{}}}\n    examples: |\n      - was it him\n"
TOB1, REFER, VOCAB = "answers/a/tob1.yml", "referrals/cost.yml", "vocabulary/all.yml"


@pytest.fixture
def found(tmp_path):
    """Return what the checker finds in the small folder, beside what it always lacks, after one replacement."""

    def write(files):
        for name, text in files.items():
            path = tmp_path / "data" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (tmp_path / "domain.yml").write_text(domain_yaml(tmp_path), encoding="utf-8")
        return {(p.file, p.what): p for p in check(tmp_path)}

    def plant(name, old, new, *, everywhere=False):
        before = write(FILES)
        assert old in FILES[name]
        after = write({name: FILES[name].replace(old, new, -1 if everywhere else 1)})
        return [p for key, p in after.items() if key not in before]

    plant.write = write
    plant.root = tmp_path
    return plant


def test_a_follow_up_stands_in_the_answers_file(found):
    for asks in ("aspect: people", "asks: not_covered"):
        text = FILES[TOB1].replace(FOLLOWS, AFTER.format(f"behind: tob1, {asks}"))
        problems = found.write({**FILES, TOB1: text}).values()
        assert {p.file for p in problems} == {"data/referrals", "data/dialogue/not_covered.yml"}


def test_the_small_folder_lacks_only_the_other_referrals(found):
    problems = found.write(FILES).values()

    assert {p.file for p in problems} == {"data/referrals", "data/dialogue/not_covered.yml"}


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        (TOB1, "intent: ask_tob1\n    examples", "intent: ask_tob2\n    examples", "The intent is ask_tob2"),
        (TOB1, "  utter_tob1:", "  utter_tob2:", "The response is utter_tob2"),
        (TOB1, "action: utter_tob1", "action: utter_tob2", "The rule does not lead"),
        (TOB1, "rule: Answer tob1", "rule: Answer tob2", "The rule is called"),
        (TOB1, "topic: tob1\n", "topic: tob2\n", "`topic` is not tob1"),
        (TOB1, "question: What is Tob1?", "question: Who is Tob1?", "The first example is not the question"),
        (TOB1, "        question: What is Tob1?\n", "", "`question` is missing"),
        (TOB1, LINES, "", "There are 2 examples"),
        (TOB1, "- what is tob1 in way 3", "what is tob1 in way 3", "among the examples and is none"),
        (TOB1, FOLLOWS, AFTER.format("behind: cost"), "written behind cost"),
        (TOB1, FOLLOWS, AFTER.format("behind: tob1, asks: tob1"), "`asks` is tob1"),
        (TOB1, FOLLOWS, AFTER.format("behind: tob1, asks: nothing"), "`asks` is nothing"),
        (TOB1, FOLLOWS, AFTER.format("behind: tob1, aspect: funding"), "tob1 does not cover the aspect funding"),
        (TOB1, FOLLOWS, AFTER.format("behind: tob1") + "      - Was it him?\n", "stands also in data/answers/a/tob1.yml"),
        (TOB1, "way 3 please", "way 4, PLEASE!", "stands also in data/answers/a/tob1.yml"),
        (TOB1, "how many people had tob1", "So, Tob1: hm", "stands also in data/answers/a/tob1.yml"),
        (TOB1, "way 3 please", "[way](aspect)", "braces or a link in the example"),
        (TOB1, "metadata: {aspect: people}", "metadata: {aspect: folk}", "folk is not an aspect"),
        (TOB1, "metadata: {aspect: people}", "metadata: {aspect: funding}", "asks for funding, which the answer does not cover"),
        (TOB1, "covers: [what]", "covers: [what, price]", "price is not an aspect"),
        (TOB1, "covers: [what]", "covers: [what, people]", "The aspect people is covered twice"),
        (TOB1, "value: people", "value: again", "not on a known aspect"),
        (TOB1, "name: aspect", "name: topic", "not on a known aspect"),
        (TOB1, "facts: [F01]", "facts: [F99]", "There is no fact F99"),
        (TOB1, "facts: [F01]", "facts: []", "The text gives no fact"),
        (TOB1, "seen in 250 people.\n      b", "seen in many people.\n      b", "“250” is not in the text"),
        (TOB1, "seen in 250 people.\n      b", "seen in 250 of 300 people.\n      b", "No listed fact carries the figure 300"),
        (TOB1, "seen in 250 people.\n      b", "seen in 250 people on Rebif.\n      b", "No listed fact carries the name Rebif"),
        (TOB1, "seen in 250 people.\n      b", "seen in 250 people by Pfizer.\n      b", "No listed fact carries the name Pfizer"),  # noqa: E501
        (TOB1, "short: Tob1 was seen in 250 people", "short: Tob1 was seen in 251 people", "carries the figure 251"),
        (TOB1, "seen in 250 people.\n      b", "seen in 250 people today.\n      b", "“today” speaks of the page as of today"),
        (TOB1, "seen in 250 people.\n      b", "seen in 250 {people}.\n      b", "braces or a link in the text"),
        (TOB1, "seen in 250 people.\n      b", "seen in 250 people." + " We saw it." * 26 + "\n      b", "The text has"),
        (TOB1, "seen in 250 people.\n      b", "investigated internationally in 250 individuals.\n      b", "The text reads at grade"),  # noqa: E501
        (TOB1, "short: Tob1 was", "short: Tob1" + " it was so" * 6 + " was", "`short` has"),
        (TOB1, "        short: Tob1 was seen in 250 people.\n", "", "`short` is missing"),
        (TOB1, "        section: Top\n", "", "`section` is missing"),
        (TOB1, "page: Page One", "page: Page Two", "There is no page Page Two"),
        (TOB1, 'as_of: "2015"', "as_of: 2015", "`as_of` should be text"),
        (TOB1, 'review_by: "2999-05-01"', "review_by: 2999-05-01", "`review_by` should be text, and is date"),
        (TOB1, 'review_by: "2999-05-01"', "review_by: 2999-05-41", "not readable YAML"),
        (TOB1, 'review_by: "2999-05-01"', 'review_by: "next May"', "is not a date"),
        (TOB1, 'review_by: "2999-05-01"', 'review_by: "2020-05-01"', "was to be looked at"),
        (TOB1, "/ask_cost", "/ask_nothing", "which is nothing"),
        (TOB1, "/ask_cost", '/ask_cost{"a":"b"}', "which is nothing"),
        (TOB1, "/ask_cost", "/ask_tob1", "leads to this same answer"),
        (TOB1, "route: answer", "route: reply", "The route reply is not for this file"),
        (TOB1, "        route: answer\n", "", "`route` is missing"),
        (TOB1, "covers: [what]", "cover: [what]", "`cover` is not known here"),
        (TOB1, "covers: [what]", "covers: &all [what]", "YAML anchor"),
        (TOB1, "covers: [what]", "covers: !!python/tuple [what]", "YAML tag"),
        (TOB1, "covers: [what]", "covers: " + "[" * 30 + "]" * 30, "nested too deep"),
        (TOB1, "covers: [what]", "covers: [what", "not readable YAML"),
        (TOB1, "covers: [what]", "covers: [what]\n        covers: [what]", "not readable YAML"),
        (TOB1, "way 3 please", "way ${HOME}", "There is a `${` here"),
        (TOB1, "way 3 please", "x" * 1_000_000, "larger than 1 MB"),
        (REFER, "1-800-344-4867", "the line", "does not give the Navigators' line"),
        (REFER, "utter_cost", "utter_tob1", "utter_tob1 stands also in"),
        (REFER, "aspect: cost", "aspect: dose", "No referral has the aspect cost"),
        (VOCAB, "says: [rebif]", "says: [rebif, harvard]", "stands under harvard and rebif"),
        (VOCAB, "says: [rebif]", "says: [Rebif]", "not in lower case"),
        (VOCAB, "says: [rebif]", "says: []", "rebif has no spelling"),
        (VOCAB, "says: [rebif]", "says: [988]", "should be text, and is int"),
        (VOCAB, "kind: therapy", "kind: drug", "drug is not a kind"),
        (VOCAB, "topics: []", "topics: [rebif]", "There is no topic rebif"),
        (VOCAB, "id: rebif", "id: harvard", "The id harvard stands twice"),
        (VOCAB, "says: [rebif]", "says: [rebif], referral: dose", "rebif cannot have the referral dose"),
        (VOCAB, "says: [harvard]", "says: [harvard], referral: cost", "harvard cannot have the referral cost"),
        ("topics.yml", "facts: [F01]", "facts: [F01, F02]", "There is no fact F02"),
        ("topics.yml", "facts: [F01]}", "facts: [F01]}\n  - {id: mice, title: Mice, facts: [F01]}", "mice has no answer"),
        ("topics.yml", "id: tob1", "id: tob2", "tob1 is not in data/topics.yml"),
        ("facts.yml", "F01, page", "F1, page", "F1 is not the number of a fact"),
        ("facts.yml", "in 250 people", "in people", "“250” is exact and not in `says`"),
        ("facts.yml", "Harvard.", "Harvard" + " and so on" * 12, "F01 is long"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_found(found, name, old, new, says):
    problems = found(name, old, new)

    assert [p for p in problems if says in p.what and p.do], [str(p) for p in problems]


def test_a_fact_that_nobody_gives_is_found(found):
    more = FACTS + "  - {id: F02, page: Page One, section: Top, says: More., exact: []}\n"

    assert found.write({**FILES, "facts.yml": more})["data/facts.yml", "No answer gives F02."].warning


def test_a_fact_that_waits_with_a_retired_answer_is_in_order(found):
    more = FACTS + "  - {id: F02, page: Page One, section: Top, says: More., exact: []}\n"
    retired = "# Retired.\n" + ANSWER.replace("[F01]", "[F02]").replace("tob1", "tob2")

    problems = found.write({**FILES, "facts.yml": more, "retired/answers/a/tob2.yml.retired": retired})

    assert ("data/facts.yml", "No answer gives F02.") not in problems
    assert [what for file, what in problems if "retired" in file] == []


@pytest.mark.parametrize(("more", "warning"), [(2, False), (6, True)])
def test_few_examples_are_a_warning_and_fewer_a_fault(found, more, warning):
    files = {**FILES, TOB1: ANSWER.replace(LINES, "".join(f"\n      - tob1 number {n}" for n in range(more)))}

    few = [p for (file, what), p in found.write(files).items() if file == f"data/{TOB1}" and "examples" in what]
    assert [problem.warning for problem in few] == [warning]


def test_an_answer_that_gives_other_facts_than_its_topic_is_found(found):
    more = FACTS + "  - {id: F02, page: Page One, section: Top, says: More., exact: []}\n"
    problems = found.write({**FILES, "facts.yml": more, "topics.yml": TOPICS.replace("[F01]", "[F01, F02]")})

    assert any("The whole answer gives F01" in what for _, what in problems)


def test_an_example_that_is_also_a_development_question_is_found(found):
    development = {"development/some.yml": "questions:\n  - {ask: what is tob1, route: answer}\n"}

    assert any("stands also in" in what for _, what in found.write({**FILES, **development}))


def test_a_sentence_of_the_pages_is_found(found, monkeypatch):
    monkeypatch.setattr(
        "helpdesk.content.borrowed._known", lambda: frozenset(hashes_of("one two three four five six seven eight nine ten"))
    )

    problems = found(TOB1, "short: Tob1 was seen", "short: One two, three four five; six SEVEN eight nine ten was seen")

    assert any("These words stand on the page: one two" in p.what for p in problems)


def test_an_intent_that_domain_yml_lacks_is_named(found):
    found.write(FILES)
    path = found.root / "domain.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("  - ask_cost\n", "  - ask_old\n"), encoding="utf-8")

    [problem] = [p for p in check(found.root) if p.file == "domain.yml"]
    assert "it lacks ask_cost; nothing uses ask_old" in problem.what


def test_a_date_that_has_passed_is_a_warning_only(found):
    problems = found(TOB1, 'review_by: "2999-05-01"', 'review_by: "2020-05-01"')

    assert [p.warning for p in problems] == [True]


def test_a_problem_names_file_and_line(found):
    [problem] = found(TOB1, "/ask_cost", "/ask_nothing")

    assert str(problem).startswith("data/answers/a/tob1.yml:31: The button leads to /ask_nothing")


def test_an_empty_folder_is_no_crash(tmp_path):
    assert {p.file for p in check(tmp_path)} >= {"data/facts.yml", "data/topics.yml", "domain.yml"}


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "a: b", "- - -", "\x00", "version: 3.1\nnlu: 5\nresponses: []\nrules: {}", "{{", "%"]
)
def test_a_file_of_any_other_form_is_no_crash(found, text):
    assert any(file == "data/answers/a/tob1.yml" for file, _ in found.write({**FILES, TOB1: text}))


# How hard a text is to read.


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("people", 2), ("every", 2), ("somewhere", 2), ("relapses", 3), ("measured", 2), ("therapies", 3), ("tested", 2),
        ("helped", 1),
        ("society", 4), ("science", 2), ("patient", 2), ("initial", 3), ("various", 3), ("question", 2), ("media", 3),
        ("going", 2),
        ("doesn't", 2), ("they're", 1), ("society's", 4), ("treatment", 2), ("reaction", 3), ("initiative", 5), ("disability", 5),
        ("long-term", 2), ("muscle", 2), ("pages", 2), ("caused", 1), ("1-800-344-4867", 1), ("MS", 1), ("actual", 3),
        ("diet", 2),
    ],
)  # fmt: skip
def test_syllables_are_counted_as_spoken(word, count):
    assert syllables(word) == count


def test_points_in_a_short_name_end_no_sentence():
    assert sentences("Teams in the U.S. and the U.K. did it. Call 1-800-344-4867.") == 2


def test_a_name_counts_as_easy_words():
    assert grade("Ocrelizumab slowed it.", ["ocrelizumab"]) < grade("Ocrelizumab slowed it.")


def test_long_sentences_of_long_words_are_hard():
    assert (
        grade("International collaboration facilitates identification of innovative therapeutic possibilities for individuals.")
        > 12
    )
    assert grade("We do not know. Ask a nurse.") < 3
