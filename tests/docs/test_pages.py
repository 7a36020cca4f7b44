"""The pages name files and settings that exist, and the map of the code names every room."""

import re
from pathlib import Path

import msgspec
import pytest

from installation.settings import Settings

REPOSITORY = Path(__file__).parents[2]
PAGES = (
    "docs/architecture.md",
    "CONTRIBUTING.md",
    "docs/4k.md",
    "docs/curators.md",
    "docs/galleries.md",
    "docs/mobile.md",
    "docs/questions.md",
    "docs/server.md",
    "docs/technicians.md",
    "deploy/README.md",
    "README.md",
)


def named(text: str) -> set[str]:
    """Every path of this repository that a page names, in code or as a link."""
    code = re.findall(r"`([\w.-]+(?:/[\w.-]+)*/?)`", text)
    folders = ("installation/", "tests/", "docs/", "deploy/", "styles/", "systemd/", ".ci/")
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    return {path for path in code if path.startswith(folders)} | set(links)


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_it_names_is_there(page):
    path = REPOSITORY / page
    paths = named(path.read_text())
    assert len(paths) > 1, "the pattern finds nothing"
    missing = [name for name in paths if not (REPOSITORY / name).exists() and not (path.parent / name).exists()]
    assert not missing


def test_the_diagram_names_files_of_the_package():
    text = (REPOSITORY / PAGES[0]).read_text()
    [diagram] = re.findall(r"```mermaid\n(.*?)```", text, re.DOTALL)
    paths = re.findall(r'\["(\w+/[\w./]*)"\]', diagram)
    assert len(paths) > 8
    assert not [path for path in paths if not (REPOSITORY / "installation" / path).exists()]


def test_every_room_has_a_line():
    text = (REPOSITORY / PAGES[0]).read_text()
    rooms = {path.name for path in (REPOSITORY / "installation").iterdir() if (path / "__init__.py").is_file()}
    assert not {room for room in rooms if f"`installation/{room}/`" not in text}


@pytest.mark.parametrize("page", ["docs/curators.md", "docs/galleries.md", "docs/technicians.md"])
def test_every_setting_that_it_names_is_one(page):
    groups = {group.name: group.type for group in msgspec.structs.fields(Settings)}
    names = re.findall(r"`([a-z]+)\.([a-z_]+)`", (REPOSITORY / page).read_text())
    settings = [(group, key) for group, key in names if group in groups and key != "tflite"]
    assert len(settings) > 1
    unknown = [(group, key) for group, key in settings if key not in groups[group].__struct_fields__]
    assert not unknown


def test_the_front_door_begins_with_the_clip_and_two_commands():
    text = (REPOSITORY / "README.md").read_text()
    assert text.index("docs/wall.webp") < text.index("```sh") < text.index("docs/front-mirror.webp")
    demo, tests = re.findall(r"```sh\n(.*?)\n```", text, re.DOTALL)
    assert demo.endswith("art-installation demo")
    assert tests.endswith("-m pytest")


def test_the_wall_label_speaks_the_pages_four_languages():
    labels = (REPOSITORY / "docs" / "galleries.md").read_text().partition("## Text for the wall label")[2]
    assert re.findall(r"^\*\*(.+)\*\*$", labels, re.MULTILINE) == ["English", "Deutsch", "Français", "中文"]
    assert labels.count("\n> **") == 4
