import pytest

from installation.control.mqtt.address import Address, in_the_clear, parse_url, read_password, tls_context
from installation.errors import ControlError, SettingsError
from installation.settings import BrokerSettings


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("mqtt://hub", Address("hub", 1883, False)),
        ("mqtts://hub.museum:18883", Address("hub.museum", 18883, True)),
        ("mqtt://[fd00::1]:1884/", Address("fd00::1", 1884, False)),
        ("mqtts://pi%2D1@hub", Address("hub", 8883, True, "pi-1")),
    ],
)
def test_addresses(url, address):
    assert parse_url(url) == address


def test_an_address_for_people():
    assert str(parse_url("mqtts://someone@hub")) == "mqtts://hub:8883"
    assert str(parse_url("mqtt://[fd00::1]")) == "mqtt://[fd00::1]:1883"


@pytest.mark.parametrize(
    "url", ["hub", "http://hub", "mqtt://", "mqtt://hub:x", "mqtt://hub:99999", "mqtt://hub/a", "mqtt://[hub"]
)
def test_what_is_no_address(url):
    with pytest.raises(SettingsError, match=r"broker\.url"):
        parse_url(url)


def test_a_password_has_no_place_in_an_address():
    with pytest.raises(SettingsError, match="password_file") as caught:
        parse_url("mqtt://me:secret@hub")
    assert "secret" not in str(caught.value)


def test_passwords_come_from_a_file_or_a_credential(tmp_path, monkeypatch):
    (tmp_path / "mqtt").write_text("grüezi \n")
    assert read_password(str(tmp_path / "mqtt")) == "grüezi "
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_password("mqtt") == "grüezi "
    assert read_password("") == ""


def test_unusable_passwords(tmp_path):
    with pytest.raises(ControlError, match="cannot be read"):
        read_password(str(tmp_path / "none"))
    (tmp_path / "bytes").write_bytes(b"\xff")
    with pytest.raises(ControlError, match="UTF-8"):
        read_password(str(tmp_path / "bytes"))
    (tmp_path / "large").write_bytes(b"a" * 5000)
    with pytest.raises(ControlError, match="too large"):
        read_password(str(tmp_path / "large"))


def test_unreadable_certificates(tmp_path):
    with pytest.raises(ControlError, match="certificates"):
        tls_context(BrokerSettings(ca_file=str(tmp_path / "none")))
    (tmp_path / "ca").write_text("no certificate")
    with pytest.raises(ControlError, match="certificates"):
        tls_context(BrokerSettings(ca_file=str(tmp_path / "ca")))


@pytest.mark.parametrize("url", ["mqtt://10.0.0.1", "mqtt://hub.local:1883", "mqtt://[fd00::1]"])
def test_a_password_in_the_clear_is_warned_of(url: str) -> None:
    assert "use mqtts://" in in_the_clear(BrokerSettings(url=url, password_file="x"))


@pytest.mark.parametrize(
    "url", ["mqtts://10.0.0.1", "mqtt://127.0.0.1", "mqtt://localhost:1883", "mqtt://[::1]", "none"]
)
def test_where_nobody_can_read_it_there_is_no_warning(url: str) -> None:
    assert in_the_clear(BrokerSettings(url=url, password_file="x")) == ""
    assert in_the_clear(BrokerSettings(url="mqtt://10.0.0.1")) == ""
