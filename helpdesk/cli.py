"""The `helpdesk` command: only what is not Rasa's and not a web page."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from helpdesk import training
from helpdesk.console import Console
from helpdesk.errors import CommandError, HelpdeskError
from helpdesk.publishing_cli import publish, rollback
from helpdesk.settings import ROOT, read_settings
from helpdesk.staff_cli import staff


class Commands(click.Group):
    """A mistake of the person at the keyboard ends in one sentence and exit status 1, never in a stack trace."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except HelpdeskError as error:
            raise click.ClickException(str(error)) from None
        except KeyboardInterrupt:
            raise SystemExit(130) from None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """The MS Navigator help desk."""


main.add_command(staff)
main.add_command(publish)
main.add_command(rollback)


@main.command()
def up() -> None:
    """Train if there is no model, then start everything and keep it up."""
    from helpdesk.supervisor import Supervisor

    settings = read_settings()
    raise SystemExit(Supervisor(settings, Console()).run())


@main.command()
@click.option("--follow", is_flag=True, hidden=True, help="Follow what `helpdesk up` says is live.")
def web(follow: bool) -> None:
    """Run the web process alone; Rasa is at HELPDESK_RASA_URL, or where `helpdesk rasa` serves the same PostgreSQL ledger."""
    from helpdesk.app import serve

    settings = read_settings()
    serve(settings, settings.rasa_url, settings.rasa_secret, follow=follow)


@main.command()
def rasa() -> None:
    """Run a Rasa for the web processes of a PostgreSQL ledger; it serves what is live there."""
    from helpdesk.replica_rasa import serve

    serve(read_settings())


@main.command()
@click.option("--ledger", is_flag=True, help="Only the ledger: no model is trained.")
def migrate(ledger: bool) -> None:
    """Bring the ledger to this program's version, and see that what is live has a model that fits it: before a rollout."""
    from helpdesk import migrating

    migrating.migrate(read_settings(), Console(), only_ledger=ledger)


@main.command()
@click.option("--write", is_flag=True, help="First write domain.yml in step with data/.")
def check(write: bool) -> None:
    """Check every rule of the content in data/."""
    from helpdesk.content import check as problems_of
    from helpdesk.content import write_domain

    root = read_settings().root
    if write:
        write_domain(root)
    problems = problems_of(root)
    for problem in problems:
        click.echo(str(problem))
    failures = [p for p in problems if not p.warning]
    click.echo(f"{len(failures)} problems, {len(problems) - len(failures)} warnings")
    raise SystemExit(1 if failures else 0)


@main.command()
def train() -> None:
    """Train a model from data/ and put it into models/."""
    console = Console()
    settings = read_settings()
    before = training.newest(ROOT)
    with ExitStack() as stack:
        if not stack.enter_context(training.turn_to_train(ROOT)):
            raise CommandError("Another training is running here. Wait for it, then try again.")
        console.begin("train", "training from data/", before.seconds if before else None)
        elsewhere = training.bench(settings.root, settings.root / "config.yml", ROOT, settings.state)
        job = training.Training(ROOT if settings.root == ROOT else stack.enter_context(elsewhere), settings.state)
        try:
            while job.running:
                time.sleep(0.2)
                console.tick()
        except BaseException:
            job.stop()
            raise
        model = job.finish()
        if settings.root != ROOT:
            model = training.move(model, ROOT)
            training.prune(ROOT)
    console.end("train", f"made {model.path.relative_to(ROOT)} in {model.seconds:.0f} s")


@main.command()
@click.option(
    "--questions",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=ROOT / "tests" / "heldout",
    help="Folder of questions.",
)
@click.option("--url", help="Measure a server that runs already (started with HELPDESK_RATE_LIMIT=off).")
@click.option("--show", is_flag=True, help="Print every sentence that failed.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write all of it as JSON.")
@click.option("--only", help="Comma list of files, without .yml.")
@click.option("--strict", is_flag=True, help="Exit with 1 where a goal is missed.")
def measure(questions: Path, url: str | None, show: bool, json_file: Path | None, only: str | None, strict: bool) -> None:
    """Ask every held-out question through the public API and score the replies."""
    from helpdesk import measure as measuring

    files = set(only.split(",")) if only else None
    report = measuring.run(questions, url=url, only=files, console=Console(sys.stderr))
    if json_file:
        json_file.write_text(report.as_json() + "\n", encoding="utf-8")
    click.echo(report.as_table(show=show))
    raise SystemExit(1 if strict and report.missed_goals() else 0)


@main.command()
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write all of it as JSON.")
def compare(json_file: Path | None) -> None:
    """Train the draft beside what is live, and tell what would be answered differently. Exit with 1 where it must not go live."""
    from helpdesk import comparing, snapshots, workshop_job
    from helpdesk.report import as_told
    from helpdesk.store import Store

    settings = read_settings()
    with Store.opened(settings) as store:
        release = workshop_job.by_hand(settings, store, Console(sys.stderr))
    made = comparing.read(snapshots.folder(settings.state, release.id))
    if made is None:
        raise CommandError(f"The comparison of {release.id} cannot be read. Train again.")
    if json_file:
        json_file.write_text(made.as_json() + "\n", encoding="utf-8")
    click.echo(as_told(made, release.gate or []))
    raise SystemExit(1 if release.gate else 0)


@main.command(hidden=True)
@click.argument("id")
def job(id: str) -> None:
    """Do a training that the studio has begun."""
    from helpdesk import workshop_job
    from helpdesk.store import Store

    settings = read_settings()
    with Store.opened(settings) as store:
        workshop_job.carry_out(settings, store, id)


@main.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option("--url", help="The server; by default the one of HELPDESK_HOST and HELPDESK_PORT.")
@click.option("--concurrency", type=click.IntRange(1, 64), default=4, show_default=True)
def replay(file: Any, url: str | None, concurrency: int) -> None:
    """Send a JSON Lines file of {"id", "turns": […]} to a running server; print the replies as JSON Lines."""
    from helpdesk.programs import address
    from helpdesk.replay import replay as replies_to

    for reply in replies_to(_lines(file), url or address(read_settings()), concurrency=concurrency):
        click.echo(json.dumps(reply, ensure_ascii=False))


def _lines(file: Iterable[str]) -> list[dict[str, Any]]:
    """Read JSON Lines. Raises CommandError with the number of a line that is none."""
    found = []
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except ValueError as error:
            raise CommandError(f"Line {number} is not JSON: {error}.") from None
        if not isinstance(entry, dict) or not isinstance(entry.get("turns"), list):
            raise CommandError(f'Line {number} is not of the form {{"id": …, "turns": ["…"]}}.')
        found.append(entry)
    return found


@main.command()
@click.argument("state", type=click.Choice(["on", "off"]), required=False)
@click.argument("topic", required=False)
def switch(state: str | None, topic: str | None) -> None:
    """Switch the bot, or the answer to one TOPIC, on or off at once, without training. Without arguments: show what is off."""
    from helpdesk import upkeep

    settings = read_settings()
    if state:
        upkeep.switch(settings, topic, on=state == "on")
    click.echo(upkeep.switched_off(settings))


@main.command()
@click.option(
    "--days", type=click.IntRange(0, 36500), help="Erase what was last used longer ago than this; else HELPDESK_KEEP_DAYS."
)
def purge(days: int | None) -> None:
    """Erase old conversations now, with everything that belongs to them. A help desk that runs does it by itself."""
    from helpdesk import upkeep

    settings = read_settings()
    click.echo(f"{upkeep.purge(settings, settings.keep_days if days is None else days)} conversations erased")


@main.command()
@click.option("--verify", is_flag=True, help="Prove that no entry was changed or taken away; exit with 1 where one was.")
@click.option("--noted", metavar="ENTRY", help="An entry that --verify named earlier, and that must still be there.")
@click.option("--number", type=click.IntRange(1, 100_000), default=20, show_default=True, help="How many to print.")
def audit(verify: bool, noted: str | None, number: int) -> None:
    """Print who did what, the newest first, as lines of JSON; or prove that the audit is whole."""
    from helpdesk import upkeep

    settings = read_settings()
    for line in [upkeep.verify_audit(settings, noted)] if verify or noted else upkeep.audit(settings, number=number):
        click.echo(line)


@main.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--with-keys", is_flag=True, help="Copy the keys too: whoever has such a copy can read the callbacks in it.")
def backup(folder: Path, with_keys: bool) -> None:
    """Copy the ledger into a new folder inside FOLDER. The help desk may be running."""
    from helpdesk import upkeep

    click.echo(f"Kept in {upkeep.backup(read_settings(), folder, with_keys=with_keys)}")


@main.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def restore(folder: Path) -> None:
    """Bring back the backup in FOLDER. The help desk must be stopped; what was there is kept beside it."""
    from helpdesk import upkeep

    click.echo(upkeep.restore(read_settings(), folder))


@main.command()
def doctor() -> None:
    """Look for what would keep the help desk from running, and say what to do."""
    from helpdesk import doctor as examining

    findings = examining.examine(ROOT, read_settings())
    for finding in findings:
        click.echo(str(finding))
    raise SystemExit(0 if all(f.well for f in findings) else 1)
