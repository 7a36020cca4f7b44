"""The hub's command that hands out pictures to take home."""

from http.client import HTTPConnection
from urllib.parse import urlsplit

from installation.cli import main


def test_without_a_broker_it_says_how_to_name_one(monkeypatch, capsys):
    for name in ("ART_BROKER", "ART_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    assert main(["souvenirs", "--listen", "127.0.0.1:0"]) != 0
    assert "--broker mqtt://HOST" in capsys.readouterr().err


def test_it_serves_until_ctrl_c_while_the_broker_is_away(monkeypatch, capsys):
    answers = []

    def ask_and_press_ctrl_c(_event, _timeout=None):
        url = capsys.readouterr().out.split()[1].rstrip(";")
        connection = HTTPConnection(urlsplit(url).netloc, timeout=5)
        connection.request("GET", "/nothing")
        answers.append(connection.getresponse().status)
        connection.close()
        raise KeyboardInterrupt

    monkeypatch.setattr("installation.commands.souvenirs.threading", _Threading(ask_and_press_ctrl_c))
    assert main(["souvenirs", "--listen", "127.0.0.1:0", "--broker", "mqtt://127.0.0.1:1"]) == 0
    assert answers == [404]


class _Threading:
    """The module `threading`, but for events that never come."""

    def __init__(self, wait):
        self.Event = type("Event", (), {"wait": wait})
