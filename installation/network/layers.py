"""Finds the AdaIN layers in a network: the tensor that each normalises, and its part of the style vector.

A layer computes ``(x − μ) · clamp(scale / σ, −1, 1) + shift`` with the μ and σ of the current picture. A different
scale and shift give the result that another picture's μ and σ would give: so a tile of a large picture is painted with
the statistics of the whole picture (`Layer.borrowed`).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from installation.network.graph import Graph, Step
from installation.network.operators import ADD, DIV, MUL, SPLITS, SQRT, SUB

Statistics = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Mean and deviation of each channel of one layer."""
_LEAST = 1e-6
"""Deviation assumed for a constant channel; any value works."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One AdaIN layer: the tensor with the features that it normalises, its parts of the style vector."""

    features: int
    scale: slice
    shift: slice

    def statistics(self, value: Callable[[int], NDArray[Any]]) -> Statistics:
        """Mean and deviation that the layer normalised with; ``value`` gives a tensor's values.

        They are computed from the features, because tflite-runtime overwrites its own in place.
        """
        features = value(self.features)
        mean, deviation = features.mean((0, 1, 2), dtype=np.float64), features.std((0, 1, 2), dtype=np.float64)
        return mean.astype(np.float32), np.maximum(deviation, _LEAST).astype(np.float32)

    def borrowed(self, vector: NDArray[np.float32], own: Statistics, whole: Statistics) -> Statistics:
        """Scale and shift that paint a picture with statistics ``own`` as ``vector`` does with those of ``whole``."""
        gain = np.clip(vector[self.scale] / whole[1], -1, 1)
        return gain * own[1], vector[self.shift] + (own[0] - whole[0]) * gain


def find_layers(graph: Graph) -> tuple[Layer, ...]:
    """The AdaIN layers in the order of computation; empty where the network builds them differently."""
    by_output = {output: step for step in graph.steps for output in step.outputs}
    places = _places(graph)
    layers = []
    for step in graph.steps:
        # The scale is divided by the deviation and multiplied to the centred picture; then comes the shift.
        if step.operator != DIV:
            continue
        scale, deviation = step.inputs
        root = by_output.get(deviation)
        if root is None or root.operator != SQRT or scale not in places:
            continue
        scaled = _reader(graph, step.outputs[0], MUL)
        shifted = _reader(graph, scaled.outputs[0], ADD) if scaled else None
        if scaled is None or shifted is None or shifted.inputs[1] not in places:
            continue
        centred = by_output.get(scaled.inputs[0])
        if centred is None or centred.operator != SUB:
            continue
        layer = Layer(centred.inputs[0], places[scale], places[shifted.inputs[1]])
        if _fits(layer, graph.tensors[layer.features].shape):
            layers.append(layer)
    return tuple(layers)


def _fits(layer: Layer, features: tuple[int, ...]) -> bool:
    """Whether each channel has one scale and one shift: a file may say anything."""
    lengths = {part.stop - part.start for part in (layer.scale, layer.shift)}
    return len(features) == 4 and lengths == {features[3]}


def _places(graph: Graph) -> dict[int, slice]:
    """The slice of the style vector that each tensor split from it holds."""
    places = {}
    for step in graph.steps:
        if step.operator in SPLITS and set(step.inputs) & set(graph.inputs):
            start = 0
            for output in step.outputs:
                length = math.prod(graph.tensors[output].shape)
                places[output] = slice(start, start + length)
                start += length
    return places


def _reader(graph: Graph, tensor: int, operator: int) -> Step | None:
    return next((step for step in graph.steps if step.operator == operator and tensor in step.inputs), None)
