"""The training recipe: architecture, schedule, weights of the losses and styles, read from ``recipe.toml``."""

import tomllib
from pathlib import Path

import msgspec

from installation.errors import SettingsError
from installation.training.network import Architecture


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Steps of each stage, size of the batches, and learning rates.

    ``size`` is the edge of the photos in pixels, ``batch`` their number in each step. In the last ``settling`` (a
    share, 0…1) of the float32 steps, the trainer moves the network's weights towards the INT4 grid, at the end by
    ``settling_rate`` of their distance at each step. ``tuning_rate`` is the learning rate of the INT8 and INT4 stages;
    ``style_rate`` is the factor of the style vectors' learning rate.
    """

    seed: int
    fp32_steps: int
    int8_steps: int
    int4_steps: int
    size: int
    batch: int
    learning_rate: float
    settling: float
    settling_rate: float
    tuning_rate: float
    style_rate: float

    @property
    def settling_start(self) -> int:
        """The number of steps after which weights begin to move towards the INT4 grid."""
        return round(self.fp32_steps * (1 - self.settling))

    @property
    def steps(self) -> int:
        """The number of all steps."""
        return self.fp32_steps + self.int8_steps + self.int4_steps


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The weight of each loss."""

    content: float
    style: float
    fine: float
    colour: float
    detail: float
    weave: float
    structure: float
    form: float
    across: float
    along: float
    outlines: float
    tint: float
    reversal: float
    identity: float
    variation: float
    balance: float
    rounding: float
    noise: float
    motion: float
    fidelity: float


class StyleRecipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A style, its painting and the text of its label.

    ``likeness`` is a factor of the losses that compare the picture with the photo; 1.0 is as in the other styles. It
    applies when the style vector is fitted once more after training.
    """

    name: str
    painting: str
    title: str
    artist: str
    year: str
    likeness: float = 1.0


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that defines a training run, except the pictures."""

    architecture: Architecture
    schedule: Schedule
    weights: Weights
    styles: tuple[StyleRecipe, ...]


def load_recipe(path: Path | None = None) -> Recipe:
    """Load the recipe at ``path``; without a path, the shipped one.

    Raises:
        SettingsError: the file is unreadable, or a key is unknown, missing or of the wrong type.
    """
    path = path or Path(__file__).with_name("recipe.toml")
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Recipe)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(f"{path}: is not a training recipe: {error}") from None
