"""A souvenir on paper: a real CUPS, on loopback, with a queue that prints PDF files."""

import io
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from installation.errors import OutputError
from installation.mirror.paper import print_on_paper
from tests.control.hub import HOST, free_port, listening, until

DRIVER = Path("/usr/share/ppd/cups-pdf/CUPS-PDF_opt.ppd")
CUPSD = Path("/usr/sbin/cupsd")
PRINTED = Path.home() / "PDF"
"""Where Debian's cups-pdf puts what root prints."""
CONFIG = """\
Listen {host}:{port}
Browsing No
PreserveJobFiles No
PreserveJobHistory No
<Location />
Order allow,deny
Allow localhost
</Location>
<Policy default>
<Limit All>
Order allow,deny
Allow localhost
</Limit>
</Policy>
"""
FILES = """\
ServerRoot {folder}/root
RequestRoot {folder}/spool
CacheDir {folder}/cache
StateDir {folder}/state
TempDir {folder}/temporary
AccessLog {folder}/access
ErrorLog {folder}/error
PageLog {folder}/page
"""

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        os.geteuid() != 0 or not CUPSD.is_file() or not DRIVER.is_file(),
        reason="CUPS with a queue for PDF files (cups, printer-driver-cups-pdf) is not installed, or this is not root",
    ),
]


@pytest.fixture
def spool(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of jobs of a CUPS whose queue is ``foyer``."""
    folder, port = Path(tempfile.mkdtemp()), free_port()
    folder.chmod(0o755)  # filters run as lp
    for name in ("root", "spool", "cache", "state", "temporary"):
        (folder / name).mkdir(mode=0o755)
        shutil.chown(folder / name, "root", "lp")
    (folder / "temporary").chmod(0o1770)
    (folder / "spool").chmod(0o710)
    (folder / "cupsd.conf").write_text(CONFIG.format(host=HOST, port=port))
    (folder / "cups-files.conf").write_text(FILES.format(folder=folder))
    process = subprocess.Popen([CUPSD, "-f", "-c", folder / "cupsd.conf", "-s", folder / "cups-files.conf"])
    try:
        until(lambda: process.poll() is not None or port in listening(process.pid), what="CUPS")
        monkeypatch.setenv("CUPS_SERVER", f"{HOST}:{port}")
        words = ["lpadmin", "-p", "foyer", "-E", "-v", "cups-pdf:/", "-P", str(DRIVER)]
        subprocess.run(words, check=True, capture_output=True)
        yield folder / "spool"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        shutil.rmtree(folder)


def test_a_picture_comes_out_and_no_copy_stays_in_the_queue(spool: Path) -> None:
    buffer = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (144, 256, 3), np.uint8)
    Image.fromarray(noise).resize((2048, 1152)).save(buffer, "JPEG")
    before = set(PRINTED.glob("*.pdf"))
    print_on_paper("foyer", buffer.getvalue())
    paper = until(lambda: set(PRINTED.glob("*.pdf")) - before, 60, "a PDF").pop()
    try:
        until(lambda: b"%%EOF" in paper.read_bytes()[-64:], 60, "all of it")
        assert paper.read_bytes().startswith(b"%PDF")
        assert paper.stat().st_size > 20_000
        until(lambda: not [file for file in spool.iterdir() if file.name.startswith("d")], 60, "an empty queue")
    finally:
        paper.unlink()


def test_a_queue_that_is_not_there(spool: Path) -> None:
    with pytest.raises(
        OutputError, match=r"the print queue nowhere refuses the picture \(.*\); see 'lpstat -p nowhere'"
    ):
        print_on_paper("nowhere", b"\xff\xd8\xff\xd9")
