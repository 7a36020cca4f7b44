"""``art-installation buttons``: a panel of buttons in a process of its own, over MQTT."""

import argparse
import threading
from pathlib import Path


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``buttons`` to the command line."""
    parser = subparsers.add_parser(
        "buttons",
        help="let a panel of buttons send commands over MQTT",
        description="Turn presses of the buttons in [buttons] into MQTT commands for the installation in "
        "[installation], from another device than its own. A mirror with buttons of its own needs only the settings.",
    )
    parser.add_argument("--config", type=Path, metavar="F", required=True, help="settings file (TOML)")
    parser.add_argument("--broker", metavar="URL", help="mqtt://HOST or mqtts://HOST")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Send presses until it is stopped; returns the exit status."""
    from installation import settings as settings_module
    from installation.control.buttons import Buttons, wanted
    from installation.control.mqtt.panel import PanelClient
    from installation.errors import SettingsError

    settings = settings_module.load(args.config)
    if args.broker:
        settings = settings_module.with_groups(settings, broker={"url": args.broker})
    if settings.broker.url in ("none", "embedded"):
        raise SettingsError(
            "broker.url: names no broker, and buttons alone need one; write mqtt://HOST or mqtts://HOST"
        )
    if not wanted(settings.buttons):
        raise SettingsError("buttons: no pin is named; write, say, [buttons] next = 17")
    remote = PanelClient(settings.broker, settings.installation.id)
    with Buttons(settings.buttons, remote.put):
        remote.start()
        try:
            threading.Event().wait()  # until a signal, which arrives here as an exception
        finally:
            remote.stop()
    return 0
