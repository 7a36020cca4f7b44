"""The ids of an inventory: what the settings would refuse is refused before anything is changed."""

import re
from pathlib import Path
from typing import Any

import pytest

from installation.control.mqtt.topics import ALL, GROUP
from installation.settings import Settings, schema

jinja2 = pytest.importorskip("jinja2")
yaml = pytest.importorskip("yaml")

ROLES = Path(__file__).resolve().parents[2] / "deploy/roles"
HOST = "Foyer 1"


def read(path: str) -> Any:
    return yaml.safe_load((ROLES / path).read_text())


def accepts(role: str, **variables: Any) -> bool:
    """What the role's assertion on ids says, as Ansible would evaluate it."""
    [task] = [task for task in read(f"{role}/tasks/main.yml") if " id" in task["name"]]
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    environment.tests["match"] = lambda value, pattern: re.match(pattern, value) is not None
    given = {**read(f"{role}/vars/main.yml"), **variables}
    for name, text in task.get("vars", {}).items():
        given[name] = environment.from_string(text).render(given)
    return bool(environment.compile_expression(task["ansible.builtin.assert"]["that"])(given))


def installation_accepts(identity: str) -> bool:
    return accepts("installation", installation_id=identity)


def hub_accepts(identity: str) -> bool:
    return accepts("hub", item=HOST, hostvars={HOST: {"installation_id": identity}})


@pytest.mark.parametrize("accepted", [installation_accepts, hub_accepts])
def test_words_of_the_topics_and_wrong_letters_are_refused(accepted: Any) -> None:
    assert [name for name in ("mirror", "all-1", "groups", "7") if not accepted(name)] == []
    assert [name for name in (ALL, GROUP, "Foyer", "-a", "a b", "a\n", "", "a" * 64) if accepted(name)] == []


def test_a_host_without_an_id_of_its_own_is_known_by_its_name() -> None:
    assert accepts("hub", item="foyer-1", hostvars={"foyer-1": {}})
    assert not accepts("hub", item=ALL, hostvars={ALL: {}})


@pytest.mark.parametrize("role", ["installation", "hub"])
def test_the_rule_is_that_of_the_settings(role: str) -> None:
    _, notes = schema.unwrapped(schema.at(Settings, ["installation", "id"]))
    pattern, title = next((note.pattern, note.title) for note in notes if note.pattern)
    variables = read(f"{role}/vars/main.yml")
    assert variables[f"{role}_id_pattern"] == pattern
    assert variables[f"{role}_id_allowed"] == title
