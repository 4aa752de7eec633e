"""What the server does for the widget: its files, the sites that may use it, and the code for another device."""

from __future__ import annotations

import gzip
import json
import re
import urllib.request
from pathlib import Path
from threading import Thread

import pytest
from starlette.testclient import TestClient

from helpdesk.app import create_app
from helpdesk.chat.assets import HERE, Widget
from helpdesk.chat.demo.other import content_policy, other_site
from helpdesk.chat.devices import ALPHABET, LENGTH
from helpdesk.store.devices import LIFE_SECONDS
from helpdesk.words import Words, words
from tests.web import Chat, FakeAssistant, FakeSafety, settings_for

SITE = "https://www.example.org"


def module(client, name="widget.js"):
    return client.get("/widget/v1.js").text.split('"./')[1].split("/")[0] + f"/{name}"


# ---- the files


def test_the_stable_address_is_kept_shortly_and_the_hashed_one_for_good(client):
    stable, hashed = client.get("/widget/v1.js"), client.get(f"/widget/{module(client)}")

    assert (stable.status_code, hashed.status_code) == (200, 200)
    assert stable.headers["cache-control"] == "public, max-age=300"
    assert hashed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert {stable.headers["content-type"], hashed.headers["content-type"]} == {"text/javascript; charset=utf-8"}


def test_the_hash_changes_with_the_words():
    other = Words(**{**vars(words()), "greeting": "Hi."})

    assert Widget(words()).hash == Widget(words()).hash != Widget(other).hash


def test_an_earlier_hash_leads_to_todays_module(client):
    moved = client.get("/widget/0123456789abcdef/widget.js")

    assert (moved.status_code, moved.headers["location"]) == (307, f"/widget/{module(client)}")
    assert client.get("/widget/0123456789abcdef/other.js").status_code == 404


def test_every_module_is_in_the_joined_one_once(client):
    text = client.get(f"/widget/{module(client)}").text

    assert text.count("customElements.define(") == 1
    assert re.findall(r"^import .*$", text, re.M) == ['import words from "./words.js";']
    for path in HERE.glob("*.js"):
        for name in re.findall(r"^export (?:async )?(?:function|class|const) (\w+)", path.read_text(encoding="utf-8"), re.M):
            assert len(re.findall(rf"^(?:async )?(?:function|class|const) {name}\b", text, re.M)) == 1, name


def test_the_module_and_its_styles_are_small(client):
    packed = client.get(f"/widget/{module(client)}", headers={"Accept-Encoding": "gzip"})
    plain = client.get(f"/widget/{module(client)}", headers={"Accept-Encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip" and "content-encoding" not in plain.headers
    assert "Accept-Encoding" in packed.headers["vary"]
    assert int(packed.headers["content-length"]) <= 15_000
    assert packed.content == plain.content and len(gzip.compress(plain.content, 9)) <= 15_000


def test_the_module_writes_no_markup_and_names_no_other_host(client):
    text = client.get(f"/widget/{module(client)}").text

    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", text)
    assert re.findall(r"https?://\S+", text) == []


def test_the_greeting_of_the_words_is_the_first_event(client, chat):
    sent = client.get(f"/widget/{module(client, 'words.js')}").text

    assert json.dumps(chat.events()[0]["text"]) in sent


# ---- other sites


def test_any_site_may_load_the_widget(client):
    for path in ("/widget/v1.js", f"/widget/{module(client)}"):
        response = client.get(path, headers={"Origin": "https://anywhere.example"})
        assert (response.status_code, response.headers["access-control-allow-origin"]) == (200, "*")
        assert response.headers["cross-origin-resource-policy"] == "cross-origin"


@pytest.mark.parametrize(("origin", "status"), [(SITE, 201), ("https://other.example", 403), ("null", 403)])
def test_only_a_site_of_the_setting_may_use_it(tmp_path: Path, origin, status):
    app = create_app(settings_for(tmp_path, HELPDESK_ORIGINS=SITE), FakeAssistant(), FakeSafety())
    with TestClient(app) as client:
        response = client.post("/api/conversations", headers={"Origin": origin})

    assert response.status_code == status
    assert response.headers.get("access-control-allow-origin") == (SITE if status == 201 else None)


def test_a_site_of_the_setting_may_ask_for_and_give_a_code(tmp_path: Path):
    app = create_app(settings_for(tmp_path, HELPDESK_ORIGINS=SITE), FakeAssistant(), FakeSafety())
    asked = {"Origin": SITE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    with TestClient(app) as client:
        allowed = client.options("/api/device", headers=asked)

    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (204, SITE)


def test_the_other_sites_page_has_the_strictest_policy_and_the_line():
    site = other_site("http://127.0.0.1:1", 0)
    Thread(target=site.serve_forever, daemon=True).start()
    with urllib.request.urlopen(f"http://127.0.0.1:{site.server_port}/") as response:
        page, policy = response.read().decode(), response.headers["Content-Security-Policy"]
    site.shutdown()
    site.server_close()

    assert policy == content_policy("http://127.0.0.1:1")
    assert "default-src 'none'" in policy and "style-src 'none'" in policy and "require-trusted-types-for" in policy
    assert 'src="http://127.0.0.1:1/widget/v1.js"' in page and "1-800-344-4867" in page


# ---- another device


def offered(chat: Chat) -> str:
    given = chat.post("device", {})
    assert given.status_code == 201, given.text
    return given.json()["code"]


def take(client, code):
    return client.post("/api/device", json={"code": code})


def test_a_code_opens_the_conversation_on_another_device(client, chat):
    chat.ask("what is tob1?")
    code = offered(chat)
    taken = take(client, code)

    assert re.fullmatch(rf"[{ALPHABET}]{{4}} [{ALPHABET}]{{4}}", code) and LENGTH == 8
    assert (taken.status_code, taken.json()) == (200, {"id": chat.id, "token": chat.token})


def test_a_code_is_read_however_it_is_written(client, chat):
    assert take(client, f" {offered(chat).lower().replace(' ', '-')}. ").status_code == 200


def test_a_code_works_once(client, chat):
    code = offered(chat)
    take(client, code)

    again = take(client, code)
    assert (again.status_code, again.json()["error"]["code"], again.json()["error"]["field"]) == (422, "bad_code", "code")


def test_a_new_code_takes_the_place_of_the_last(client, chat):
    first, second = offered(chat), offered(chat)

    assert (take(client, first).status_code, take(client, second).status_code) == (422, 200)


def test_a_code_ends_after_ten_minutes(client, chat):
    devices, code = client.app.state.service.store.devices, offered(chat)
    now = devices.clock()
    devices.clock = lambda: now + LIFE_SECONDS + 1

    assert take(client, code).status_code == 422


def test_a_code_ends_with_its_conversation(client, chat):
    code = offered(chat)
    client.delete(chat.path, headers=chat.headers)

    assert take(client, code).status_code == 422


def test_neither_the_code_nor_the_token_is_in_the_ledger(client, chat):
    code = offered(chat)
    with client.app.state.service.store.database.read() as db:
        row = str(dict(db.one("SELECT * FROM devices")))

    assert code not in row and code.replace(" ", "") not in row and chat.token not in row


@pytest.mark.parametrize("body", [{}, {"code": 1}, {"code": None}, {"code": ["x"]}])
def test_a_code_of_another_kind_is_named(client, body):
    response = client.post("/api/device", json=body)

    assert (response.status_code, response.json()["error"]["code"]) == (422, "invalid")


@pytest.mark.parametrize("code", ["", "x" * 1000, "AAAA AAAA", "BCDF 234", "\ud800", "١٢٣٤٥٦٧٨"])
def test_a_wrong_code_is_refused(client, code):
    response = client.post("/api/device", content=b'{"code": %s}' % json.dumps(code).encode())

    assert (response.status_code, response.json()["error"]["code"]) == (422, "bad_code")


def test_guessing_is_limited(tmp_path: Path):
    app = create_app(settings_for(tmp_path, HELPDESK_RATE_LIMIT="on"), FakeAssistant(), FakeSafety())
    with TestClient(app) as client:
        answers = [take(client, "BCDF 2346").status_code for _ in range(21)]

    assert answers == [422] * 20 + [429]


def test_only_who_has_the_token_gets_a_code(client, chat):
    assert client.post(f"{chat.path}/device").status_code == 401
    assert client.post(f"{chat.path}/device", headers=Chat(client).headers).status_code == 404
