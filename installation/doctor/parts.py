"""Checks camera, screen, runtime and collection."""

from pathlib import Path
from typing import Final

from installation.camera import make_camera
from installation.collection import Collection
from installation.display import kms, make_display
from installation.doctor.check import Check
from installation.doctor.service import Service
from installation.network.runtime import runtimes
from installation.network.tflite import SIZE, NetworkFile
from installation.network.tuning import candidates
from installation.network.tuning_cache import TuningCache
from installation.paths import collection_folder
from installation.settings import CameraSettings, DisplaySettings, NetworkSettings, PathSettings

_ASK: Final = "run the doctor with sudo"


def check_camera(settings: CameraSettings, service: Service) -> Check:
    """Does the camera give pictures? While the mirror runs, it owns the camera, and its health report counts."""
    if service.running:
        if service.health is None:
            return Check("camera", "note", f"{settings.source}, in use by the mirror, which cannot be asked", _ASK)
        if service.health.camera != "ok":
            cure = "check its cable and its connector, or choose another camera.source"
            return Check("camera", "bad", service.health.camera, cure)
        return Check("camera", "ok", f"{settings.source}, in use by the mirror")
    camera = make_camera(settings.source, settings, SIZE)
    try:
        camera.open()
        camera.read()
    finally:
        camera.close()
    return Check("camera", "ok", f"{camera.name}, asked for {settings.fps:g} frames a second")


def check_display(settings: DisplaySettings, service: Service, drm: Path = kms.CONNECTORS) -> Check:
    """Is there a screen, and does it open? While the mirror runs, it owns the screen, and its health report counts."""
    if settings.mode == "headless":
        return Check("display", "ok", "headless")
    connected = kms.connectors(drm)
    if problem := kms.disconnected(connected):
        return Check("display", "bad", problem, "check its cable and power, then restart")
    lit = ", ".join(f"{name} {mode}" for name, mode in (connected or {}).items() if mode)
    if service.running:
        if service.health is not None and service.health.display != "ok":
            return Check("display", "bad", service.health.display, "check the screen, then restart")
        return Check("display", "ok", f"{lit or 'a screen'}, in use by the mirror")
    display = make_display(settings.mode, settings)
    try:
        display.open()
        found = f"{display.name} ({display.driver})"
    finally:
        display.close()
    return Check("display", "ok", f"{lit}: {found}" if lit else found)


def check_runtime(settings: NetworkSettings, paths: PathSettings, state: Path | None) -> Check:
    """Which runtimes are installed, and which one does the mirror use?"""
    possible = candidates(settings)
    installed = ", ".join(f"{runtime.name} {runtime.version}" for runtime in runtimes())
    if len(possible) == 1:
        return Check("runtime", "ok", f"{possible[0]}, by the settings")
    network = NetworkFile.load(Collection.load(collection_folder(paths.collection)).network_path)
    kept = TuningCache(state).latest(network.sha256, possible)
    if kept is None:
        return Check("runtime", "note", f"{installed}; not timed yet", "start the mirror once, it times them")
    steady = next((timing.steady_ms for timing in kept.timings if timing.choice == kept.choice), 0.0)
    height, width = kept.key.size
    return Check("runtime", "ok", f"{kept.choice}: {steady:.1f} ms a picture of {width}×{height}")


def check_collection(paths: PathSettings) -> Check:
    """Is the network sound, and does every style belong to it?"""
    collection = Collection.load(collection_folder(paths.collection))
    problems = collection.verify()
    if problems:
        return Check("collection", "bad", problems[0], "deploy the collection again")
    network = NetworkFile.load(collection.network_path)
    return Check("collection", "ok", f"{len(collection.names)} styles, network {network.sha256[:12]}")
