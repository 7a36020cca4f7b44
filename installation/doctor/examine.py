"""The whole examination."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from installation.doctor import broker, machine, parts
from installation.doctor.check import Check, guarded
from installation.doctor.service import Service, ask_systemd, check_service
from installation.doctor.watchdog import check_watchdog
from installation.paths import state_folder
from installation.settings import Settings

SERVICE_STATE: Final = Path("/var/lib/art-installation")


def examine(settings: Settings, service: Service | None = None) -> list[Check]:
    """Check every part; a failure in one does not skip the others."""
    service = ask_systemd() if service is None else service
    state = _state(settings)
    looks: tuple[tuple[str, Callable[[], Check]], ...] = (
        ("version", machine.check_version),
        ("service", lambda: check_service(service)),
        ("camera", lambda: parts.check_camera(settings.camera, service)),
        ("display", lambda: parts.check_display(settings.display, service)),
        ("runtime", lambda: parts.check_runtime(settings.network, settings.paths, state)),
        ("collection", lambda: parts.check_collection(settings.paths)),
        ("broker", lambda: broker.check_broker(settings)),
        ("clock", machine.check_clock),
        ("heat", machine.check_heat),
        ("disk", lambda: machine.check_disk(state or SERVICE_STATE)),
        ("overlay", machine.check_overlay),
        ("watchdog", check_watchdog),
    )
    return [guarded(name, look) for name, look in looks]


def _state(settings: Settings) -> Path | None:
    # A technician's own state folder is not the service's.
    if not settings.paths.state and SERVICE_STATE.is_dir():
        return SERVICE_STATE
    return state_folder(settings.paths.state)
