"""What the broker's templates make of passwords: lines as mosquitto stores them, client ids that nobody can guess."""

import base64
import hashlib
import hmac

ITERATIONS = 1000
SALT_BYTES = 12


def mosquitto_hash(password: str, seed: str) -> str:
    """``$7$iterations$salt$hash``: PBKDF2 with SHA-512, mosquitto's own format since version 2.

    ``seed`` is random and kept beside the password, so that a second run gives the same line. The salt comes from it
    alone: one that depended on the password would let a thief of the file try passwords without the iterations.
    """
    salt = hashlib.sha256(seed.encode()).digest()[:SALT_BYTES]
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return f"$7${ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def unguessable(password: str, name: str) -> str:
    """16 hex digits that only who knows the password can tell."""
    return hmac.new(password.encode(), name.encode(), hashlib.sha256).hexdigest()[:16]


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, object]:
        """The filters by name."""
        return {"mosquitto_hash": mosquitto_hash, "unguessable": unguessable}
