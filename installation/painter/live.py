"""Paints frames, and tolerates a network that fails for a moment."""

import logging
import time

from installation.collection import Collection, paint_of
from installation.errors import NetworkFileError
from installation.fault_log import FaultLog
from installation.frame import PictureSize, Pixels
from installation.network.tflite import NetworkFile
from installation.painter.denoise import Denoiser
from installation.painter.plain import uncover
from installation.painter.stylizer import Stylizer
from installation.show.director import Scene

FAILURES_IN_A_ROW = 10
"""Failures in a row after which the daemon ends, to be restarted."""

logger = logging.getLogger(__name__)


class LivePainter:
    """Frame → denoiser → network, with the style vector of the scene; keeps the last good picture.

    It ignores frames of another size than its stylizer's: after a change of size the camera needs a moment to follow.
    """

    def __init__(
        self,
        collection: Collection,
        file: NetworkFile,
        stylizer: Stylizer,
        denoiser: Denoiser,
    ) -> None:
        self.collection = collection
        self.file = file
        self.stylizer = stylizer
        self._denoiser = denoiser
        self._next: tuple[Stylizer, Denoiser] | None = None
        self._vector = collection.photo.vector.copy()
        self._failed_in_a_row = 0
        self._faults = FaultLog(logger, "painting")
        self.picture: Pixels | None = None
        """The last good picture; valid until the `paint` after the next one."""
        self.seconds = 0.0
        """Seconds that the network took for it, its canvas included."""
        self.stages = {"denoise": 0.0, "canvas": 0.0, "network": 0.0}
        """Seconds that each stage took for it."""
        self.failures = 0

    @property
    def size(self) -> PictureSize:
        """Height and width of the coming pictures."""
        stylizer = self._next[0] if self._next else self.stylizer
        return stylizer.height, stylizer.width

    @property
    def changing(self) -> bool:
        """Whether a stylizer of another size waits for its first frame."""
        return self._next is not None

    def prepare(self, stylizer: Stylizer) -> None:
        """Change to a stylizer of another size with the first frame of that size."""
        size = stylizer.height, stylizer.width
        self._next = stylizer, self._denoiser.resized(size)

    def paint(self, pixels: Pixels, scene: Scene) -> bool:
        """Paint one frame into `picture`; False when that failed and the last good picture stays.

        Raises:
            NetworkFileError: it failed ten times in a row.
        """
        if self._next is not None and pixels.shape[:2] == self.size:
            (self.stylizer, self._denoiser), self._next = self._next, None
        if pixels.shape[:2] != (self.stylizer.height, self.stylizer.width):
            return False
        began = time.perf_counter()
        try:
            vector = self.collection.vector(scene.mix, scene.strength, self._vector)
            smooth = self._denoiser.apply(pixels)
            start = time.perf_counter()
            picture = self.stylizer.paint(smooth, vector)
            uncover(picture, smooth, paint_of(scene.mix, scene.strength))
            self.picture = picture
        except Exception as error:  # whatever the runtime raises, the visitor keeps seeing a picture
            self.failures += 1
            self._failed_in_a_row += 1
            self._faults.fault(f"a frame could not be painted: {error}")
            if self._failed_in_a_row >= FAILURES_IN_A_ROW:
                raise NetworkFileError(
                    f"the network failed {FAILURES_IN_A_ROW} times in a row ({error}); check it with 'bench'"
                ) from error
            return False
        self.seconds = time.perf_counter() - start
        canvas = self.stylizer.canvas_seconds
        self.stages["denoise"] = start - began
        self.stages["canvas"], self.stages["network"] = canvas, self.seconds - canvas
        self._failed_in_a_row = 0
        self._faults.fine()
        return True

    def replace(self, collection: Collection, file: NetworkFile, stylizer: Stylizer) -> None:
        """Use another collection and its network."""
        self.collection = collection
        self.file = file
        if (stylizer.height, stylizer.width) != (self.stylizer.height, self.stylizer.width):
            self._denoiser = self._denoiser.resized((stylizer.height, stylizer.width))
        self.stylizer, self._next = stylizer, None
        self._vector = collection.photo.vector.copy()
