"""Whatever comes in, the answer is one that we meant: never a 5xx, never a long wait, and as the description of the API says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz import Fuzzed, api_asks, form_asks, fuzzed, page_asks
from tests.web import Chat, RealServer

KINDS = {"api": (api_asks, 700), "forms": (form_asks, 350), "pages": (page_asks, 150)}
CALLS, EACH = 12, 15
PLAIN = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True, "database": None}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    with fuzzed(tmp_path_factory.mktemp("fuzz")) as place:
        yield place


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_is_sent_breaks_anything(place: Fuzzed, kind: str) -> None:
    asks, number = KINDS[kind]
    before = place.tally.asked

    @settings(max_examples=number, **PLAIN)
    @given(st.data())
    def send(data: st.DataObject) -> None:
        place.send(data.draw(asks(place)))

    send()

    assert place.tally.failed == []
    assert place.tally.asked - before >= number
    assert place.app.state.desk.accounts.enter(place.cookie) is not None  # it was somebody who may who asked


def test_the_api_answers_as_its_description_says(server: RealServer) -> None:
    asked: Counter[str] = Counter()
    with server.client() as client, requests.Session() as session:
        session.trust_env = False
        chat = Chat(client)
        for one in schemathesis.openapi.from_url(f"{server.url}/api/openapi.json").get_all_operations():
            asked[one.ok().path] += send_all(one.ok(), chat, session)

    assert len(asked) >= CALLS and sum(asked.values()) > 150


def send_all(call: Any, chat: Chat, session: requests.Session) -> int:
    """Send what the description allows and what it does not; a check that no schema can decide is left out."""
    loose = [schemathesis.checks.positive_data_acceptance]  # a button that was not offered is refused, for example
    if call.path.endswith("/events"):  # a browser's own header, which is believed where it makes sense
        loose.append(schemathesis.checks.negative_data_rejection)
    ends, number = call.method.upper() == "DELETE" and call.path.endswith("{id}"), 0

    @settings(max_examples=EACH, phases=[Phase.explicit, Phase.generate], **PLAIN)
    @given(case=call.as_strategy())
    def send(case: Any) -> None:
        nonlocal number
        case.path_parameters = {name: "0" * 32 if ends else chat.id for name in case.path_parameters or {}}
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {chat.token}", "Accept": "application/json"}
        case.query = {**(case.query or {}), **({"wait": 0} if "wait" in (case.query or {}) else {})}
        case.call_and_validate(session=session, excluded_checks=loose)
        number += 1

    send()
    return number
