"""`export browser`: what it writes, and what it says when something is missing."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

import installation.browser
from installation.browser.network_form import browser_network
from installation.browser.runtime_package import VARIANTS, fetch_runtime
from installation.browser.site_writer import write_site
from installation.browser.tables import tables
from installation.cli import main
from installation.collection import Collection
from installation.errors import NetworkFileError, OutputError
from installation.network.canvas import CanvasLayout
from installation.network.runtime import Choice, InferenceSession, runtimes
from installation.network.tflite import NetworkFile
from installation.painter.canvas import StrokeCanvas
from tests.browser.scenes import photos

SITE = Path(installation.browser.__file__).parent / "site"


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A folder as npm leaves it, with files that are no runtime."""
    core, utilities = (tmp_path / "node_modules" / "@litertjs" / name for name in ("core", "wasm-utils"))
    for folder in (core / "dist", core / "wasm", utilities / "dist"):
        folder.mkdir(parents=True)
    (core / "dist" / "index.js").write_text('import { createWasmLib } from "@litertjs/wasm-utils";\n')
    (utilities / "dist" / "index.js").write_text("// utilities\n")
    for variant in VARIANTS:
        for ending in ("js", "wasm"):
            (core / "wasm" / f"litert_wasm{variant}_internal.{ending}").write_text("runtime")
    return tmp_path


def test_the_networks_browser_form_paints_the_same_numbers() -> None:
    collection = Collection.load()
    file = NetworkFile.load(collection.network_path)
    height, width = 96, 160
    photo = photos(height, width)[0]
    assert file.canvas is not None
    canvas = StrokeCanvas(height, width, file.canvas).lay(photo)
    vector = collection[collection.names[0]].vector
    runtime = runtimes()[0]
    session = InferenceSession(file, Choice(runtime.name, runtime.version, "int8", 1), (height, width))
    session.lay(canvas)
    expected = np.empty_like(photo)
    session.run(photo, vector, expected)

    interpreter = Interpreter(model_content=browser_network(file, (height, width)), num_threads=1)
    interpreter.allocate_tensors()
    details = interpreter.get_input_details()
    assert [detail["dtype"] for detail in details] == [np.uint8, np.float32, np.uint8, np.uint8]
    assert canvas.bristles is not None
    inputs: list[NDArray[Any]] = [
        photo,
        vector,
        canvas.strokes.view(np.uint8) ^ 0x80,
        canvas.bristles.view(np.uint8) ^ 0x80,
    ]
    for detail, values in zip(details, inputs, strict=True):
        interpreter.set_tensor(detail["index"], values.reshape(detail["shape"]))
    interpreter.invoke()
    output = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]
    assert np.array_equal(output, expected)


def test_the_site_holds_all_that_its_files_name(packages: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    size = write_site(Collection.load(), folder, packages)
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert size == sum(path.stat().st_size for path in written)
    page = (folder / "index.html").read_text()
    for target in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert (folder / target).is_file(), target
    for script in folder.rglob("*.js"):
        for target in re.findall(r'(?:from|import\() ?"(\.[^"]+)"', script.read_text()):
            assert (script.parent / target).is_file(), (script, target)
    styles = json.loads((folder / "collection.json").read_text())
    assert [style["name"] for style in styles] == list(Collection.load().names)
    for name in json.loads((folder / "sizes.json").read_text())["sizes"]:
        assert (folder / "sizes" / f"{name}.tflite").is_file()
        assert (folder / "sizes" / f"{name}.bin").is_file()


def test_a_browser_keeps_all_but_the_runtimes_variants(packages: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    write_site(Collection.load(), folder, packages)
    release = json.loads((folder / "release.js").read_text().partition("const RELEASE = ")[2].rstrip(";\n"))
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    kept = set(release["files"])
    assert "./" in kept
    left_out = written - kept
    assert left_out == {"sw.js", "release.js", "_headers"} | {
        f"engine/litert_wasm{variant}_internal.{ending}" for variant in VARIANTS for ending in ("js", "wasm")
    }
    assert kept - written == {"./"}
    headers = release["headers"]
    assert headers["Content-Security-Policy"].endswith("; frame-ancestors 'none'")
    assert (headers["Cross-Origin-Opener-Policy"], headers["Cross-Origin-Embedder-Policy"]) == (
        "same-origin",
        "require-corp",
    )
    for name, value in headers.items():
        assert f"  {name}: {value}\n" in (folder / "_headers").read_text()
    # Another network is another version: browsers that keep the site fetch all of it anew.
    (packages / "node_modules" / "@litertjs" / "wasm-utils" / "dist" / "index.js").write_text("// changed\n")
    write_site(Collection.load(), folder, packages)
    assert release["version"] not in (folder / "release.js").read_text()


def test_without_npm_one_sentence_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert main(["export", "browser", "-o", str(tmp_path / "site")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "npm is not installed" in line
    assert "--packages" in line
    assert not (tmp_path / "site").exists()


def test_a_folder_without_the_runtime_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "browser", "-o", str(tmp_path / "site"), "--packages", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "@litertjs/core" in line


def test_what_npm_says_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'npm error network is away' >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _: str(npm))
    with pytest.raises(OutputError, match="network is away"):
        fetch_runtime(tmp_path)


def test_a_canvas_of_another_grid_is_refused() -> None:
    with pytest.raises(NetworkFileError, match="cannot lay the canvas"):
        tables((1024, 1024), CanvasLayout(4, 28, True))


@pytest.mark.parametrize("path", [*SITE.rglob("*.js"), *SITE.rglob("*.css")], ids=lambda path: path.name)
def test_the_sites_own_files_fetch_nothing_from_elsewhere_and_parse_no_text(path: Path) -> None:
    code = path.read_text()
    assert not re.search(r"https?://|//[a-z0-9-]+\.[a-z]|@import|url\(", code)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", code)


def test_the_policy_allows_this_host_only_and_no_uploads() -> None:
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', (SITE / "index.html").read_text())
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules.pop("default-src") == "'none'"
    assert rules.pop("media-src") == "blob:"
    assert rules.pop("script-src") == "'self' 'wasm-unsafe-eval'"
    assert set(rules.values()) <= {"'self'", "'none'"}
    assert rules["form-action"] == "'none'"


def test_four_languages_say_everything() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    languages = words(node)
    known = set(languages["en"])
    for language, sentences in languages.items():
        assert set(sentences) == known, language
        assert all(sentences.values()), language
        for key, sentence in sentences.items():
            if isinstance(sentence, str):
                assert re.findall(r"\{\w+\}", sentence) == re.findall(r"\{\w+\}", languages["en"][key]), (language, key)
    html = (SITE / "index.html").read_text()
    code = (SITE / "main.js").read_text()
    assert {"noCamera", "badFile", "liveHere", "photoShown"} <= known
    used = set(re.findall(r'data-(?:word|label)="(\w+)"', html)) | set(re.findall(r'\.(?:say|tell)\("(\w+)"', code))
    assert used <= known


def words(node: str) -> dict[str, dict[str, str]]:
    visitor_page = SITE.parents[1] / "control" / "web" / "page" / "words.js"
    code = f"{visitor_page.read_text()}\n{(SITE / 'words-here.js').read_text()}\nconsole.log(JSON.stringify(WORDS))"
    answer: dict[str, dict[str, str]] = json.loads(
        subprocess.run([node, "-e", code], capture_output=True, text=True, check=True).stdout
    )
    return answer
