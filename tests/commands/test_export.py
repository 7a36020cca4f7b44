"""`export`, and that docs/mobile.md says the truth about it and about the delegates."""

import json
import re
import sys
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from installation.cli import main
from installation.collection import Collection
from installation.network.canvas import plain_canvas
from installation.network.graph import FLOAT32, INT4
from installation.network.operators import OPERATORS
from installation.network.runtime import Choice, InferenceSession, runtimes
from installation.network.tflite import NetworkFile
from installation.server.onnx_graph import onnx_model
from tests.commands.delegates import DELEGATES, Delegate
from tests.pictures import read_picture

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs" / "mobile.md"
PHOTO = REPOSITORY / "installation" / "training" / "photos" / "astronaut.webp"

pytestmark = pytest.mark.usefixtures("process_state")


@pytest.fixture(scope="module")
def collection():
    return Collection.load()


@pytest.fixture(scope="module")
def file(collection):
    return NetworkFile.load(collection.network_path)


@pytest.fixture
def exported(tmp_path, capsys):
    def export(*options: str) -> Path:
        assert main(["export", "tflite", "-o", str(tmp_path / "app"), *options]) == 0
        capsys.readouterr()
        return tmp_path / "app"

    return export


def picture_of(network: NetworkFile, weights, vector):
    """What the first runtime paints of a photo, on the plain canvas."""
    runtime = runtimes()[0]
    session = InferenceSession(network, Choice(runtime.name, runtime.version, weights, 1), (256, 256))
    photo = np.asarray(read_picture(PHOTO).convert("RGB").resize((256, 256)), np.uint8)
    picture = np.empty_like(photo)
    session.run(photo, vector, picture)
    return picture


def test_int8_is_the_same_network_with_no_int4_left(exported, file, collection):
    data = (exported() / "network.tflite").read_bytes()
    assert data == file.int8()
    assert len(data) > len(file.data)


def test_int4_is_the_file_as_shipped(exported, file):
    assert (exported("--weights", "int4") / "network.tflite").read_bytes() == file.data


def test_int8_paints_as_int4_does(file, collection):
    vector = collection[collection.names[0]].vector
    four, eight = (picture_of(file, weights, vector).astype(int) for weights in ("int4", "int8"))
    # The built-in kernels, which INT4 needs, round otherwise than XNNPACK.
    assert np.abs(four - eight).mean() <= 2


def test_onnx_is_what_the_server_runs(tmp_path, capsys, file):
    target = tmp_path / "network.onnx"
    assert main(["export", "onnx", "-o", str(target)]) == 0
    assert capsys.readouterr().out == f"{target}\n"
    assert target.read_bytes() == onnx_model(file)


def test_onnx_names_the_extra_that_it_needs(monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "installation.server.onnx_graph", raising=False)
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert main(["export", "onnx"]) == 2
    assert "pip install -e '.[server]'" in capsys.readouterr().err


def test_styles_and_canvas_are_the_collections(exported, file, collection):
    folder = exported()
    styles = json.loads((folder / "styles.json").read_text())
    assert [style["name"] for style in styles] == list(collection.names)
    for style in styles:
        assert np.array_equal(np.array(style["vector"], np.float32), collection[style["name"]].vector)
    canvas = plain_canvas(256, 256, file.canvas)
    assert (folder / "strokes.bin").read_bytes() == canvas.strokes.tobytes()
    if canvas.bristles is not None:
        assert (folder / "bristles.bin").read_bytes() == canvas.bristles.tobytes()


def test_the_page_has_the_numbers_that_an_app_must_feed(file):
    """The table of docs/mobile.md, row by row, from the file and the canvas."""
    canvas = plain_canvas(256, 256, file.canvas)
    rows = [
        "| 0 | frame | uint8 | 1×256×256×3 | red, green, blue, 0 to 255, as they are |",
        f"| 1 | style | float32 | 1×1×1×{file.vector_length} | the style vector |",
        *(
            f"| {place} | {name} | int8 | 1×{'×'.join(map(str, values.shape))} | `{name}.bin`: "
            f"begins {', '.join(map(str, values.ravel()[:6]))}; CRC-32 `{zlib.crc32(values.tobytes()):08x}` |"
            for place, name, values in ((2, "strokes", canvas.strokes), (3, "bristles", canvas.bristles))
            if values is not None
        ),
        "| output 0 | picture | uint8 | 1×256×256×3 | red, green, blue, 0 to 255 |",
    ]
    text = PAGE.read_text()
    missing = [row for row in rows if row not in text]
    assert not missing, "\n".join(missing)
    shapes = [file._graph.tensors[index].shape for index in (*file._graph.inputs, *file._graph.outputs)]
    wanted = [tuple(int(edge) for edge in row.split("|")[4].strip().split("×")) for row in rows]
    assert shapes == wanted, "the order of the inputs"


def test_the_pages_mixing_is_the_collections(collection):
    """The formula on the page, done by hand."""
    assert "photo·(1 − strength) + strength·Σ weight·style" in PAGE.read_text()
    first, second = collection.names[:2]
    by_hand = collection.photo.vector * 0.3 + 0.7 * (0.25 * collection[first].vector + 0.75 * collection[second].vector)
    assert np.allclose(collection.vector({first: 0.25, second: 0.75}, 0.7), by_hand, atol=1e-4)


def kinds(file: NetworkFile) -> Counter[tuple[str, str]]:
    """How often each operator occurs, on floats, on bytes, or between the two."""
    found: Counter[tuple[str, str]] = Counter()
    for step in file._graph.steps:
        values = [file._graph.tensors[step.inputs[0]].type, file._graph.tensors[step.outputs[0]].type]
        floats = sum(kind == FLOAT32 for kind in values)
        found[OPERATORS[step.operator].name, ("bytes", "between", "floats")[floats]] += 1
    return found


def row(delegate: Delegate, found: Counter[tuple[str, str]]) -> str:
    taken = {kind: sum(n for key, n in found.items() if key[1] == kind and delegate.takes(*key)) for kind in KINDS}
    every = {kind: sum(n for key, n in found.items() if key[1] == kind) for kind in KINDS}
    left = sorted({name for name, kind in found if not delegate.takes(name, kind)})
    counts = " | ".join(f"{taken[kind]} of {every[kind]}" for kind in KINDS)
    return f"| {delegate.name} | {counts} | {', '.join(left) or 'nothing'} |"


KINDS = ("floats", "bytes", "between")


@pytest.mark.parametrize("delegate", DELEGATES, ids=lambda delegate: delegate.name)
def test_the_page_says_what_each_delegate_takes(delegate, file):
    expected = row(delegate, kinds(file))
    assert expected in PAGE.read_text(), expected


def test_the_list_of_operators_is_complete(file):
    """An operator that a new network uses must be looked up in every delegate's list."""
    known = set().union(*(delegate.floats | delegate.bytes | delegate.between for delegate in DELEGATES))
    used = {name for name, _ in kinds(file)}
    assert used - known <= {"SPLIT_V", "QUANTIZE", "DEQUANTIZE"}, "look these up in the delegates' lists"
    assert sum(tensor.type == INT4 for tensor in file._graph.tensors) > 0


def test_xnnpack_here_takes_the_int8_form_in_few_parts_and_int4_in_many(file):
    """Not a list but the runtime itself: into how many parts XNNPACK's share of the graph falls."""
    interpreter = pytest.importorskip("ai_edge_litert.interpreter", reason="tflite-runtime has no INT8 XNNPACK")
    parts = {}
    for weights, data in (("int4", file.data), ("int8", file.int8())):
        opened = interpreter.Interpreter(model_content=data, num_threads=1)
        opened.allocate_tensors()
        parts[weights] = sum(op["op_name"] == "DELEGATE" for op in opened._get_ops_details())
    said = re.search(r"in (\d+) parts of the INT8 form and (\d+) of the INT4 form", PAGE.read_text())
    assert said, parts
    assert (int(said[1]), int(said[2])) == (parts["int8"], parts["int4"])
