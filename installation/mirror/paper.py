"""Prints a picture through CUPS, by ``lp``."""

import subprocess
from typing import Final

from installation.errors import OutputError
from installation.network.trial import child_environment

PATIENCE: Final = 30.0
"""Seconds until the queue has taken the picture; the paper comes later."""
PROGRAM: Final = "lp"


def print_on_paper(queue: str, picture: bytes, program: str = PROGRAM) -> None:
    """Give a JPEG to a print queue.

    Raises:
        OutputError: ``lp`` is not installed, the queue refuses, or CUPS does not answer.
    """
    words = [program, "-d", queue, "-t", "souvenir", "-o", "fit-to-page", "-s", "-"]
    try:
        done = subprocess.run(
            words,
            input=picture,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=child_environment(),
            timeout=PATIENCE,
            check=False,
        )
    except FileNotFoundError:
        raise OutputError("printing needs 'lp'; install cups-client, or empty souvenir.printer") from None
    except subprocess.TimeoutExpired:
        raise OutputError(f"CUPS has not taken the picture within {PATIENCE:g} s; see 'lpstat -p {queue}'") from None
    except OSError as error:
        raise OutputError(f"'lp' does not start ({error.strerror}); free some memory") from None
    if done.returncode:
        reason = " ".join(done.stderr.decode("utf-8", "replace").split())[:200]
        raise OutputError(f"the print queue {queue} refuses the picture ({reason}); see 'lpstat -p {queue}'")
