"""Drawing on the screen of a machine without a desktop (KMSDRM): checks what prevents it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

DEVICES: Final = Path("/dev/dri")
CONNECTORS: Final = Path("/sys/class/drm")


def obstacle(devices: Path = DEVICES, access: Callable[[Path, int], bool] = os.access) -> str:
    """Why this account cannot draw on the screen, as one sentence with its cure; empty where it can.

    SDL itself says only "kmsdrm not available".
    """
    cards = sorted(devices.glob("card*"))
    if not cards:
        return (
            f"there is no graphics device ({devices}/card*); choose --display headless, or on a Raspberry Pi put "
            "dtoverlay=vc4-kms-v3d into /boot/firmware/config.txt and restart it"
        )
    # The card device drives the screen, the render node the GPU; their groups differ.
    for kind, nodes in (("card", cards), ("render", sorted(devices.glob("renderD*")))):
        if nodes and not any(access(node, os.R_OK | os.W_OK) for node in nodes):
            group = "video" if kind == "card" else "render"
            return (
                f"this account may not use {nodes[0]}; add it to the group {group} (sudo usermod -aG {group} ACCOUNT) "
                "and log in again"
            )
    return ""


def connectors(folder: Path = CONNECTORS) -> dict[str, str] | None:
    """The screen connectors, each with the best mode of what is connected (empty: nothing); None without a GPU."""
    found = {}
    for status in sorted(folder.glob("card*-*/status")):
        name = status.parent.name.partition("-")[2]
        if name.startswith("Writeback"):
            continue
        modes = status.with_name("modes").read_text().split() if status.read_text().strip() == "connected" else []
        found[name] = modes[0] if modes else ""
    return found or None


def disconnected(found: dict[str, str] | None) -> str:
    """A sentence that no screen is connected; empty where one is, or where there is no GPU to ask."""
    return "" if found is None or any(found.values()) else f"no screen is connected ({', '.join(found)})"
