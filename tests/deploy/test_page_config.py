"""What the hub tells the visitor page: it must listen where the installations speak."""

import json
from pathlib import Path
from typing import Any

import pytest

from installation.control.web.server import page_folder

jinja2 = pytest.importorskip("jinja2")
yaml = pytest.importorskip("yaml")

ROLE = Path(__file__).resolve().parents[2] / "deploy/roles/hub"


def config(**variables: Any) -> Any:
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    environment.filters["to_json"] = json.dumps
    text = (ROLE / "templates/config.json.j2").read_text()
    return json.loads(environment.from_string(text).render(variables))


def test_the_page_listens_at_the_hubs_base_topic() -> None:
    assert config(hub_base_topic="museum/floor-2") == {"base": "museum/floor-2", "path": "mqtt"}


def test_by_default_it_is_the_pages_own() -> None:
    defaults = yaml.safe_load((ROLE / "defaults/main.yml").read_text())
    own = json.loads((page_folder() / "config.json").read_text())
    assert config(hub_base_topic=defaults["hub_base_topic"]) == own


def test_the_page_is_unpacked_around_it() -> None:
    """Else each run would put the page's own in its place, and change it back."""
    tasks = yaml.safe_load((ROLE / "tasks/page.yml").read_text())
    [unpacked] = [task["ansible.builtin.unarchive"] for task in tasks if "ansible.builtin.unarchive" in task]
    [written] = [task["ansible.builtin.template"] for task in tasks if "ansible.builtin.template" in task]
    assert unpacked["exclude"] == ["./config.json"]
    assert written["dest"] == f"{unpacked['dest']}/config.json"
