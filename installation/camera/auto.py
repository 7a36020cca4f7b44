"""The camera for ``auto``: the first one that works."""

from collections.abc import Callable

from installation.camera.base import Camera
from installation.camera.picamera import PiCamera
from installation.errors import CameraError, CameraMissing
from installation.frame import Frame, PictureSize, edges
from installation.settings import CameraSettings


class AutoCamera:
    """The Pi's own camera where there is one, else the first webcam that gives a picture."""

    def __init__(
        self,
        settings: CameraSettings,
        size: int | PictureSize,
        *,
        make_webcam: Callable[[], Camera] | None = None,
    ) -> None:
        self.name = "auto"
        self._settings = settings
        self._size = edges(size)
        self._make_webcam = make_webcam or self._webcam
        self._camera: Camera | None = None
        self._left: list[Camera] = []
        """Cameras that were closed while their driver hung."""

    @property
    def hung(self) -> bool:
        """Whether the driver of a camera that was tried has not returned."""
        return any(camera.hung for camera in self._left)

    def open(self) -> None:
        """Look for a camera and open it.

        Raises:
            CameraMissing: there is no camera.
            CameraError: there is a camera, and it does not work.
        """
        self.close()
        try:
            self._use(PiCamera(self._settings, self._size))
        except CameraError as error:
            problem = None if isinstance(error, CameraMissing) else error
        else:
            return
        try:
            self._use(self._make_webcam())
        except CameraMissing:
            # Where a Pi camera is connected, report its fault rather than the missing webcam.
            raise problem or CameraMissing(
                "no camera is found; connect a Pi camera or a webcam, add this user to the group 'video', "
                "or try --camera synthetic"
            ) from None
        if problem is not None:
            self.name += f", since {str(problem).partition('; ')[0]}"

    def read(self) -> Frame:
        """Return the next frame of the camera found."""
        if self._camera is None:
            raise CameraError("no camera is open")
        return self._camera.read()

    def resize(self, size: PictureSize) -> None:
        """Give frames of another size, now and after a reopening."""
        self._size = size
        if self._camera is not None:
            self._camera.resize(size)

    def close(self) -> None:
        """Close the camera found."""
        camera, self._camera = self._camera, None
        if camera is not None:
            camera.close()
            self._leave(camera)

    def _use(self, camera: Camera) -> None:
        try:
            camera.open()
        except CameraError:
            self._leave(camera)
            raise
        self._camera = camera
        self.name = camera.name

    def _leave(self, camera: Camera) -> None:
        if camera.hung:
            self._left.append(camera)

    def _webcam(self) -> Camera:
        from installation.camera.webcam import Webcam  # loads PyAV

        return Webcam(None, self._settings, self._size)
