"""Put the web process together, and run it."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from dataclasses import replace
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from helpdesk import logs
from helpdesk.accounts import Accounts
from helpdesk.assistant import Assistant, RasaAssistant
from helpdesk.canned import load as read_canned
from helpdesk.chat.assets import Widget
from helpdesk.chat.pages import Pages
from helpdesk.chat.routes import Api
from helpdesk.chat.service import ChatService
from helpdesk.chat.tokens import Tokens
from helpdesk.chat.worker import Worker
from helpdesk.connections import Patient
from helpdesk.conversation import Safety
from helpdesk.desk.answers import Answers
from helpdesk.desk.service import DeskService
from helpdesk.desk.site import desk_routes
from helpdesk.editing.library import Library
from helpdesk.errors import Refusal, SettingsError, StoreUnavailable
from helpdesk.following import SafetyInForce, follower, load_safety
from helpdesk.guard import Guard
from helpdesk.hours import Hours
from helpdesk.hub import Hub
from helpdesk.likeness import Likeness
from helpdesk.limits import Limiter
from helpdesk.live import content_root
from helpdesk.meaning import Meaning
from helpdesk.metrics import Metrics, serve_metrics
from helpdesk.neighbours import Neighbours
from helpdesk.outward import Outward
from helpdesk.processes import on_stop
from helpdesk.queueing import Queueing
from helpdesk.reminders import Reminders
from helpdesk.retention import Retention
from helpdesk.settings import Settings
from helpdesk.store import Store
from helpdesk.studio.candidate_bot import CandidateBot
from helpdesk.studio.live_bot import LiveBot
from helpdesk.studio.service import StudioService
from helpdesk.studio.site import studio_routes
from helpdesk.studio.survey import Survey
from helpdesk.watch import Watch
from helpdesk.web import on_http_error, on_refusal, on_unavailable
from helpdesk.words import words_with
from helpdesk.workshop import Workshop

GRACE_SECONDS = 10
IDLE_SECONDS = 65
Beside = Callable[[], Coroutine[Any, Any, None]]  # what runs as long as the process serves
HANDLERS = {Refusal: on_refusal, StoreUnavailable: on_unavailable, HTTPException: on_http_error}
# Seconds that a thread may keep the interpreter while another waits for it; Python's own 0.005 holds a reply up where the
# safety net and the ledger are at work beside the event loop.
SWITCH_SECONDS = 0.0005


def create_app(
    settings: Settings, assistant: Assistant | None = None, safety: Safety | None = None, *, follow: bool = False
) -> Starlette:
    """Return the web process. Without an assistant it asks the Rasa of the settings; without a safety net it loads its own.

    `follow`: it is one of `helpdesk up`, which tells it what is live.
    """
    store = Store.open(settings)
    root = content_root(settings, store)  # never the draft, where something was published
    words = words_with(root / "data" / "safety" / "replies.yml")
    metrics, hub = Metrics(), Hub()
    helper = assistant or RasaAssistant(settings.rasa_url, settings.rasa_secret)
    net = SafetyInForce(safety or load_safety(replace(settings, data=root / "data")))
    hours = Hours.from_file(settings.hours)
    wait, drop = 60.0 * settings.wait_minutes, 60.0 * settings.drop_minutes
    queueing = Queueing(hours, words, wait=wait, drop=drop, clock=store.clock)
    tokens, limiter = Tokens(settings.secrets().signing), Limiter(on=settings.rate_limit)
    worker = Worker(store, helper, hub, words, metrics, queueing)
    service = ChatService(
        store=store,
        worker=worker,
        hub=hub,
        safety=net,
        tokens=tokens,
        limiter=limiter,
        words=words,
        metrics=metrics,
        queueing=queueing,
    )
    answers = Answers(root / "data")
    desk = DeskService(
        store=store,
        hub=hub,
        # Its limits stay on where those of the chat are off for measuring.
        accounts=Accounts(store.staff, store.audit, settings.secrets().signing, Limiter(), store.clock),
        queueing=queueing,
        answers=answers,
        canned=read_canned(settings.data / "desk" / "canned.yml"),
        digest=tokens.digest,
        words=words,
        metrics=metrics,
        forget=service.erase,
        warning=lambda: net.warning,
    )
    library = Library(settings.root, settings.state, store.revisions, store.clock)
    meaning = Meaning(settings.state / "encoder")
    likeness = Likeness(library, meaning, settings.state / "likeness.json")
    studio = StudioService(
        settings=settings,
        store=store,
        hub=hub,
        accounts=desk.accounts,
        words=words,
        meaning=meaning,
        library=library,
        likeness=likeness,
        survey=Survey(library, likeness),
        live_bot=LiveBot(helper, net, store, words),
        workshop=Workshop(settings, store),
    )
    studio.candidate_bot = candidate = CandidateBot(settings, store, words)
    outward = Outward(store, settings, metrics)
    beside: list[Beside] = [
        Neighbours(store, hub).run,
        Watch(store, settings, store.clock).run,
        Retention(store, settings, hub, metrics, store.clock).run,
    ]
    if settings.studio:
        beside += [Reminders(store, library, store.clock).run, studio.survey.run, studio.workshop.attend, candidate.run]
    if (follow or settings.follows_register) and isinstance(helper, RasaAssistant):
        parts: dict[str, Any] = {"assistant": helper, "safety": net, "words": words, "answers": answers}
        beside.append(follower(settings, root, store=store, **parts).run)

    app = Starlette(
        routes=[
            *Api(service, helper).routes(),
            *Pages(service).routes(),
            *Widget(words).routes(),
            *desk_routes(desk, public_url=settings.public_url),
            *(studio_routes(studio) if settings.studio else []),
        ],
        middleware=[Middleware(Guard, origins=settings.origins, metrics=metrics)],
        exception_handlers=HANDLERS,
        lifespan=lambda app: _lifespan(service, desk, outward, helper, settings, beside),
    )
    app.router.redirect_slashes = False
    app.state.service = service
    app.state.desk = desk
    app.state.studio = studio
    return app


@contextlib.asynccontextmanager
async def _lifespan(
    service: ChatService, desk: DeskService, outward: Outward, helper: Assistant, settings: Settings, beside: Sequence[Beside]
) -> AsyncIterator[None]:
    """Answer what was left unanswered, then serve; at the end let the turns in hand end before the ledger is closed."""
    await service.worker.open()
    desk.open()
    outward.open()
    tasks = [asyncio.create_task(run()) for run in beside]
    port = settings.metrics_port
    counters = await serve_metrics(service.metrics, settings.host, port) if port else None
    try:
        yield
    finally:
        if counters:
            counters.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        service.hub.close()
        await desk.shut()
        await outward.close()
        await service.close()
        await helper.close()
        service.store.close()


def serve(settings: Settings, rasa_url: str, secret: str, *, follow: bool = False) -> None:
    """Serve until SIGTERM or Ctrl-C; then end the streams, let the turns in hand end, and return."""
    settings = replace(settings, rasa_url=rasa_url, rasa_secret=secret)
    logs.set_up(settings.log_level, settings.log_format)
    settings.prepare()
    sys.setswitchinterval(SWITCH_SECONDS)
    if settings.follows_register:
        settings.check_shared()
    with _alone(settings):
        app = create_app(settings, follow=follow)
        config = uvicorn.Config(
            app,
            http=Patient,
            host=settings.host,
            port=settings.port,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=settings.trusted_proxies,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        with on_stop(lambda: None):  # uvicorn raises the signal once more when it has ended
            Server(config, app.state.service.hub).run()


class Server(uvicorn.Server):
    """A server that ends its endless responses before it waits for the others."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self.hub = hub

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.hub.close()
        await super().shutdown(sockets)


@contextlib.contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Hold the state folder: two processes on one SQLite ledger would answer each other's turns."""
    with open(settings.state / "web.lock", "w", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SettingsError(f"Another help desk runs on {settings.state}. Stop it, or set another HELPDESK_STATE.") from None
        yield
