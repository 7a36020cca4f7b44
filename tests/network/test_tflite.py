import errno
import os
from pathlib import Path

import numpy as np
import pytest
import tflite

from installation.errors import NetworkFileError
from installation.network.canvas import CanvasLayout
from installation.network.flatbuffer import Malformed, Table
from installation.network.graph import INT4, INT8, read_graph
from installation.network.operators import OPERATORS
from installation.network.tflite import MAX_BYTES, NetworkFile, unpack_int4
from installation.training.tflite_writer import Options, Quantization, TfliteWriter, pack_int4
from tests.network.sample import VECTOR, Subject, sample_network


def test_a_good_file(tmp_path: Path) -> None:
    path = tmp_path / "network.tflite"
    path.write_bytes(sample_network())
    file = NetworkFile.load(path)
    assert file.vector_length == VECTOR
    assert file.canvas == CanvasLayout(4, 8)
    assert len(file.sha256) == 64
    assert not NetworkFile.parse(sample_network(canvas=False)).canvas


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(NetworkFileError, match=r"absent\.tflite: there is no such network file; copy it again"):
        NetworkFile.load(tmp_path / "absent.tflite")


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(NetworkFileError, match="cannot be read"):
        NetworkFile.load(tmp_path)


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(NetworkFileError, match=r"cannot be read \(Permission denied\); check the path"):
        NetworkFile.load(tmp_path / "network.tflite")


def test_too_large(tmp_path: Path) -> None:
    path = tmp_path / "network.tflite"
    path.write_bytes(sample_network() + bytes(MAX_BYTES))
    with pytest.raises(NetworkFileError, match="larger than a network may be"):
        NetworkFile.load(path)


@pytest.mark.parametrize("data", [b"", b"TFL3", b"GIF89a" + bytes(500), bytes(4) + b"TFL3" + bytes(500)])
def test_not_a_network(data: bytes) -> None:
    with pytest.raises(NetworkFileError, match=r"photo\.gif: is not a network that can be run: .*; copy it again"):
        NetworkFile.parse(data, "photo.gif")


@pytest.mark.parametrize("inputs", [(), ("frame",), ("style",), ("frame", "style", "style"), ("frame", "style", "odd")])
def test_wrong_inputs(inputs: tuple[str, ...]) -> None:
    writer = TfliteWriter()
    picture = Quantization((1 / 255,))
    make = {
        "frame": lambda: writer.tensor((1, 256, 256, 3), "uint8", picture),
        "style": lambda: writer.tensor((1, 1, 1, 8)),
        "odd": lambda: writer.tensor((1, 64, 60, 2), "int8", picture),
    }
    indices = [make[name]() for name in inputs]
    source = indices[0] if inputs[:1] == ("frame",) else writer.constant(np.zeros((1, 8, 8, 3), np.float32), "float32")
    out = writer.tensor((1, 256, 256, 3), "uint8", picture)
    writer.operator("QUANTIZE", [source], [out])
    with pytest.raises(NetworkFileError, match="input"):
        NetworkFile.parse(writer.finish(indices, [out]))


@pytest.mark.parametrize(("shape", "dtype"), [((1, 128, 128, 3), "uint8"), ((1, 256, 256, 3), "float32")])
def test_wrong_output(shape: tuple[int, ...], dtype: str) -> None:
    writer = TfliteWriter()
    frame, style = writer.tensor((1, 256, 256, 3), "uint8", Quantization((1.0,))), writer.tensor((1, 1, 1, 8))
    out = writer.tensor(shape, dtype)  # type: ignore[arg-type]
    writer.operator("DEQUANTIZE", [frame], [out])
    with pytest.raises(NetworkFileError, match="output is not one uint8 picture"):
        NetworkFile.parse(writer.finish([frame, style], [out]))


def test_int4_beside_float_activations_is_refused() -> None:
    writer = TfliteWriter()
    real = writer.tensor((1, 8, 8, 4))
    weights = writer.constant(np.ones((4, 1, 1, 4), np.int8), "int4", Quantization((0.1,)))
    bias = writer.constant(np.zeros(4, np.float32), "float32")
    out = writer.tensor((1, 8, 8, 4))
    writer.operator("CONV_2D", [real, weights, bias], [out], Options("Conv2DOptions", ((1, "i32", 1), (2, "i32", 1))))
    with pytest.raises(Malformed, match="INT4"):
        read_graph(writer.finish([real], [out]))


@pytest.mark.parametrize("fields", [(), ((1, "i32", 0), (2, "i32", 1)), ((1, "i32", -1), (2, "i32", 1))])
def test_a_stride_that_crashes_runtimes_is_refused(fields: tuple[tuple[int, str, int], ...]) -> None:
    writer = TfliteWriter()
    x, out = (writer.tensor((1, 8, 8, 4), "int8", Quantization((0.1,))) for _ in range(2))
    weights = writer.constant(np.ones((4, 1, 1, 4), np.int8), "int4", Quantization((0.1,)))
    bias = writer.constant(np.zeros(4, np.int32), "int32")
    writer.operator("CONV_2D", [x, weights, bias], [out], Options("Conv2DOptions", fields))
    with pytest.raises(Malformed, match="out of range"):
        read_graph(writer.finish([x], [out]))


@pytest.mark.parametrize("count", [0, 1, 7, 8, 255])
def test_unpacking_is_the_inverse_of_packing(count: int) -> None:
    values = np.random.default_rng(count).integers(-8, 8, count).astype(np.int8)
    assert np.array_equal(unpack_int4(np.frombuffer(pack_int4(values), np.uint8), count), values)


def test_int8_holds_the_same_numbers(subject: Subject) -> None:
    unpacked = subject.file.int8()
    before, after = read_graph(subject.file.data), read_graph(unpacked)
    assert after.inputs == before.inputs
    assert after.outputs == before.outputs
    starts: dict[int, int] = {}
    seen = 0
    for old, new in zip(before.tensors, after.tensors, strict=True):
        assert new.shape == old.shape
        assert new.type == (INT8 if old.type == INT4 else old.type)
        if old.type == INT4:
            seen += 1
            place, packed = after.buffers[new.buffer], before.buffers[old.buffer]
            values = unpack_int4(np.frombuffer(subject.file.data, np.uint8, packed.length, packed.start), old.values)
            assert np.array_equal(np.frombuffer(unpacked, np.int8, place.length, place.start), values)
            assert place.start % 16 == 0
            assert starts.setdefault(new.buffer, place.start) == place.start
    assert seen > len(starts) or seen == len(starts) > 0
    weights = sum(after.buffers[buffer].length for buffer in starts)
    assert len(unpacked) <= len(subject.file.data) + weights + 32 * len(starts), "a shared buffer is unpacked once"


def test_operators_are_those_of_the_schema() -> None:
    unions = {number: name for name, number in vars(tflite.BuiltinOptions).items() if isinstance(number, int)}
    for code, operator in OPERATORS.items():
        assert getattr(tflite.BuiltinOperator, operator.name) == code
        if operator.union:
            squeezed = operator.name.replace("_", "").lower().replace("2d", "")
            known_as = {"averagepool": "pool", "maxpool": "pool", "mean": "reducer", "maximum": "maximumminimum"}
            known_as |= {"minimum": "maximumminimum"}
            union = unions[operator.union].removesuffix("Options").lower().replace("2d", "")
            assert union == known_as.get(squeezed, squeezed)


def test_unknown_fields_are_refused() -> None:
    data = sample_network()
    with pytest.raises(Malformed, match="do not use"):
        Table(data, int.from_bytes(data[:4], "little"), frozenset({0}))
