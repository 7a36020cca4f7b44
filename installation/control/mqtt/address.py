"""Where the broker is and how to get in: URL, credentials, certificates, a client id."""

import contextlib
import hashlib
import hmac
import ipaddress
import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from installation.errors import ControlError, SettingsError
from installation.settings import BrokerSettings

NONE: Final = "none"
PORTS: Final = {"mqtt": 1883, "mqtts": 8883}
PASSWORD_LIMIT: Final = 4096
MACHINE_ID: Final = "/etc/machine-id"


@dataclass(frozen=True, slots=True)
class Address:
    """A broker's host, port and transport."""

    host: str
    port: int
    tls: bool
    username: str = ""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{host}:{self.port}"


def parse_url(url: str) -> Address:
    """Read ``mqtt[s]://[USER@]HOST[:PORT]``.

    Raises:
        SettingsError: the text is anything else.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SettingsError(f"broker.url: '{url}' is no address; write mqtt://HOST or mqtts://HOST") from None
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise SettingsError(f"broker.url: '{url}' is no broker's address; write mqtt://HOST, mqtts://HOST or none")
    if parts.password is not None:
        raise SettingsError("broker.url: holds a password, which would end up in logs; use broker.password_file")
    return Address(parts.hostname, port or PORTS[parts.scheme], parts.scheme == "mqtts", unquote(parts.username or ""))


def in_the_clear(settings: BrokerSettings) -> str:
    """What is wrong with sending the password there: in a sentence with the cure, empty if nothing is."""
    if settings.url == NONE or not settings.password_file:
        return ""
    address = parse_url(settings.url)
    if address.tls or address.host == "localhost" or _is_loopback(address.host):
        return ""
    return f"{address} carries the password readable for everybody on the network; use mqtts:// and broker.ca_file"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_password(name: str) -> str:
    """The password in a file; a bare name is a systemd credential. Empty if no file is named.

    Raises:
        ControlError: the file cannot be read, or does not hold a password.
    """
    if not name:
        return ""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    path = Path(folder) / name if folder and "/" not in name else Path(name).expanduser()
    try:
        with path.open("rb") as file:
            data = file.read(PASSWORD_LIMIT + 1)
        text = data.decode("utf-8").rstrip("\r\n")
    except OSError as error:
        raise ControlError(f"{path}: cannot be read ({error.strerror}); check broker.password_file") from None
    except UnicodeDecodeError:
        raise ControlError(f"{path}: the password is not UTF-8 text; write it anew") from None
    if len(data) > PASSWORD_LIMIT:
        raise ControlError(f"{path}: is too large for a password; check broker.password_file")
    return text


def client_id(name: str, settings: BrokerSettings) -> str:
    """``name`` with a key that cannot be guessed: whoever connects with a client's id takes over its session.

    The key is a keyed hash of what lets us in, the password or the certificate's key, so that it stays over restarts;
    where there is neither, of this machine's own id.

    Raises:
        ControlError: the password cannot be read.
    """
    secret = read_password(settings.password_file).encode() or _first_of(settings.key_file, MACHINE_ID)
    return f"{name}-{hmac.new(secret, name.encode(), hashlib.sha256).hexdigest()[:16]}"


def _first_of(*names: str) -> bytes:
    """What the first of these files holds that can be read; nothing if none can."""
    for name in filter(None, names):
        with contextlib.suppress(OSError):
            return Path(name).expanduser().read_bytes()
    return b""


def tls_context(settings: BrokerSettings) -> ssl.SSLContext:
    """The TLS context with our certificates; read again for each connection, so that renewed ones need no restart.

    Raises:
        ControlError: a certificate or key cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=settings.ca_file or None)
        if settings.cert_file:
            context.load_cert_chain(settings.cert_file, settings.key_file or None)
    except (OSError, ssl.SSLError) as error:
        raise ControlError(
            f"the certificates cannot be read ({error}); check broker.ca_file, cert_file and key_file"
        ) from None
    return context
