import io

from installation.service.terminal import TerminalSend, make_notifier


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_person_sees_one_line():
    terminal = Terminal()
    notifier = make_notifier({}, terminal)
    notifier.status("starting")
    notifier.ready()
    notifier.watchdog()
    notifier.status("great-wave · 24.9 fps")
    notifier.stopping()
    lines = terminal.getvalue().split("\r\x1b[K")
    assert lines == ["", "starting", "great-wave · 24.9 fps\n"]


def test_systemd_comes_first(tmp_path):
    terminal = Terminal()
    make_notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")}, terminal).status("starting")
    assert terminal.getvalue() == ""


def test_a_log_file_is_left_alone():
    log = io.StringIO()
    notifier = make_notifier({}, log)
    notifier.status("starting")
    assert not notifier.connected
    assert log.getvalue() == ""


def test_a_closed_terminal_is_no_error():
    class Gone(Terminal):
        def write(self, text):
            raise BrokenPipeError

    assert TerminalSend(Gone())("STATUS=on")
