"""`helpdesk measure`: ask every held-out question through the public API, score the replies, print the table."""

from __future__ import annotations

import json
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx

from helpdesk import measuring, questions, scoring
from helpdesk.console import Console
from helpdesk.instance import instance, take_over
from helpdesk.questions import Case
from helpdesk.replay import replay
from helpdesk.report import Report, Scored
from helpdesk.scoring import Event
from helpdesk.settings import read_settings

CONCURRENCY = 4


def run(folder: Path, *, url: str | None, only: set[str] | None, console: Console) -> Report:
    """Hold every conversation of the folder, against `url` or an instance of our own."""
    cases = questions.read(folder, only)
    exact = measuring.read_exact(read_settings().data / "facts.yml")
    began = time.monotonic()
    report = Report()
    with ExitStack() as stack:
        state = None
        if url is None:
            state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="helpdesk-measure-")))
            made = read_settings().state
            take_over(state, encoder=made / "encoder", safety=made / "safety")
            url = stack.enter_context(instance(state, console=console)).url
        console.begin("measure", f"asking {sum(len(case.turns) for case in cases)} questions")
        began = time.monotonic()
        report.scored = list(_scored(cases, url, exact, console))
        report.seconds = time.monotonic() - began
        if state is not None:
            report.files_with_secrets = files_with(state, [secret for case in cases for secret in case.secrets])
    console.end("measure", f"asked {len(cases)} conversations in {report.seconds:.0f} s")
    return report


def _scored(cases: Sequence[Case], url: str, exact: scoring.Exact, console: Console) -> Iterator[Scored]:
    private = [case for case in cases if case.group == measuring.PRIVATE]
    by_id = {case.id: case for case in cases if case.group != measuring.PRIVATE}
    lines = [{"id": case.id, "turns": [turn.ask for turn in case.turns]} for case in by_id.values()]
    for answered in replay(lines, url, concurrency=CONCURRENCY):
        case = by_id[answered["id"]]
        console.tick()
        yield Scored(case, answered["replies"], scoring.outcome(case, answered["replies"], exact))
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
        for case in private:
            console.tick()
            events = hold(client, case.turns[0].ask)
            yield Scored(case, [event for event in events if event.get("reply_to")], scoring.private_outcome(case, events))


def hold(client: httpx.Client, ask: str) -> list[Event]:
    """Say one thing in a new conversation and return all its events, the visitor's own message as it was stored among them."""
    made = client.post("/api/conversations").raise_for_status().json()
    headers = {"Authorization": f"Bearer {made['token']}", "Accept": "application/json"}
    at = f"/api/conversations/{made['id']}"
    client.post(f"{at}/messages", headers=headers, json={"client_id": str(uuid.uuid4()), "text": ask}).raise_for_status()
    events: list[Event] = []
    deadline = time.monotonic() + 30
    while not any(event.get("reply_to") for event in events) and time.monotonic() < deadline:
        found = client.get(f"{at}/events", headers=headers, params={"after": len(events), "wait": 10}).raise_for_status().json()
        events += found["events"]
    return events


def _is_ours(path: Path, folder: Path) -> bool:
    """Say whether it is a release's copy of data/, which holds made-up details of its own."""
    parts = path.relative_to(folder).parts
    return len(parts) > 2 and parts[0] == "releases" and parts[2] == "content"


def files_with(folder: Path, secrets: Sequence[str]) -> list[str]:
    """Return `file: secret` for each secret of some length that stands in a file of the folder, also as JSON would write it."""
    wanted = {
        form: secret for secret in secrets if len(secret) > 5 for form in (secret.encode(), json.dumps(secret)[1:-1].encode())
    }
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix != ".bin" and not _is_ours(p, folder)):
        content = path.read_bytes()
        found += [f"{path.relative_to(folder)}: {secret}" for form, secret in wanted.items() if form in content]
    return sorted(set(found))
