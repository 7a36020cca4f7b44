"""The settings that Ansible writes: what goes into the inventory comes out of the installation's own reader."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.settings import parse

jinja2 = pytest.importorskip("jinja2")

TEMPLATE = Path(__file__).resolve().parents[2] / "deploy/roles/installation/templates/settings.toml.j2"


def merged(one: dict[str, Any], other: dict[str, Any], recursive: bool = True) -> dict[str, Any]:
    """Ansible's ``combine`` filter, two levels deep."""
    return {
        key: {**one.get(key, {}), **other.get(key, {})} for key in (*one, *(key for key in other if key not in one))
    }


def rendered(known: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    environment = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    environment.filters["to_json"] = lambda value, ensure_ascii=True: json.dumps(value, ensure_ascii=ensure_ascii)
    environment.filters["combine"] = merged
    template = environment.from_string(TEMPLATE.read_text())
    text = template.render(
        ansible_managed="by Ansible", installation_known_settings=known, installation_settings=settings
    )
    return tomllib.loads(text)


def test_every_kind_of_value_arrives() -> None:
    known = {"installation": {"id": "foyer-1", "name": "Foyer “Süd” \\ 1"}, "display": {"rotation": 90}}
    given_settings = {
        "display": {"mirror": False},
        "show": {
            "styles": ["great-wave", "scream"],
            "opening": [{"days": ["tue", "wed"], "opens": "10:00", "closes": "18:00"}],
            "attract_after": 90.0,
        },
        "buttons": {"styles": {"17": "scream"}, "encoder": [5, 6]},
    }
    settings = parse(rendered(known, given_settings))
    assert settings.installation.name == "Foyer “Süd” \\ 1"
    assert (settings.display.rotation, settings.display.mirror) == (90, False)
    assert settings.show.styles == ("great-wave", "scream")
    assert settings.show.opening[0].days == ("tue", "wed")
    assert settings.buttons.styles == {"17": "scream"}
    assert settings.buttons.encoder == (5, 6)


def test_the_inventory_wins() -> None:
    assert rendered({"show": {"style": ""}}, {"show": {"style": "scream"}})["show"]["style"] == "scream"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_arrives_unchanged(text: str) -> None:
    if "\x7f" in text:  # TOML wants DEL escaped, JSON leaves it as it is; nobody types it
        return
    assert rendered({"installation": {"name": text}}, {})["installation"]["name"] == text
