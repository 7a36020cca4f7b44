import io
import re
import sys

from installation.commands.printing import print_table


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_name_is_never_shortened_on_a_narrow_terminal(monkeypatch):
    terminal = Terminal()
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", terminal)
    print_table(("Name", "Title"), [["mackerel-and-prawns", "Horse-mackerel and a great many prawns"]])
    shown = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())
    assert "mackerel-and-prawns" in shown
    assert "…" not in shown
    assert max(map(len, shown.splitlines())) <= 40
