"""What a person does to the ledger from the command line: switches, purging, backup and restore."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from pathlib import Path

from helpdesk.errors import CommandError
from helpdesk.live import content_root
from helpdesk.processes import claimed
from helpdesk.settings import Settings
from helpdesk.store import Store, keeping

BOT = "bot"
LEDGER = "ledger.db"
MANIFEST = "manifest.json"


def switch(settings: Settings, topic: str | None, *, on: bool) -> None:
    """Switch the bot or one topic. Raises CommandError for a topic that there is not."""
    with Store.opened(settings) as store:
        # A topic that the draft has given up can still be live.
        known = sorted({*topics(settings.data), *topics(content_root(settings, store) / "data")})
        if topic is not None and topic not in known:
            raise CommandError(f"There is no topic {topic}. The topics: {', '.join(known)}")
        store.set_switch(topic or BOT, on)


def topics(data: Path) -> list[str]:
    """Return every topic that has an answer."""
    return sorted(path.stem for path in (data / "answers").rglob("*.yml"))


def switched_off(settings: Settings) -> str:
    """Say what is off, in a sentence."""
    with Store.opened(settings) as store:
        off = sorted(name for name, on in store.switches().items() if not on)
    bot = "The bot is off: every message gets the Navigators' line." if BOT in off else "The bot is on."
    answers = [name for name in off if name != BOT]
    return bot + (f" Answers that are off: {', '.join(answers)}." if answers else " Every answer is on.")


def purge(settings: Settings, days: int) -> int:
    """Erase the conversations that were last used more than so many days ago; return how many."""
    with Store.opened(settings) as store:
        number, moment = 0, time.time() - days * 86_400
        while gone := keeping.purge(store, moment):
            number += len(gone)
        store.database.empty_log()
    return number


def audit(settings: Settings, *, number: int) -> list[str]:
    """Return the newest entries of the audit, as lines of JSON."""
    with Store.opened(settings) as store:
        return [json.dumps(dict(row)) for row in store.audit.rows(number)]


def verify_audit(settings: Settings, noted: str | None) -> str:
    """Prove that no entry of the audit was changed or taken away. Raises CommandError with every place where one was."""
    with Store.opened(settings) as store:
        verdict = store.audit.verify(noted)
    if verdict.problems:
        raise CommandError("\n".join(["The audit is not what was written.", *verdict.problems]))
    end = f" The last one, to note down outside and give as --noted next time: {verdict.end}" if verdict.end else ""
    return f"{verdict.rows} entries, none changed and none missing.{end}"


def backup(settings: Settings, folder: Path, *, with_keys: bool = False) -> Path:
    """Copy the ledger, and the keys without which its callbacks cannot be read, into a new folder inside `folder`."""
    source = ledger_file(settings)
    if not source.is_file():
        raise CommandError(f"There is no ledger yet: {source} does not exist.")
    target = folder / time.strftime("helpdesk-%Y%m%d-%H%M%S")
    target.mkdir(parents=True, mode=0o700)
    keeping.copy_file(source, target / LEDGER)
    kept = settings.state / "secrets"
    if with_keys and kept.is_dir():
        shutil.copytree(kept, target / "secrets")
    manifest = {"conversations": keeping.check_file(target / LEDGER), "sha256": _digest(target / LEDGER), "at": time.time()}
    (target / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return target


def restore(settings: Settings, folder: Path) -> str:
    """Put a backup in the place of the ledger, and erase again what was erased since. Raises CommandError, StoreError."""
    source, manifest = folder / LEDGER, folder / MANIFEST
    if not source.is_file() or not manifest.is_file():
        raise CommandError(f"{folder} is not a backup: it holds no {LEDGER} with its {MANIFEST}.")
    if json.loads(manifest.read_text(encoding="utf-8")).get("sha256") != _digest(source):
        raise CommandError(f"{source} is not what was backed up: its hash differs from the one in {MANIFEST}.")
    keeping.check_file(source)
    with claimed(settings.state):
        erased, aside = _set_aside(settings)
        _put_back(settings, folder)
        with Store.opened(settings) as store:
            again = keeping.erase_again(store, erased)
            store.database.empty_log()
    return f"Restored {folder}; {again} conversations that were erased since are erased again. What was there before: {aside}"


def ledger_file(settings: Settings) -> Path:
    """Return the ledger's SQLite file. Raises CommandError where the ledger is elsewhere."""
    url = settings.database_url
    if not url.startswith("sqlite"):
        raise CommandError("The ledger is not an SQLite file here. Use the database's own tools, such as pg_dump.")
    return Path(url.partition(":///")[2])


def _set_aside(settings: Settings) -> tuple[list[str], Path]:
    """Move what is there into a folder beside it; return the hashes of what it knows to be erased."""
    aside = settings.state / time.strftime("before-restore-%Y%m%d-%H%M%S")
    aside.mkdir(mode=0o700)
    file = ledger_file(settings)
    erased: list[str] = []
    if file.is_file():
        with Store.opened(settings) as store:
            erased = keeping.erased_hashes(store)
        for path in file.parent.glob(f"{file.name}*"):
            shutil.move(str(path), aside / path.name)
    if (settings.state / "secrets").is_dir():
        shutil.copytree(settings.state / "secrets", aside / "secrets")
    return erased, aside


def _put_back(settings: Settings, folder: Path) -> None:
    keeping.copy_file(folder / LEDGER, ledger_file(settings))
    if (folder / "secrets").is_dir():
        shutil.copytree(folder / "secrets", settings.state / "secrets", dirs_exist_ok=True)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
