import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("deploy/**/*.md"))]
SOURCES = list(ROOT.glob("installation/**/*.py"))


@pytest.mark.parametrize("path", [*PAGES, *SOURCES], ids=lambda path: str(path.relative_to(ROOT)))
def test_nobody_is_sent_to_a_registry_for_this_package(path):
    assert not re.search(r"pip install[^\n]*[ '\"]art-installation", path.read_text("utf-8"))
