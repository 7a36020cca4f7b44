"""An arm64 Debian in a folder and arm64 wheels in another: what a Pi would run, run by QEMU."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

SYSTEM_PACKAGES = "libstdc++6,libgomp1,zlib1g,libexpat1"
GLIBC = (17, 24, 26, 27, 28, 31, 34, 35, 36)
PROCESSOR = "cortex-a72"
"""The Pi 4's."""
REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class System:
    """One release of Debian (and so of Raspberry Pi OS) with its Python."""

    suite: str
    python: str
    packages: str


BOOKWORM = System("bookworm", "3.11", "python3,python3-distutils")
TRIXIE = System("trixie", "3.13", "python3")


def missing() -> str:
    """Why nothing can be emulated here; empty if it can."""
    if os.geteuid() != 0:
        return "unpacking a Debian needs root"
    absent = [name for name in ("mmdebstrap", "qemu-aarch64-static") if shutil.which(name) is None]
    return f"not installed: {', '.join(absent)} (apt install mmdebstrap qemu-user-static)" if absent else ""


def cache() -> Path:
    """Where systems and wheels are kept between runs."""
    root = os.environ.get("ART_INSTALLATION_TEST_CACHE") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "art-installation-tests"


def system_root(system: System) -> Path:
    """The system's folder, unpacked now if it is not there."""

    def unpack(folder: Path) -> None:
        include = f"--include={system.packages},{SYSTEM_PACKAGES}"
        words = ["mmdebstrap", "--quiet", "--arch=arm64", "--variant=extract", include, system.suite, folder, mirror()]
        run(words, timeout=300)
        # Trixie's packages put the loader into /usr/lib and leave the link to base-files.
        if not (folder / "lib").exists():
            (folder / "lib").symlink_to("usr/lib")

    return made(f"arm64-{system.suite}", unpack)


def wheels(system: System, name: str, requirements: Sequence[str], pip: Sequence[str]) -> Path:
    """A folder with these requirements, unpacked, for this system; ``pip`` is how pip is called."""

    def install(folder: Path) -> None:
        platforms = [f"--platform=manylinux_2_{minor}_aarch64" for minor in GLIBC]
        words = [*pip, "install", "--quiet", f"--target={folder}", "--only-binary=:all:", "--no-compile", *platforms]
        words += ["--platform=manylinux2014_aarch64", f"--python-version={system.python}", *requirements]
        run(words, timeout=300)

    return made(f"arm64-{system.suite}-{name}", install)


def python(system: System, path: Sequence[Path], *arguments: object, timeout: float = 240) -> str:
    """Run the system's Python on these arguments, with ``path`` as its PYTHONPATH."""
    root = system_root(system)
    words = ["qemu-aarch64-static", "-L", root, "-E", f"PYTHONPATH={os.pathsep.join(map(str, path))}"]
    words += ["-E", "PYTHONDONTWRITEBYTECODE=1", root / f"usr/bin/python{system.python}", *arguments]
    return run(words, timeout, {**os.environ, "QEMU_CPU": PROCESSOR})


def mirror() -> str:
    """The Debian mirror that this machine's own apt uses."""
    for source in (*Path("/etc/apt/sources.list.d").glob("*.sources"), Path("/etc/apt/sources.list")):
        found = re.search(r"^(?:URIs:|deb)\s.*?(https?://\S+/debian)/?(?:\s|$)", source.read_text(), re.MULTILINE)
        if found:
            return found.group(1)
    return "http://deb.debian.org/debian"


def made(name: str, make: Callable[[Path], None]) -> Path:
    """The cached folder ``name``; built beside its place first, so that what is there is whole."""
    folder = cache() / name
    if not folder.is_dir():
        building = folder.with_suffix(".new")
        shutil.rmtree(building, ignore_errors=True)
        building.parent.mkdir(parents=True, exist_ok=True)
        make(building)
        building.rename(folder)
    return folder


def run(words: Sequence[object], timeout: float, environment: dict[str, str] | None = None) -> str:
    """Run a command; its output is in the error if it fails."""
    done = subprocess.run(
        [str(word) for word in words],
        check=False,
        timeout=timeout,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        raise AssertionError(f"{words[0]}: exit status {done.returncode}\n{done.stdout[-3000:]}")
    return done.stdout
