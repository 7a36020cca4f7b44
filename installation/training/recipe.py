"""The recipe: which styles, which schedule, which weights; read from ``recipe.toml``."""

import tomllib
from pathlib import Path

import msgspec

from installation.errors import SettingsError
from installation.training.network import Architecture


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long, how large, how fast.

    The first ``early_steps`` have the weights of ``[early]``.
    For the last ``settling`` (a share) of the float32 steps, weights are drawn to the INT4 grid: in the end by
    ``settling_rate`` of their distance to it at each step.
    """

    seed: int
    early_steps: int
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
        """The step before which weights begin to settle on the grid."""
        return round(self.fp32_steps * (1 - self.settling))

    @property
    def steps(self) -> int:
        """All of them."""
        return self.fp32_steps + self.int8_steps + self.int4_steps


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Weight of each loss."""

    content: float
    style: float
    fine: float
    colour: float
    detail: float
    weave: float
    structure: float
    identity: float
    variation: float
    balance: float
    rounding: float
    noise: float
    motion: float
    fidelity: float


class StyleRecipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One painting to learn from; ``likeness`` is how much more than in others the photo counts in the end."""

    name: str
    painting: str
    title: str
    artist: str
    year: str
    likeness: float = 1.0


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that a training run is made of, but for the pictures."""

    architecture: Architecture
    schedule: Schedule
    early: Weights
    weights: Weights
    styles: tuple[StyleRecipe, ...]

    def weights_at(self, step: int) -> Weights:
        """Weights of the losses at a step."""
        return self.early if step < self.schedule.early_steps else self.weights


def load_recipe(path: Path | None = None) -> Recipe:
    """The recipe at ``path``, or the shipped one.

    Raises:
        SettingsError: unreadable, or a key is unknown, missing or of the wrong type.
    """
    path = path or Path(__file__).with_name("recipe.toml")
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Recipe)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(f"{path}: is not a training recipe: {error}") from None
