"""What of deploy/ can be looked at without a container engine: variables, commands, rights, networks, and counters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.fernet import Fernet

from helpdesk.cli import main
from helpdesk.metrics import Metrics
from helpdesk.settings import ROOT
from helpdesk.store import Store
from helpdesk.store.standing import standing

DEPLOY = ROOT / "deploy"
OPERATING = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yml").read_text(encoding="utf-8"))
KUBERNETES = yaml.safe_load((DEPLOY / "kubernetes.yml").read_text(encoding="utf-8"))["items"]
OURS = {name: one for name, one in COMPOSE["services"].items() if str(one["image"]).startswith("helpdesk-")}
PODS = [one["spec"]["template"]["spec"] for one in KUBERNETES if one["kind"] in ("Deployment", "Job")]


def commands() -> Iterator[list[str]]:
    for service in OURS.values():
        yield service.get("command", [])
    for pod in PODS:
        yield pod["containers"][0].get("command", [])
    for line in re.findall(r"^CMD (\[.*\])", (DEPLOY / "Containerfile").read_text(encoding="utf-8"), re.MULTILINE):
        yield yaml.safe_load(line)


@pytest.mark.parametrize("file", ["Containerfile", "compose.yml", "kubernetes.yml"])
def test_every_variable_is_one_that_is_documented(file: str) -> None:
    used = set(re.findall(r"\bHELPDESK_[A-Z_]+\b", (DEPLOY / file).read_text(encoding="utf-8"))) - {"HELPDESK_LISTEN"}

    assert used
    assert {name for name in used if name not in OPERATING} == set()


def test_every_command_is_one_that_there_is() -> None:
    given = [command for command in commands() if command]

    assert given and all(command[:3] == ["python", "-m", "helpdesk"] and command[3] in main.commands for command in given)


def test_nothing_of_ours_runs_as_root_or_writes_to_its_image() -> None:
    assert all(one["read_only"] and one["cap_drop"] == ["ALL"] for one in OURS.values())
    for pod in PODS:
        assert pod["securityContext"]["runAsNonRoot"] and pod["automountServiceAccountToken"] is False
        assert all(one["securityContext"]["readOnlyRootFilesystem"] for one in pod["containers"])
    users = re.findall(r"^USER (.+)$", (DEPLOY / "Containerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert users == ["10001:10001"] * 2


def test_rasa_is_on_the_network_without_a_way_out_and_has_no_port() -> None:
    assert COMPOSE["networks"]["back"] == {"internal": True}
    for name in ("rasa-1", "rasa-2", "postgres"):
        assert COMPOSE["services"][name]["networks"] == ["back"]
    assert [name for name, one in COMPOSE["services"].items() if "ports" in one] == ["nginx"]


def test_exactly_one_web_process_has_the_studio_and_the_draft() -> None:
    with_draft = [name for name, one in OURS.items() if "draft:/draft" in one["volumes"] and name != "migrate"]
    off = [name for name, one in OURS.items() if one["environment"].get("HELPDESK_STUDIO") == "off"]

    assert (with_draft, off) == (["studio"], ["web-1", "web-2"])
    [studio] = [one for one in KUBERNETES if one["kind"] == "Deployment" and one["metadata"]["name"] == "studio"]
    assert studio["spec"]["replicas"] == 1


def test_nginx_gets_every_variable_that_its_configuration_has() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)\}", (DEPLOY / "nginx.conf").read_text(encoding="utf-8")))

    assert asked == set(COMPOSE["services"]["nginx"]["environment"])


def test_every_alert_looks_at_counters_that_are_exported(tmp_path: Path) -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "helpdesk").rglob("*.py"))
    with closing(Store(f"sqlite:///{tmp_path / 'ledger.db'}", [Fernet.generate_key().decode()])) as store:
        known = set(standing(store.database, 0.0))
    known |= set(re.findall(r"# TYPE (\w+)", Metrics().render())) | set(re.findall(r'"(helpdesk_[a-z_]+)"', source))
    known |= {f"helpdesk_{name}_total" for name in re.findall(r'count\("([a-z_]+)"', source)}
    rules: list[dict[str, Any]] = yaml.safe_load((DEPLOY / "alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]

    assert all(rule["annotations"]["summary"] and rule["labels"]["severity"] in ("page", "ticket") for rule in rules)
    looked_at = {name.removesuffix("_bucket") for rule in rules for name in re.findall(r"helpdesk_\w+", rule["expr"])}
    assert looked_at - known == set()
