"""LiteRT.js, which runs the network in a browser: fetched by npm, in the version that ``npm/package-lock.json`` has."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from installation.errors import OutputError, UsageError

_RECIPE: Final = Path(__file__).parent / "npm"
_CORE: Final = Path("node_modules/@litertjs/core")
_UTILITIES: Final = Path("node_modules/@litertjs/wasm-utils/dist/index.js")
_IMPORT: Final = '"@litertjs/wasm-utils"'
VARIANTS: Final = ("", "_compat", "_threaded", "_jspi")
"""For one thread; for browsers without relaxed SIMD; for threads; for WebGPU."""
_SECONDS: Final = 300


def fetch_runtime(folder: Path) -> Path:
    """Have npm install LiteRT.js in ``folder``; return the folder.

    Raises:
        UsageError: npm is missing.
        OutputError: npm fails.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise UsageError(
            "npm is not installed, which fetches the page's runtime, LiteRT.js; install npm, or name a folder in which "
            "it has installed @litertjs/core with --packages DIR"
        )
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(_RECIPE / name, folder / name)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        result = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OutputError(f"npm cannot fetch LiteRT.js ({error}); check the connection and try again") from None
    if result.returncode:
        last = (result.stderr.strip().splitlines() or ["no reason given"])[0]
        raise OutputError(f"npm cannot fetch LiteRT.js ({last[:200]}); check the connection and try again")
    return folder


def runtime_files(folder: Path) -> dict[str, bytes]:
    """The runtime's files by their names beside each other; ``folder`` holds ``node_modules``.

    Raises:
        UsageError: they are not there.
    """
    try:
        # Browsers resolve no package names.
        module = (folder / _CORE / "dist" / "index.js").read_text().replace(_IMPORT, '"./wasm-utils.js"')
        files = {"litert.js": module.encode(), "wasm-utils.js": (folder / _UTILITIES).read_bytes()}
        for variant in VARIANTS:
            for ending in (".js", ".wasm"):
                name = f"litert_wasm{variant}_internal{ending}"
                files[name] = (folder / _CORE / "wasm" / name).read_bytes()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{folder}: holds no complete node_modules/@litertjs/core ({error}); "
            "leave out --packages to have npm fetch it"
        ) from None
    return files
