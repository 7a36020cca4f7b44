"""The lock of a platform's wheels, and what a device takes of it."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
LOCK, NEEDED = DEPLOY / "playbooks/files/lock.py", DEPLOY / "roles/installation/files/needed.py"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def run(script: Path, *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(script), *map(str, words)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


def test_a_folder_of_wheels_is_locked_but_for_the_release_itself(tmp_path: Path) -> None:
    for name in ("Pillow-11.0-cp311-x.whl", "typing_extensions-4.1-py3-none-any.whl", "art_installation-0.1.0-x.whl"):
        (tmp_path / name).write_bytes(name.encode())
    assert run(LOCK, tmp_path).stdout.splitlines() == [
        f"pillow==11.0 --hash=sha256:{sha256(b'Pillow-11.0-cp311-x.whl')}",
        f"typing-extensions==4.1 --hash=sha256:{sha256(b'typing_extensions-4.1-py3-none-any.whl')}",
    ]


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A lock of two, the release's wheel, and what pip says that it would install."""
    (tmp_path / "lock").write_text("numpy==1.26.4 --hash=sha256:aa\npillow==11.0 --hash=sha256:bb\n")
    (tmp_path / "own.whl").write_bytes(b"own")
    return tmp_path


def needed(release: Path, **versions: str) -> subprocess.CompletedProcess[str]:
    install = [{"metadata": {"name": name, "version": version}} for name, version in versions.items()]
    (release / "report").write_text(json.dumps({"install": install}))
    return run(NEEDED, release / "lock", release / "own.whl", release / "report")


def test_only_what_is_missing_is_taken_from_the_lock(release: Path) -> None:
    """numpy comes from Debian here."""
    done = needed(release, art_installation="0.1.0", Pillow="11.0")
    assert done.stdout.splitlines() == [
        f"art-installation @ file://{release}/own.whl --hash=sha256:{sha256(b'own')}",
        "pillow==11.0 --hash=sha256:bb",
    ]


@pytest.mark.parametrize("versions", [{"pillow": "12.0"}, {"left-pad": "1.0"}])
def test_what_the_lock_does_not_name_is_refused(release: Path, versions: dict[str, str]) -> None:
    done = needed(release, **versions)
    assert done.returncode == 1
    assert "is not in the lock" in done.stderr


def test_the_locks_hold_every_platform_of_the_wheelhouse() -> None:
    yaml = pytest.importorskip("yaml")
    [play] = yaml.safe_load((DEPLOY / "playbooks/wheelhouse.yml").read_text())
    hub = {f"hub-{tag(one)}" for one in play["vars"]["wheelhouse_hubs"]}
    names = {tag(one) for one in play["vars"]["wheelhouse_platforms"]}
    assert {path.stem for path in (DEPLOY / "locks").glob("*.txt")} == names | hub
    for path in (DEPLOY / "locks").glob("*.txt"):
        lines = path.read_text().splitlines()
        assert len(lines) == 2 if path.stem in hub else len(lines) > 10
        assert all(re.fullmatch(r"[a-z0-9-]+==[^ ]+ --hash=sha256:[0-9a-f]{64}", line) for line in lines)
        assert lines == sorted(lines)


def tag(platform: dict[str, str]) -> str:
    """What the playbook calls it."""
    return f"cp{platform['python'].replace('.', '')}-{platform['machine']}"
