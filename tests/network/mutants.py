"""Networks as an attacker would make them: well-formed graphs of which some parts are changed, added or taken out."""

import random
from dataclasses import replace
from typing import Any

import numpy as np
from tflite import BuiltinOperator, BuiltinOptions

from installation.network.operators import OPERATORS, Operator
from installation.training.tflite_writer import Options, Quantization, TfliteWriter
from tests.network.sample import build_sample

_UNIONS = {value: name for name, value in vars(BuiltinOptions).items() if isinstance(value, int)}
_NAMES = {value: name for name, value in vars(BuiltinOperator).items() if isinstance(value, int)}
_SCALES = (1e-12, 1e-9, 1e-6, 1e-3, 0.5, 1.0, 100.0, 1e4, 1e6)


def mutant(seed: int) -> bytes:
    """A file with one to four changes; the same for the same seed. Most are no network any more."""
    return build_sample(_MutatingWriter(random.Random(seed)), seed % 7)


class _MutatingWriter(TfliteWriter):
    def __init__(self, rng: random.Random) -> None:
        super().__init__()
        self._rng = rng

    def finish(self, inputs: Any, outputs: Any) -> bytes:
        changes = (self._scale, self._scale, self._zero, self._shape, self._option, self._kind, self._input,
                   self._insert, self._insert, self._insert, self._values, self._swap, self._drop)  # fmt: skip
        for _ in range(self._rng.randint(1, 4)):
            self._rng.choice(changes)()
        return super().finish(inputs, outputs)

    def _any_tensor(self) -> int:
        return self._rng.randrange(len(self._tensors))

    def _scale(self) -> None:
        index = self._any_tensor()
        quantization = self._tensors[index].quantization
        if quantization is None:
            return
        factor = 10.0 ** self._rng.uniform(-9, 9)
        one = self._rng.choice(_SCALES)
        scales = tuple(scale * factor if self._rng.random() < 0.5 else one for scale in quantization.scales)
        self._set(index, quantization=replace(quantization, scales=scales))

    def _zero(self) -> None:
        index = self._any_tensor()
        quantization = self._tensors[index].quantization
        if quantization is not None:
            self._set(
                index, quantization=replace(quantization, zero_point=self._rng.choice((-128, -1, 0, 1, 127, 255)))
            )

    def _shape(self) -> None:
        index = self._any_tensor()
        shape = list(self._tensors[index].shape)
        if not shape or self._rng.random() < 0.1:
            shape = [1] * self._rng.randint(0, 5)
        else:
            place = self._rng.randrange(len(shape))
            shape[place] = max(1, self._rng.choice((shape[place] * 2, shape[place] // 2, shape[place] + 1, 1, 3)))
        self._set(index, shape=tuple(shape))

    def _option(self) -> None:
        index = self._rng.randrange(len(self._operators))
        operator = self._operators[index]
        kind = OPERATORS[operator.code]
        if kind.options:
            fields = _options(kind, self._rng)
            kept = tuple(self._rng.choice(pair) for pair in zip(fields, _padded(operator.options, fields), strict=True))
            self._operators[index] = replace(operator, options=Options(_UNIONS[kind.union], kept))

    def _kind(self) -> None:
        index = self._rng.randrange(len(self._operators))
        operator = self._operators[index]
        code, kind = self._rng.choice(list(OPERATORS.items()))
        if kind.inputs[0] <= len(operator.inputs) <= kind.inputs[1]:
            options = Options(_UNIONS[kind.union], _options(kind, self._rng)) if kind.union else None
            self._operators[index] = replace(operator, code=code, options=options)

    def _input(self) -> None:
        index = self._rng.randrange(len(self._operators))
        operator = self._operators[index]
        if operator.inputs:
            inputs = list(operator.inputs)
            inputs[self._rng.randrange(len(inputs))] = self._any_tensor()
            self._operators[index] = replace(operator, inputs=tuple(inputs))

    def _insert(self) -> None:
        """Put an operator between two others."""
        index = self._rng.randrange(len(self._operators))
        reader = self._operators[index]
        if not reader.inputs:
            return
        place = self._rng.randrange(len(reader.inputs))
        source = self._tensors[reader.inputs[place]]
        code, kind = self._rng.choice(list(OPERATORS.items()))
        shape = _stretched(source.shape, self._rng)
        between = self.tensor(
            shape,
            source.dtype,
            source.quantization if self._rng.random() < 0.8 else Quantization((self._rng.choice(_SCALES),)),
        )
        inputs = [reader.inputs[place]]
        arguments = {at: (low, high) for at, low, high in kind.arguments}
        for at in range(1, self._rng.randint(*kind.inputs)):
            if at in arguments:
                inputs.append(self._argument(kind, *arguments[at], len(source.shape)))
            else:
                inputs.append(inputs[0] if self._rng.random() < 0.5 else self._any_tensor())
        if 0 in arguments:
            inputs = [self._argument(kind, *arguments[0], len(source.shape)), reader.inputs[place]]
        options = Options(_UNIONS[kind.union], _options(kind, self._rng)) if kind.union else None
        self.operator(_NAMES[code], inputs, [between], options)
        self._operators.insert(index, self._operators.pop())
        changed = list(reader.inputs)
        changed[place] = between
        self._operators[index + 1] = replace(reader, inputs=tuple(changed))

    def _argument(self, kind: Operator, low: int, high: int, rank: int) -> int:
        shape = {"PAD": (rank, 2), "MIRROR_PAD": (rank, 2), "SPLIT": ()}.get(kind.name, (rank,))
        if kind.name.startswith("RESIZE"):
            shape = (2,)
        values = [
            self._rng.randint(max(low, -4), min(high, self._rng.choice((1, 4, 64, 1024))))
            for _ in range(int(np.prod(shape)))
        ]
        return self.constant(np.array(values, np.int32).reshape(shape), "int32")

    def _values(self) -> None:
        constants = [index for index, tensor in enumerate(self._tensors) if tensor.buffer]
        index = self._rng.choice(constants)
        tensor = self._tensors[index]
        old = next(data for data, number in self._buffers.items() if number == tensor.buffer)
        new = bytearray(old)
        if tensor.dtype == "int32":
            numbers = np.frombuffer(old, np.int32).copy()
            numbers[self._rng.randrange(numbers.size)] = self._rng.choice((-(2**31), -5, -1, 0, 1, 2, 5, 64, 2**31 - 1))
            new = bytearray(numbers.tobytes())
        else:
            new[self._rng.randrange(len(new))] ^= 1 << self._rng.randrange(8)
        if bytes(new) not in self._buffers:
            self._buffers = {bytes(new) if data == old else data: number for data, number in self._buffers.items()}

    def _swap(self) -> None:
        one, other = (self._rng.randrange(len(self._operators)) for _ in range(2))
        self._operators[one], self._operators[other] = self._operators[other], self._operators[one]

    def _drop(self) -> None:
        operator = self._operators.pop(self._rng.randrange(len(self._operators)))
        if operator.inputs and operator.outputs:
            swapped = {operator.outputs[0]: operator.inputs[0]}
            self._operators = [
                replace(one, inputs=tuple(swapped.get(index, index) for index in one.inputs)) for one in self._operators
            ]

    def _set(self, index: int, **changes: Any) -> None:
        self._tensors[index] = replace(self._tensors[index], **changes)


def _options(kind: Operator, rng: random.Random) -> tuple[tuple[int, str, int], ...]:
    fields = []
    for slot, option in kind.options:
        value = rng.choice((option.default, option.low, option.high, rng.randint(option.low, option.high)))
        name = {"bool": "u8", "f32": "u32"}.get(option.kind, option.kind)
        fields.append((slot, name, max(value, 0) if name == "u32" else value))
    return tuple(fields)


def _padded(options: Options | None, fields: tuple[tuple[int, str, int], ...]) -> tuple[tuple[int, str, int], ...]:
    known = {field[0]: field for field in (options.fields if options else ())}
    return tuple(known.get(field[0], field) for field in fields)


def _stretched(shape: tuple[int, ...], rng: random.Random) -> tuple[int, ...]:
    """A shape that an operator might make of another."""
    if len(shape) != 4 or rng.random() < 0.4:
        return shape
    factor = rng.choice((1, 2, 4))
    n, height, width, channels = shape
    return rng.choice(
        (
            (n, height * factor, width * factor, channels),
            (n, max(1, height // factor), max(1, width // factor), channels),
            (n, height * factor, width * factor, max(1, channels // factor**2)),
            (n, max(1, height // factor), max(1, width // factor), channels * factor**2),
            (n, height + factor, width + factor, channels),
            (n, 1, 1, channels),
        )
    )
