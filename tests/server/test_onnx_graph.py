"""The ONNX form paints what the TFLite file paints, in batches too."""

import numpy as np
import onnx
import onnxruntime
import pytest

from installation.network.runtime import Choice, InferenceSession, runtimes
from installation.network.tflite import NetworkFile
from installation.painter.canvas import StrokeCanvas
from installation.server.onnx_graph import onnx_model
from tests.server.conftest import alike, pixels


@pytest.fixture(scope="module")
def file(collection):
    return NetworkFile.load(collection.network_path)


@pytest.fixture(scope="module")
def session(file):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(onnx_model(file), options, providers=["CPUExecutionProvider"])


def shifted(values):
    return (values.astype(np.int16) + 128).astype(np.uint8)


@pytest.mark.parametrize("size", [(256, 256), (192, 336), (64, 512)])
def test_it_equals_the_tflite_file(file, session, collection, size):
    height, width = size
    photo = pixels(width, height)
    canvas = StrokeCanvas(height, width, file.canvas).lay(photo)
    [runtime] = [known for known in runtimes() if known.name == "litert"] or runtimes()[:1]
    tflite = InferenceSession(file, Choice(runtime.name, runtime.version, "int8", 1), size)
    tflite.lay(canvas)
    for name in collection.names:
        vector = collection[name].vector
        expected = np.empty_like(photo)
        tflite.run(photo, vector, expected)
        feed = {"frame": photo[None], "style": vector[None, None, None], "strokes": shifted(canvas.strokes)[None]}
        if canvas.bristles is not None:
            feed["bristles"] = shifted(canvas.bristles)[None]
        [[picture]] = session.run(None, feed)
        difference = np.abs(picture.astype(int) - expected)
        # They round halves differently, and AdaIN may amplify that.
        assert difference.mean() < 0.5, name
        assert np.percentile(difference, 99) <= 2, name
        assert difference.max() <= 16, name


def test_a_batch_paints_each_picture_as_alone(file, session, collection):
    rng = np.random.default_rng(1)
    photos = [pixels(), pixels()[:, ::-1], rng.integers(0, 256, (256, 256, 3), np.uint8)]
    vectors = [collection[name].vector for name in collection.names[:3]]
    canvas = StrokeCanvas(256, 256, file.canvas)
    feeds = []
    for photo, vector in zip(photos, vectors, strict=True):
        laid = canvas.lay(np.ascontiguousarray(photo))
        feed = {"frame": photo, "style": vector[None, None], "strokes": shifted(laid.strokes)}
        feeds.append(feed | ({} if laid.bristles is None else {"bristles": shifted(laid.bristles)}))
    [together] = session.run(None, {name: np.stack([feed[name] for feed in feeds]) for name in feeds[0]})
    for feed, picture in zip(feeds, together, strict=True):
        [[alone]] = session.run(None, {name: value[None] for name, value in feed.items()})
        assert alike(alone, picture)


def test_it_is_small_and_sound(file):
    data = onnx_model(file)
    onnx.checker.check_model(onnx.load_from_string(data), full_check=True)
    assert len(data) < 64 * 1024


def test_it_is_the_same_every_time(file):
    assert onnx_model(file) == onnx_model(file)
