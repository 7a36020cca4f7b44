"""The network for ONNX Runtime paints what the file paints, at any size."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnxruntime = pytest.importorskip("onnxruntime", reason="torch environment only: onnxruntime is not installed")
pytest.importorskip("onnx", reason="torch environment only: onnx is not installed")

from installation.collection import Collection  # noqa: E402
from installation.network.runtime import Choice, runtimes  # noqa: E402
from installation.network.tflite import NetworkFile  # noqa: E402
from installation.painter.canvas import StrokeCanvas  # noqa: E402
from installation.painter.stylizer import Stylizer  # noqa: E402
from installation.training.onnx_export import write_onnx  # noqa: E402
from installation.training.tflite_import import read_network  # noqa: E402


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    path = tmp_path_factory.mktemp("onnx") / "network.onnx"
    write_onnx(read_network(Collection.load().network_path), path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("size", [256])
def test_both_runtimes_paint_alike(session, size):
    collection = Collection.load()
    file, runtime = NetworkFile.load(collection.network_path), runtimes()[0]
    stylizer = Stylizer(file, Choice(runtime.name, runtime.version, "int4", 1), size, directed=False)
    cells = np.random.default_rng(0).integers(0, 256, (size // 32, size // 32, 3), dtype=np.uint8)
    frame = np.ascontiguousarray(np.kron(cells, np.ones((32, 32, 1), np.uint8)))
    assert file.canvas is not None
    canvas = StrokeCanvas(size, size, file.canvas, directed=False).lay(frame)
    assert canvas.bristles is not None
    strokes, bristles = ((part.astype(int) + 128).astype(np.uint8) for part in (canvas.strokes, canvas.bristles))
    for name in collection.names[::6]:
        vector = collection[name].vector
        feed = {
            "frame": frame[None],
            "style": vector[None, None, None],
            "strokes": strokes[None],
            "bristles": bristles[None],
        }
        (picture,) = session.run(None, feed)
        assert picture.shape == (1, size, size, 3)
        # The runtimes round ties differently, and AdaIN amplifies that a little.
        assert np.abs(picture[0].astype(float) - stylizer.paint(frame, vector)).mean() < 6
