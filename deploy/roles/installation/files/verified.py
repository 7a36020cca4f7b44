"""Checks a release before anything of it is unpacked or run: ``python verified.py FOLDER VERSION PLATFORM SIGNERS``.

The folder holds the manifest, its signature, and the release's files; ``SIGNERS`` names the one key that may sign, as
``ssh-keygen`` reads it. The exit status is 0 only if the signature is that key's and the manifest has each file's hash.
With ``page`` as ``PLATFORM`` the one file is the visitor page, for the hub.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

IDENTITY = "release"
NAMESPACE = "art-installation-release"
PAGE = "page"
CURE = "nothing of it was run; run wheelhouse.yml again on your workstation"


def refusal(folder: Path, version: str, platform: str, signers: Path) -> str:
    """Why this release is refused, in a sentence; empty if it is not."""
    name = f"art-installation-{version}"
    manifest = folder / f"{name}.manifest"
    words = ["ssh-keygen", "-Y", "verify", "-f", signers, "-I", IDENTITY, "-n", NAMESPACE, "-s", f"{manifest}.sig"]
    try:
        listed = manifest.read_bytes()
        signed = subprocess.run(words, input=listed, check=False, capture_output=True, timeout=60)
        files = ("page.tar",) if platform == PAGE else (f"{name}.tar", f"{platform}.tar", f"{platform}.txt")
        hashes = {file: digest(folder / file) for file in files}
    except OSError as error:
        return f"release {version} cannot be checked ({error}); {CURE}"
    if signed.returncode:
        return f"release {version} is not signed with the key that this device knows; {CURE}"
    lines = listed.decode("utf-8", "replace").splitlines()
    strange = [file for file, found in hashes.items() if f"{found}  {file}" not in lines]
    return f"{', '.join(strange)}: not what was signed as release {version}; {CURE}" if strange else ""


def digest(file: Path) -> str:
    """The file's SHA-256, in hex digits."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def main() -> int:
    """Returns the exit status."""
    folder, version, platform, signers = sys.argv[1:]
    reason = refusal(Path(folder), version, platform, Path(signers))
    if reason:
        print(reason, file=sys.stderr)
    return 1 if reason else 0


if __name__ == "__main__":
    sys.exit(main())
