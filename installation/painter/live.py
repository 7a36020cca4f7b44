"""Paints frames, and puts up with a network that fails for a moment."""

import logging
import time

from installation.collection import Collection
from installation.errors import NetworkFileError
from installation.frame import Pixels
from installation.network.tflite import NetworkFile
from installation.painter.denoise import Denoiser
from installation.painter.stylizer import Stylizer
from installation.show.director import Scene

FAILURES_IN_A_ROW = 10
"""So many, and the daemon ends: a fresh process is the better cure."""

logger = logging.getLogger(__name__)


class LivePainter:
    """Frame → denoiser → network, with the style vector of the scene; keeps the last good picture."""

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
        self._vector = collection.photo.vector.copy()
        self._failed_in_a_row = 0
        self.picture: Pixels | None = None
        """The last good picture; stays as it is until the next but one `paint`."""
        self.seconds = 0.0
        """What the network took for it."""
        self.failures = 0

    def paint(self, pixels: Pixels, scene: Scene) -> bool:
        """Paint one frame into `picture`; False when that failed and the last good one stays.

        Raises:
            NetworkFileError: it failed ten times in a row.
        """
        try:
            vector = self.collection.vector(scene.mix, scene.strength, self._vector)
            smooth = self._denoiser.apply(pixels)
            start = time.perf_counter()
            self.picture = self.stylizer.paint(smooth, vector)
        except Exception as error:  # whatever the runtime raises, the visitor keeps seeing a picture
            self.failures += 1
            self._failed_in_a_row += 1
            logger.warning("a frame could not be painted: %s", error)
            if self._failed_in_a_row >= FAILURES_IN_A_ROW:
                raise NetworkFileError(
                    f"the network failed {FAILURES_IN_A_ROW} times in a row ({error}); check it with 'bench'"
                ) from error
            return False
        self.seconds = time.perf_counter() - start
        self._failed_in_a_row = 0
        return True

    def replace(self, collection: Collection, file: NetworkFile, stylizer: Stylizer) -> None:
        """Go on with another collection and its network."""
        self.collection = collection
        self.file = file
        self.stylizer = stylizer
        self._vector = collection.photo.vector.copy()
