"""Every template of the roles is Jinja: a typo is found here, not on a gallery's hub."""

from pathlib import Path

import pytest

jinja2 = pytest.importorskip("jinja2")

TEMPLATES = sorted((Path(__file__).resolve().parents[2] / "deploy/roles").glob("*/templates/*"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_it_parses(template: Path) -> None:
    jinja2.Environment().parse(template.read_text())
