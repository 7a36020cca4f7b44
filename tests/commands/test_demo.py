import pytest

from installation.commands.demo import page_address
from installation.commands.run import tell_link
from installation.errors import UsageError
from installation.service import address


def test_the_page_is_opened_at_the_machines_own_address(monkeypatch):
    monkeypatch.setattr(address, "local_address", lambda: "192.0.2.20")
    assert page_address("", "embedded") == "192.0.2.20"
    assert page_address("192.0.2.21", "embedded") == "192.0.2.21"


@pytest.mark.parametrize("wanted", ["0.0.0.0", "224.0.0.1", "my-laptop", "::1", "1.2.3"])  # noqa: S104 - nothing is bound
def test_what_is_no_address_to_serve_at_is_refused(wanted):
    with pytest.raises(UsageError, match=r"such as 192\.168"):
        page_address(wanted, "embedded")


def test_without_a_network_it_says_so(monkeypatch):
    monkeypatch.setattr(address, "local_address", lambda: "")
    with pytest.raises(UsageError, match="in no network"):
        page_address("", "embedded")


def test_another_brokers_page_is_not_ours_to_open():
    with pytest.raises(UsageError, match="leave one of them out"):
        page_address("", "none")


def test_the_link_comes_with_who_gets_there(capsys):
    tell_link("http://127.0.0.1:4000/#mirror", reachable=False)
    assert "this computer only" in capsys.readouterr().out
    tell_link("http://192.0.2.20:4000/k3y/#mirror", reachable=True)
    said = capsys.readouterr().out
    assert said.startswith("Visitor page: http://192.0.2.20:4000/k3y/#mirror\n")
    assert "every phone in this network" in said
    assert "port 4000" in said
