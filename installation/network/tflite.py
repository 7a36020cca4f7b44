"""The network file: reads, checks, and unpacks it from INT4 to INT8 in memory."""

import hashlib
import struct
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from installation.errors import NetworkFileError
from installation.files import read_regular
from installation.network.canvas import CanvasLayout
from installation.network.flatbuffer import Malformed
from installation.network.graph import FLOAT32, INT4, INT8, UINT8, Graph, Tensor, read_graph
from installation.network.layers import Layer, find_layers

MAX_BYTES: Final = 17_408
"""Largest network file: 17 KB."""

SIZE: Final = 256
"""Edge of the picture that the file is written for; it also runs at other sizes."""

MAX_VECTOR: Final = 4096

_FRAME: Final = (UINT8, (1, SIZE, SIZE, 3))
_CURE: Final = "copy it again from the collection that was shipped, or export it again"


@dataclass(frozen=True, slots=True)
class NetworkFile:
    """A checked network file.

    ``data`` is the file as stored (INT4 weights), ``sha256`` its hash in hex, ``vector_length`` the number K of values
    in a style vector, ``canvas`` the layout of the canvas, or None for a network that takes none.
    """

    data: bytes = field(repr=False)
    sha256: str
    vector_length: int
    canvas: CanvasLayout | None
    _graph: Graph = field(repr=False, compare=False)

    @classmethod
    def load(cls, path: Path) -> "NetworkFile":
        """Read and check ``path``.

        Raises:
            NetworkFileError: it is missing, unreadable, too large, damaged, or not a network of this project.
        """
        try:
            data = read_regular(path, MAX_BYTES + 1)
        except FileNotFoundError:
            raise NetworkFileError(f"{path}: there is no such network file; {_CURE}") from None
        except OSError as error:
            raise NetworkFileError(
                f"{path}: the network cannot be read ({error.strerror}); check the path and its permissions"
            ) from None
        return cls.parse(data, str(path))

    @classmethod
    def parse(cls, data: bytes, name: str = "network") -> "NetworkFile":
        """Check the bytes of a file; ``name`` is what errors call it.

        Raises:
            NetworkFileError: as for `load`.
        """
        if len(data) > MAX_BYTES:
            raise NetworkFileError(f"{name}: is larger than a network may be ({MAX_BYTES} bytes); {_CURE}")
        try:
            graph = read_graph(data)
            length, layout = _interface(graph)
        except (Malformed, struct.error) as error:
            raise NetworkFileError(f"{name}: is not a network that can be run: {error}; {_CURE}") from None
        return cls(data, hashlib.sha256(data).hexdigest(), length, layout, graph)

    def int8(self) -> bytes:
        """The same network with its INT4 weights unpacked to INT8: the same values, in the form that runs fastest.

        The unpacked values are appended to the file, the buffers' offsets point to them, and the tensors' types are
        changed in place. So everything that the file shares (buffers, shapes, scales, whole tables) stays shared, and
        each buffer is unpacked once.

        Raises:
            NetworkFileError: parts of the file overlap, so that it cannot be changed without damage.
        """
        result = bytearray(self.data)
        for index, tensor in self._packed().items():
            buffer = self._graph.buffers[index]
            packed = np.frombuffer(self.data, np.uint8, buffer.length, buffer.start)
            # A buffer's bytes begin at a multiple of 16, directly after their length.
            result.extend(bytes(-(len(result) + 4) % 16))
            struct.pack_into("<I", result, buffer.offset_address, len(result) - buffer.offset_address)
            result.extend(struct.pack("<I", tensor.values))
            result.extend(unpack_int4(packed, tensor.values).tobytes())
        for tensor in self._graph.tensors:
            if tensor.type == INT4:
                result[tensor.type_address] = INT8
        try:
            read_graph(bytes(result))
        except (Malformed, struct.error) as error:
            raise NetworkFileError(f"the network cannot be unpacked to INT8: {error}; {_CURE}") from None
        return bytes(result)

    def layers(self) -> tuple[Layer, ...]:
        """The AdaIN layers, in the order in which they are computed."""
        return find_layers(self._graph)

    def _packed(self) -> dict[int, Tensor]:
        return {tensor.buffer: tensor for tensor in self._graph.tensors if tensor.type == INT4}


def unpack_int4(packed: NDArray[np.uint8], count: int) -> NDArray[np.int8]:
    """``count`` signed 4-bit values (−8…7) from bytes that hold two each, the first in the low nibble."""
    nibbles = np.empty(packed.size * 2, np.uint8)
    nibbles[0::2] = packed & 0x0F
    nibbles[1::2] = packed >> 4
    # A shift to the top and an arithmetic shift back extend the sign.
    return (nibbles << 4).view(np.int8)[:count] >> 4


def _interface(graph: Graph) -> tuple[int, CanvasLayout | None]:
    """Length of the style vector, and layout of the canvas if there is one."""
    if [(graph.tensors[index].type, graph.tensors[index].shape) for index in graph.outputs] != [_FRAME]:
        raise Malformed(f"its output is not one uint8 picture {list(_FRAME[1])}")
    lengths: list[int] = []
    frames = 0
    layouts: list[CanvasLayout] = []
    bristles = 0
    for tensor in (graph.tensors[index] for index in graph.inputs):
        layout = CanvasLayout.of(tensor.shape[1], SIZE) if len(tensor.shape) == 4 else None
        if (tensor.type, tensor.shape) == _FRAME:
            frames += 1
        elif tensor.type == FLOAT32 and tensor.shape[:-1] == (1, 1, 1) and tensor.shape[3] <= MAX_VECTOR:
            lengths.append(tensor.shape[3])
        elif tensor.type == INT8 and layout is not None and tensor.shape == (1, *layout.shape(SIZE, SIZE)):
            layouts.append(layout)
        elif tensor.type == INT8 and tensor.shape == (1, *CanvasLayout.bristle_shape(SIZE, SIZE)):
            bristles += 1
        else:
            raise Malformed(f"it has an input of the shape {list(tensor.shape)}")
    if frames != 1 or len(lengths) != 1 or len(layouts) > 1 or bristles > len(layouts):
        raise Malformed("its inputs are not a uint8 picture, a float32 style vector and, perhaps, an int8 canvas")
    _check_sharing(graph)
    return lengths[0], replace(layouts[0], bristles=bristles > 0) if layouts else None


def _check_sharing(graph: Graph) -> None:
    """A buffer of INT4 weights may serve several tensors, but only tensors that unpack it to the same values."""
    forms: dict[int, tuple[bool, int]] = {}
    offsets: dict[int, int] = {}
    for tensor in graph.tensors:
        if not tensor.buffer:
            continue
        form = (tensor.type == INT4, tensor.values if tensor.type == INT4 else 0)
        address = graph.buffers[tensor.buffer].offset_address
        if forms.setdefault(address, form) != form or offsets.setdefault(address, tensor.buffer) != tensor.buffer:
            raise Malformed("tensors of different kinds share a buffer")
