import io
import logging
import os
import pty

from installation.service.journal import make_handler
from installation.service.terminal import TerminalSend, make_notifier


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_person_sees_one_line():
    terminal = Terminal()
    notifier = make_notifier({}, terminal)
    notifier.status("starting")
    notifier.ready()
    notifier.alive(1.0)
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


def test_a_line_of_the_log_does_not_begin_in_the_middle_of_the_status():
    terminal = Terminal()
    make_notifier({}, terminal).status("starting")
    handler = make_handler("mirror", {}, terminal)
    handler.handle(logging.makeLogRecord({"name": "camera", "msg": "it is open", "levelno": logging.INFO}))
    assert terminal.getvalue().split("\r\x1b[K") == ["", "starting", "camera: it is open\n"]


def test_a_status_stays_on_one_line_of_a_narrow_screen():
    near, far = pty.openpty()
    try:
        with os.fdopen(far, "w") as terminal:
            os.set_blocking(near, False)
            import fcntl
            import struct
            import termios

            fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 30, 0, 0))
            TerminalSend(terminal)("STATUS=great-wave · 24.9 fps · camera ok · broker none")
            shown = os.read(near, 1000).decode().removeprefix("\r\x1b[K")
    finally:
        os.close(near)
    assert shown == "great-wave · 24.9 fps · camer…"[:28] + "…"
    assert len(shown) == 29
