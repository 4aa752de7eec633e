"""Whatever visitors and navigators do, in any order: nothing is lost, doubled or out of order, and no bot speaks for a person."""

from __future__ import annotations

import tempfile
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.desk import Desk, Navigator, opened
from tests.web import Chat

WHO = st.integers(0, 1)


class HelpDesk(RuleBasedStateMachine):
    """Two visitors, two navigators, and what each side believes to be so."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.desk: Desk = self.stack.enter_context(opened(Path(folder)))
        self.staff = [self.desk.ana, self.desk.navigator("Ben")]
        self.chats: list[Chat | None] = []
        self.sent: dict[str, list[tuple[str, str]]] = {}
        self.replied: dict[str, list[str]] = {}

    @initialize()
    def begin(self) -> None:
        self.chats = [self._new(), self._new()]

    def _new(self) -> Chat:
        chat = Chat(self.desk.client)
        self.sent[chat.id], self.replied[chat.id] = [], []
        return chat

    @rule(who=WHO, text=st.sampled_from(("What is Tob1?", "/restart", "Hello", "I have had a stroke")))
    def says(self, who: int, text: str) -> None:
        chat = self.chats[who]
        assert chat
        client_id = str(uuid.uuid4())
        assert chat.send(text, client_id=client_id).status_code == 202
        self.sent[chat.id].append((client_id, text))

    @rule(who=WHO)
    def says_the_last_again(self, who: int) -> None:
        chat = self.chats[who]
        assert chat
        for client_id, text in self.sent[chat.id][-1:]:
            assert chat.send(text, client_id=client_id).status_code == 202

    @rule(who=WHO, wants=st.booleans())
    def wants_a_person(self, who: int, wants: bool) -> None:
        chat = self.chats[who]
        assert chat
        done = chat.post("handoff", {}) if wants else chat.client.delete(f"{chat.path}/handoff", headers=chat.headers)
        assert done.status_code in (200, 202)

    @rule(who=WHO, by=WHO)
    def a_navigator_claims(self, who: int, by: int) -> None:
        chat = self.chats[who]
        assert chat
        assert self.staff[by].raw(f"/desk/c/{chat.id}/claim").status_code in (303, 409)

    @rule(who=WHO, by=WHO, act=st.sampled_from(("requeue", "bot", "reopen")))
    def a_navigator_lets_go(self, who: int, by: int, act: str) -> None:
        chat = self.chats[who]
        assert chat
        assert self._one(chat, by).raw(f"/desk/c/{chat.id}/{act}").status_code in (303, 409)

    def _one(self, chat: Chat, by: int) -> Navigator:
        """Return who has the chat, for the first of the two; the second one tries in any case."""
        holder = self.desk.store.desk_view.conversation(chat.id)["navigator"]
        return next((one for one in self.staff if one.staff.id == holder and by == 0), self.staff[by])

    @rule(who=WHO, by=WHO, number=st.integers(1, 3))
    def a_navigator_replies(self, who: int, by: int, number: int) -> None:
        for _ in range(number):
            self._replies(self.chats[who], by)

    @rule(who=WHO, by=WHO, ends=st.booleans())
    def a_navigator_serves(self, who: int, by: int, ends: bool) -> None:
        """The way it mostly goes."""
        self.a_navigator_claims(who, by)
        self.says(who, "Hello")
        self._replies(self.chats[who], 0)
        if ends:
            self.a_navigator_ends_it(who, 0)

    def _replies(self, chat: Chat | None, by: int) -> None:
        assert chat
        text = f"reply {uuid.uuid4()}"
        done = self._one(chat, by).raw(f"/desk/c/{chat.id}/reply", client_id=str(uuid.uuid4()), text=text)
        if done.status_code == 303:
            self.replied[chat.id].append(text)

    @rule(who=WHO, by=WHO)
    def a_navigator_ends_it(self, who: int, by: int) -> None:
        chat = self.chats[who]
        assert chat
        assert self._one(chat, by).raw(f"/desk/c/{chat.id}/close", outcome="answered").status_code in (303, 409, 422)

    @rule(who=WHO)
    def erases(self, who: int) -> None:
        chat = self.chats[who]
        assert chat
        assert chat.client.delete(chat.path, headers=chat.headers).status_code == 204
        assert chat.get().status_code == 404
        self.chats[who] = self._new()

    @invariant()
    def all_is_well(self) -> None:
        worker = self.desk.app.state.service.worker
        while worker.tasks:
            self.desk.client.get("/healthz")
        for chat in self.chats:
            if chat:
                self._is_well(chat, chat.events())

    def _is_well(self, chat: Chat, events: list[dict[str, Any]]) -> None:
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        said = [(event["client_id"], event["text"]) for event in events if event["author"] == "visitor"]
        assert said == [(id, text.lstrip("/")) for id, text in self.sent[chat.id]]
        assert self.desk.said(chat) == self.replied[chat.id]
        owner, answered = "bot", set()
        for event in events:
            if event["kind"] == "owner":
                owner = event["owner"]
            if event.get("reply_to"):
                assert event["reply_to"] not in answered
                answered.add(event["reply_to"])
            # While it is a person's, nobody else speaks but for danger.
            assert not (owner == "navigator" and event["author"] == "bot")
        assert events == self.desk.store.desk_view.events(chat.id)  # the desk sees what the visitor sees
        half = len(events) // 2
        assert events[:half] + chat.events(after=half) == events  # and who comes back misses nothing

    def teardown(self) -> None:
        assert self.desk.store.audit.verify().problems == []
        self.stack.close()


TestHelpDesk = HelpDesk.TestCase
TestHelpDesk.settings = settings(
    max_examples=6,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
