"""Hashes passwords as mosquitto stores them, so that the password file can be a template.

The salt is derived from user and password: the same input gives the same line, and a second run changes nothing.
"""

import base64
import hashlib
import hmac

ITERATIONS = 1000
SALT_BYTES = 12


def mosquitto_hash(password: str, user: str) -> str:
    """``$7$iterations$salt$hash``: PBKDF2 with SHA-512, mosquitto's own format since version 2."""
    salt = hmac.new(password.encode(), user.encode(), hashlib.sha256).digest()[:SALT_BYTES]
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return f"$7${ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, object]:
        """The filters by name."""
        return {"mosquitto_hash": mosquitto_hash}
