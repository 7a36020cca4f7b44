"""A wheelhouse that somebody changed: the device refuses it before anything of it is unpacked or run."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attacks.record import Attack

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="openssh-client is not installed")

ROLE = Path(__file__).resolve().parents[2] / "deploy/roles/installation"
VERIFIED = ROLE / "files/verified.py"
VERSION, OLDER, PLATFORM = "0.1.1", "0.1.0", "cp311-x86_64"
NAMESPACE = "art-installation-release"


def make_key(path: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path


def manifest(folder: Path, version: str) -> Path:
    return folder / f"art-installation-{version}.manifest"


def sign(folder: Path, version: str, key: Path) -> None:
    """Write the manifest of a release, and its signature."""
    names = (f"art-installation-{version}.tar", "cp311-x86_64.tar", "cp311-x86_64.txt", "page.tar")
    files = [folder / name for name in names]
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    manifest(folder, version).write_text("".join(lines))
    signed = subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-n", NAMESPACE, "-f", key],
        input="".join(lines).encode(), check=True, capture_output=True,
    )  # fmt: skip
    manifest(folder, version).with_suffix(".manifest.sig").write_bytes(signed.stdout)


def wheelhouse(folder: Path, key: Path) -> Path:
    """Two releases, as wheelhouse.yml leaves them."""
    folder.mkdir()
    for name in (f"art-installation-{VERSION}.tar", f"art-installation-{OLDER}.tar", "cp311-x86_64.tar", "page.tar"):
        (folder / name).write_bytes(name.encode())
    (folder / "cp311-x86_64.txt").write_text("numpy==1.26.4 --hash=sha256:aa\n")
    shutil.copy(key.with_suffix(".pub"), folder / "release-key.pub")
    for version in (OLDER, VERSION):
        sign(folder, version, key)
    return folder


def append(name: str) -> Callable[[Path, Path], None]:
    """Change one file."""

    def change(folder: Path, _thief: Path) -> None:
        with (folder / name).open("ab") as file:
            file.write(b"!")

    return change


def damage(file: Path) -> None:
    """Flip a bit in its middle."""
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def sign_as_thief(folder: Path, thief: Path) -> None:
    append("cp311-x86_64.tar")(folder, thief)
    sign(folder, VERSION, thief)


def bring_own_key(folder: Path, thief: Path) -> None:
    sign_as_thief(folder, thief)
    shutil.copy(thief.with_suffix(".pub"), folder / "release-key.pub")


def rename_the_older(folder: Path, _thief: Path) -> None:
    for name in (".tar", ".manifest", ".manifest.sig"):
        shutil.copy(folder / f"art-installation-{OLDER}{name}", folder / f"art-installation-{VERSION}{name}")


def change_and_name_it(folder: Path, thief: Path) -> None:
    sign_as_thief(folder, thief)
    signature = manifest(folder, VERSION).with_suffix(".manifest.sig")
    shutil.copy(manifest(folder, OLDER).with_suffix(".manifest.sig"), signature)


CHANGES: dict[str, Callable[[Path, Path], None]] = {
    "release": append(f"art-installation-{VERSION}.tar"),
    "wheels": append("cp311-x86_64.tar"),
    "lock": append("cp311-x86_64.txt"),
    "manifest": append(f"art-installation-{VERSION}.manifest"),
    "signature": lambda folder, _thief: damage(manifest(folder, VERSION).with_suffix(".manifest.sig")),
    "thief": sign_as_thief,
    "own-key": bring_own_key,
    "replay": rename_the_older,
    "old-signature": change_and_name_it,
    "no-signature": lambda folder, _thief: manifest(folder, VERSION).with_suffix(".manifest.sig").unlink(),
    "no-wheels": lambda folder, _thief: (folder / f"{PLATFORM}.tar").unlink(),
}


def test_a_wheelhouse_that_was_changed(tmp_path: Path, attack: Attack) -> None:
    attack.is_about(
        "Somebody changes the release, its wheels, their lock, the manifest or its signature in the wheelhouse; "
        "signs it with a key of their own; passes an old release off as new"
    )
    key, thief = make_key(tmp_path / "key"), make_key(tmp_path / "thief")
    signers = tmp_path / "signers"
    signers.write_text(f"release {key.with_suffix('.pub').read_text()}")
    told = {}
    for name in ("honest", *CHANGES):
        folder = wheelhouse(tmp_path / f"wheelhouse-{name}", key)
        if name in CHANGES:
            CHANGES[name](folder, thief)
        command = [sys.executable, str(VERIFIED), str(folder), VERSION, PLATFORM, str(signers)]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        told[name] = (done.returncode, done.stderr.strip())
    assert told.pop("honest") == (0, "")
    assert all(status == 1 and "nothing of it was run" in words for status, words in told.values()), told
    assert not any("Traceback" in words for _, words in told.values())
    attack.happened(len(CHANGES), f"{len(told)} refused, each in one sentence; the honest one is taken")


PAGE_CHANGES: dict[str, Callable[[Path, Path], None]] = {
    "page": append("page.tar"),
    "no-page": lambda folder, _thief: (folder / "page.tar").unlink(),
    **{name: CHANGES[name] for name in ("manifest", "signature", "thief", "own-key", "no-signature")},
}


def test_a_page_that_was_changed(tmp_path: Path, attack: Attack) -> None:
    attack.is_about(
        "Somebody changes the visitor page, its manifest or the signature in the wheelhouse, or signs it too"
    )
    key, thief = make_key(tmp_path / "key"), make_key(tmp_path / "thief")
    signers = tmp_path / "signers"
    signers.write_text(f"release {key.with_suffix('.pub').read_text()}")
    told = {}
    for name in ("honest", *PAGE_CHANGES):
        folder = wheelhouse(tmp_path / f"wheelhouse-{name}", key)
        if name in PAGE_CHANGES:
            PAGE_CHANGES[name](folder, thief)
        command = [sys.executable, str(VERIFIED), str(folder), VERSION, "page", str(signers)]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        told[name] = (done.returncode, done.stderr.strip())
    assert told.pop("honest") == (0, "")
    assert all(status == 1 and "nothing of it was run" in words for status, words in told.values()), told
    attack.happened(len(PAGE_CHANGES), f"{len(told)} refused by the hub, each in one sentence; the honest one is taken")


def test_the_hub_checks_before_it_unpacks() -> None:
    yaml = pytest.importorskip("yaml")
    names = [task["name"] for task in yaml.safe_load((ROLE.parent / "hub/tasks/page.yml").read_text())]
    assert names.index("Install the visitor page") == names.index("Check signature and hash") + 1


def test_the_device_checks_before_it_unpacks() -> None:
    """In the role, nothing of the release comes before the check."""
    yaml = pytest.importorskip("yaml")
    names = [task["name"] for task in yaml.safe_load((ROLE / "tasks/build.yml").read_text())]
    check = names.index("Bring the release and its wheels, and check them")
    assert names.index("Unpack them") == check + 1
    assert [task["name"] for task in yaml.safe_load((ROLE / "tasks/verified.yml").read_text())][-1].startswith("Check")
