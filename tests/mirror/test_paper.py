"""Printing, with a stand-in for ``lp``; with a queue of CUPS, see `tests.e2e.test_printing`."""

from pathlib import Path

import pytest

from installation.errors import OutputError
from installation.mirror import paper
from installation.mirror.paper import print_on_paper


@pytest.fixture
def lp(tmp_path):
    """Makes a program that notes its words and its input, then does as told."""

    def make(script: str = "") -> str:
        path = tmp_path / "lp"
        path.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >{tmp_path}/words\ncat >{tmp_path}/paper\n{script}\n')
        path.chmod(0o700)
        return str(path)

    return make


def test_the_picture_goes_in_by_a_pipe_and_no_shell_sees_it(lp, tmp_path: Path):
    print_on_paper("foyer", b"jpeg $(touch x)", lp())
    assert (tmp_path / "words").read_text().split("\n")[:-1] == [
        "-d",
        "foyer",
        "-t",
        "souvenir",
        "-o",
        "fit-to-page",
        "-s",
        "-",
    ]
    assert (tmp_path / "paper").read_bytes() == b"jpeg $(touch x)"


def test_a_queue_that_refuses(lp):
    with pytest.raises(
        OutputError, match=r"the print queue foyer refuses the picture \(lp: no such queue\); see 'lpstat"
    ):
        print_on_paper("foyer", b"jpeg", lp('echo "lp: no such" >&2; echo queue >&2; exit 1'))


def test_cups_that_does_not_answer(lp, monkeypatch):
    monkeypatch.setattr(paper, "PATIENCE", 0.3)
    with pytest.raises(OutputError, match=r"has not taken the picture within 0.3 s"):
        print_on_paper("foyer", b"jpeg", lp("exec sleep 20"))


def test_no_lp(tmp_path):
    with pytest.raises(OutputError, match="install cups-client"):
        print_on_paper("foyer", b"jpeg", str(tmp_path / "none"))
