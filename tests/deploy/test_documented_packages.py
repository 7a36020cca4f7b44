"""A gallery without a Debian mirror installs what the technician's page names: that must be all that the roles want."""

import re
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml")

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_docs_name_every_package_of_the_hub() -> None:
    hub = REPOSITORY / "deploy/roles/hub"
    wanted = set(yaml.safe_load((hub / "defaults/main.yml").read_text())["hub_packages"])
    wanted |= set(re.findall(r"\['([a-z0-9-]+)'\]", (hub / "tasks/packages.yml").read_text())) - {"packages"}
    [named] = re.findall(r"the hub needs `([^`]+)`", (REPOSITORY / "docs/technicians.md").read_text())
    assert wanted == set(named.split())
    assert "python3-venv" in wanted
