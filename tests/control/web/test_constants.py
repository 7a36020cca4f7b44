"""What the visitor page and the installation must agree on is written once."""

import re

import pytest

from installation.control.web.constants import PATTERNS, constants, javascript
from installation.control.web.server import page_folder

OWN = sorted(path for path in page_folder().glob("*.js") if path.name != "constants.js")


def test_the_file_is_what_the_code_says() -> None:
    written = (page_folder() / "constants.js").read_text()
    command = "python -m installation.control.web.constants > installation/control/web/page/constants.js"
    assert written == javascript(), f"run: {command}"


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_nothing_of_it_is_written_again(path) -> None:
    text = path.read_text()
    for name, value in constants().items():
        assert not re.search(rf"\b(const|let|var) {name}\b", text), name
        if isinstance(value, str) and name != "BASE":
            assert f'=== "{value}"' not in text
    for pattern in PATTERNS.values():
        assert pattern not in text


def test_the_page_loads_it_before_its_own_code() -> None:
    scripts = re.findall(r'<script defer src="([^"]+)"', (page_folder() / "index.html").read_text())
    assert scripts.index("constants.js") < min(scripts.index(path.name) for path in OWN)
