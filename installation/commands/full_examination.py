"""``art-installation doctor --full``: tries every part of a real device and writes a report to send."""

import argparse
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from installation.errors import UsageError

if TYPE_CHECKING:
    from installation.doctor.check import Check
    from installation.doctor.heat import Sample
    from installation.mirror.report import Report
    from installation.settings import Settings

MINUTES = 5.0
_HOT = 80.0


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the full examination to ``doctor``."""
    walk = parser.add_argument_group("the full examination of a real device, ten minutes")
    walk.add_argument(
        "--full",
        action="store_true",
        help="try camera, screen, buttons, speed and heat; write a report to send",
    )
    walk.add_argument("--minutes", type=float, default=MINUTES, metavar="N", help=f"time to paint ({MINUTES:g})")
    walk.add_argument(
        "--report", type=Path, metavar="FILE.json", help="file for the report (art-installation-report-ID.json)"
    )


def examine_fully(settings: "Settings", args: argparse.Namespace, show: "Callable[[list[Check]], None]") -> int:
    """Try every part and write the report; ``show`` prints findings. Exit status 1 when something is bad.

    Raises:
        UsageError: the mirror runs and has camera and screen.
        OutputError: the report cannot be written.
    """
    from installation.doctor import findings, walk
    from installation.doctor.check import guarded
    from installation.doctor.examine import examine
    from installation.doctor.facts import facts
    from installation.doctor.service import UNIT, ask_systemd

    if not 0 < args.minutes <= 24 * 60:
        raise UsageError(f"--minutes {args.minutes:g}: must be above 0 and at most a day")
    service = ask_systemd()
    if service.running:
        raise UsageError(f"the mirror runs and has camera and screen; first: sudo systemctl stop {UNIT}")
    checks = examine(settings, service)
    show(checks)
    print("\nNow the parts are tried.", flush=True)
    steps: tuple[tuple[str, Callable[[], Check]], ...] = (
        ("camera", lambda: walk.try_camera(settings.camera)),
        ("screen", lambda: walk.try_screen(settings.display)),
        ("buttons", lambda: walk.try_buttons(settings.buttons)),
    )
    walked = []
    for name, step in steps:
        walked.append(guarded(name, step))
        show(walked[-1:])
    heat: list[Sample] = []
    runs: list[Report] = []
    print(f"Painting for {args.minutes:g} minutes.", flush=True)
    walked.append(guarded("speed", lambda: paint(settings, args.minutes * 60, heat, runs)))
    walked.append(guarded("warmth", lambda: judge_heat(heat)))
    show(walked[-2:])
    path = args.report or Path(f"art-installation-report-{settings.installation.id}.json")
    report = findings.Findings(
        installation=settings.installation.id,
        date=datetime.now().astimezone().isoformat(timespec="seconds"),
        machine=facts(),
        checks=checks,
        walk=walked,
        heat=heat,
        run=runs[0] if runs else None,
    )
    findings.write(report, path)
    print(f"\nThe report is in {path}. It holds no picture and no password.", flush=True)
    # The mirror was stopped for this examination, so ignore that it does not run.
    bad = [check for check in (*checks, *walked) if check.state == "bad" and check.name != "service"]
    return 1 if bad else 0


def paint(settings: "Settings", seconds: float, heat: "list[Sample]", runs: "list[Report]") -> "Check":
    """Run the mirror, without a broker, for this many seconds; adds to ``heat`` and ``runs``."""
    from installation.doctor.check import Check
    from installation.doctor.heat import HeatLog
    from installation.mirror.assembly import assembled
    from installation.settings import with_groups

    alone = with_groups(settings, broker={"url": "none"})
    log = HeatLog()
    with assembled(alone, strict=True) as mirror:
        timer = threading.Timer(seconds, mirror.stop)
        timer.daemon = True
        timer.start()
        with log:
            report = mirror.run()
        timer.cancel()
    heat.extend(log.samples)
    runs.append(report)
    found = (
        f"{report.fps:.1f} pictures a second of {settings.camera.fps:g} frames, "
        f"{report.inference_ms.median:.0f} ms each, {report.latency_ms.median:.0f} ms from camera to screen"
    )
    if report.failures:
        return Check("speed", "bad", f"{found}; {report.failures} could not be painted", "report this line")
    return Check("speed", "ok", found)


def judge_heat(samples: "list[Sample]") -> "Check":
    """The highest temperature, and whether the processor throttled."""
    from installation.doctor.check import Check

    degrees = [sample.degrees for sample in samples if sample.degrees is not None]
    if not degrees:
        return Check("warmth", "skipped", "no sensor here")
    slowed = sum(bool(sample.throttled) for sample in samples)
    found = f"{degrees[0]:.0f} °C at first, {max(degrees):.0f} °C at most"
    if slowed:
        return Check("warmth", "bad", f"{found}, slowed down in {slowed} of {len(samples)} looks", "fan or heat sink")
    if max(degrees) >= _HOT:
        return Check("warmth", "bad", found, "add ventilation, a heat sink or a fan")
    return Check("warmth", "ok", found)
