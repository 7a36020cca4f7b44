"""The writer's files are read by the schema's own reader and run by the runtimes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("flatbuffers")
tflite = pytest.importorskip("tflite")

from installation.training.tflite_writer import Options, Quantization, TfliteWriter, pack_int4  # noqa: E402


@given(st.lists(st.integers(-8, 7), min_size=1, max_size=65))
def test_int4_packs_the_first_value_low(values):
    packed = pack_int4(np.array(values, np.int8))
    assert len(packed) == (len(values) + 1) // 2
    unpacked = [nibble - 16 if nibble > 7 else nibble for byte in packed for nibble in (byte & 15, byte >> 4)]
    assert unpacked[: len(values)] == values


def small_graph(repeats: int) -> bytes:
    writer = TfliteWriter()
    scale = Quantization((0.5,))
    x = first = writer.tensor((1, 4, 4, 2), "int8", scale)
    for _ in range(repeats):
        weight = writer.constant(np.arange(4, dtype=np.int8).reshape(2, 1, 1, 2), "int4", scale)
        bias = writer.constant(np.zeros(2, np.int32), "int32", Quantization((0.25,)))
        y = writer.tensor((1, 4, 4, 2), "int8", scale)
        writer.operator("CONV_2D", [x, weight, bias], [y], Options("Conv2DOptions", ((1, "i32", 1), (2, "i32", 1))))
        x = y
    return writer.finish([first], [x])


def test_the_schema_reads_what_was_written():
    graph = tflite.Model.GetRootAs(small_graph(2)).Subgraphs(0)
    assert graph.OperatorsLength() == 2
    assert graph.InputsAsNumpy().tolist() == [0]
    weight = graph.Tensors(graph.Operators(0).Inputs(1))
    assert weight.ShapeAsNumpy().tolist() == [2, 1, 1, 2]
    assert weight.Type() == tflite.TensorType.INT4
    assert weight.Quantization().Scale(0) == 0.5


def test_equal_buffers_are_stored_once():
    model = tflite.Model.GetRootAs(small_graph(3))
    graph = model.Subgraphs(0)
    assert len({graph.Tensors(graph.Operators(i).Inputs(1)).Buffer() for i in range(3)}) == 1


def test_one_more_operator_costs_little():
    assert len(small_graph(9)) - len(small_graph(8)) <= 64
