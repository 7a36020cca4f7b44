"""The check command, the git hooks and CI run the same checkers."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
CHECKERS = ("ruff check", "ruff format --check", "mypy", "lint-imports")


def checks(name: str) -> str:
    """What a file runs, without comments, in single spaces."""
    lines = (REPOSITORY / name).read_text().splitlines()
    return " ".join(line.strip() for line in lines if not line.lstrip().startswith("#")).replace(".venv/bin/", "")


@pytest.mark.parametrize("name", [".ci/check", ".ci/run", ".pre-commit-config.yaml"])
@pytest.mark.parametrize("checker", CHECKERS)
def test_every_checker_runs_everywhere(name, checker):
    assert re.search(rf"(step|entry:)[^=]* {checker}\b", checks(name))


def test_the_check_command_and_the_hooks_run_the_fast_tests():
    for name in (".ci/check", ".pre-commit-config.yaml"):
        assert "python -m pytest -q -n auto" in checks(name)


def test_the_hooks_download_nothing():
    repositories = re.findall(r"- repo: (\S+)", (REPOSITORY / ".pre-commit-config.yaml").read_text())
    assert repositories == ["local"]
