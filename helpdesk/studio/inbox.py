"""The inbox: what visitors asked and the bot missed, to be taught or put aside."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from helpdesk.content import Content
from helpdesk.editing.forms import Rejected
from helpdesk.errors import Refusal
from helpdesk.staff_site import Audited, Form, Visit
from helpdesk.store.decisions import Decision
from helpdesk.store.inbox import Item
from helpdesk.studio.inbox_acts import Acts, told
from helpdesk.studio.inbox_view import PAGE, WHYS, Group, Grouping, guesses, question_of, topics_of
from helpdesk.studio.screen import Screen

LONGEST_FORM = 1_000_000  # many messages at once, each by its id
ITEM = re.compile(r"[0-9a-f]{16}")
KEYS = "inbox_keys"  # the option that switches the single keys off
KINDS = {"other": ("answers", "referrals"), "referral": ("referrals",)}
Asked = dict[str, str]


class InboxPages:
    """`/studio/inbox`."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.service = screen.service
        self.run = screen.service.store.run
        self.grouping = Grouping(lambda texts: screen.service.meaning.groups(texts))
        self.audited = Audited()
        screen.service.counters["inbox"] = screen.service.store.inbox.count

    @property
    def acts(self) -> Acts:
        return Acts(self.service.store, self.service.library)

    def routes(self) -> list[BaseRoute]:
        reads, writes = self.screen.reads, self.screen.writes
        return [
            Route("/studio/inbox", reads(self.show), methods=["GET"]),
            Route("/studio/inbox/choose", writes(self.choose, limit=LONGEST_FORM), methods=["POST"]),
            Route("/studio/inbox/decide", writes(self.decide, limit=LONGEST_FORM), methods=["POST"]),
            Route("/studio/inbox/undo", writes(self.undo), methods=["POST"]),
            Route("/studio/inbox/keys", writes(self.keys), methods=["POST"]),
        ]

    async def show(self, request: Request, visit: Visit) -> Response:
        if self.audited.is_new(visit):
            await self.run(self.service.store.audit.add, staff=visit.staff.id, action="inbox.read")
        return await self._page(visit, asked_of(request.query_params))

    async def decide(self, request: Request, visit: Visit, form: Form) -> Response:
        """Do what a button says with what is ticked."""
        asked, items, (what, _, topic) = asked_of(form), items_of(form), form.get("do", "").partition(":")
        if what not in ("topic", "new_topic", "not_ours", "deleted"):
            raise Refusal("invalid")
        if not items:
            return await self._page(visit, asked, problem="Nothing is ticked. Tick the wordings that you mean.", status=422)
        try:
            done = await self.run(self.acts.decide, visit.staff, items, what, topic or None)
        except Rejected as rejected:
            return await self._page(visit, asked, problem=f"Nothing was taught. {told(rejected)}", status=422)
        except Refusal as refusal:
            return await self._page(visit, asked, problem=self.screen.sentence(refusal), status=refusal.status)
        finally:
            self.service.recount()
        if what == "new_topic":
            return RedirectResponse(f"/studio/topics/new?from={done.first}", status_code=303)
        return _back(asked, done=done.id, **({"before": done.before} if done.before else {}))

    async def choose(self, request: Request, visit: Visit, form: Form) -> Response:
        """Show the topics, to choose one for what is ticked."""
        asked, items = asked_of(form), items_of(form)
        kinds = KINDS.get(form.get("do", ""))
        if kinds is None:
            raise Refusal("invalid")
        if not items:
            return await self._page(visit, asked, problem="Nothing is ticked. Tick the wordings that you mean.", status=422)
        content = await self.run(self.service.library.content)
        chosen = [await self.run(self.service.store.inbox.find, item) for item in items]
        return await self.screen.page(
            "inbox_choose.html",
            visit,
            here="inbox",
            kinds=topics_of(content, kinds),
            items=items,
            texts=[item.text for item in chosen if item],
            asked=asked,
            query=urlencode(asked),
        )

    async def undo(self, request: Request, visit: Visit, form: Form) -> Response:
        asked = asked_of(form)
        try:
            await self.run(self.acts.undo, visit.staff, form.get("decision", ""))
        except Rejected as rejected:
            return await self._page(visit, asked, problem=f"It could not be undone. {told(rejected)}", status=422)
        except Refusal as refusal:
            return await self._page(visit, asked, problem=self.screen.sentence(refusal), status=refusal.status)
        finally:
            self.service.recount()
        return _back(asked, said="inbox_undone")

    async def keys(self, request: Request, visit: Visit, form: Form) -> Response:
        """Switch the single keys on or off, for this person on every computer."""
        store = self.service.store
        await self.run(store.staff.set_options, visit.staff.id, {**visit.staff.options, KEYS: form.get("on") == "yes"})
        return _back(asked_of(form), said="inbox_keys")

    async def _page(self, visit: Visit, asked: Asked, *, problem: str = "", status: int = 200) -> Response:
        found = await self.run(self._content, asked)
        return await self.screen.page(
            "inbox.html",
            visit,
            status=status,
            here="inbox",
            problem=problem,
            notice=self.screen.words["done"].get(asked.get("said", ""), ""),
            asked=asked,
            query=lambda **other: urlencode({**_place(asked), **other}),
            keys_on=visit.staff.options.get(KEYS, True),
            **found,
        )

    def _content(self, asked: Asked) -> dict[str, Any]:
        """Return what the page shows; blocking, for sentences are compared."""
        store, content = self.service.store, self.service.library.content()
        items = store.inbox.items()
        groups = self.grouping.of(item for item in items if asked["why"] in ("all", item.why))
        pages = max(1, -(-len(groups) // PAGE))
        page = min(int(asked["page"]), pages)
        last = [(decision, said_of(decision, content)) for decision in store.decisions.last()]
        before = store.decisions.find(asked["before"]) if "before" in asked else None
        return {
            "groups": [self._shown(group, content) for group in groups[(page - 1) * PAGE : page * PAGE]],
            "found": len(groups),
            "page": page,
            "pages": pages,
            "whys": {"all": ("All", len(items)), **{why: (title, _number(items, why)) for why, title in WHYS.items()}},
            "last": last,
            "toast": next(((decision, said) for decision, said in last if decision.id == asked.get("done")), None),
            "before": (before.name or "A former colleague") if before else "",
        }

    def _shown(self, group: Group, content: Content) -> dict[str, Any]:
        return {"group": group, "guesses": guesses(group, content, self.service.likeness)}


def said_of(decision: Decision, content: Content) -> str:
    """Say what a decision did."""
    number = len(decision.texts)
    many = "1 sentence" if number == 1 else f"{number} sentences"
    if decision.what == "topic":
        how = "taught to" if decision.revision else "known already to"
        return f"{many} {how} “{question_of(decision.topic or '', content)}”"
    if decision.what == "not_ours":
        return f"{many} taught as not our subject"
    return f"{many} set apart for a new topic" if decision.what == "new_topic" else f"{many} deleted"


def items_of(form: Form) -> list[str]:
    """Return the messages that a form means: wordings that are ticked one by one, and whole groups."""
    single = [name[2:] for name, value in form.items() if name.startswith("i-") and value]
    groups = [item for name, value in form.items() if name.startswith("g-") for item in value.split()]
    return [item for item in dict.fromkeys([*single, *groups]) if ITEM.fullmatch(item)]


def asked_of(query: Any) -> Asked:
    """Return where in the inbox somebody is; what cannot be becomes what is usual."""
    page = query.get("page", "1")
    place = {
        "why": query["why"] if query.get("why") in WHYS else "all",
        "page": page if re.fullmatch(r"[1-9]\d{0,3}", page) else "1",
    }
    told = {name: query[name][:100] for name in ("said", "done", "before") if query.get(name)}
    return {**place, **told}


def _place(asked: Asked) -> Asked:
    usual = {"why": "all", "page": "1"}
    return {name: asked[name] for name in usual if asked[name] != usual[name]}


def _back(asked: Asked, **told: str) -> Response:
    return RedirectResponse(f"/studio/inbox?{urlencode({**_place(asked), **told})}", status_code=303)


def _number(items: list[Item], why: str) -> int:
    return sum(item.why == why for item in items)
