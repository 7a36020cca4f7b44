"""The settings of one installation: their types, how they are read, and the messages about mistakes."""

from installation.settings.load import load, load_usable, parse, problems, problems_of, with_groups
from installation.settings.model import (
    NAME_PATTERN,
    WEEKDAYS,
    BrokerSettings,
    ButtonsSettings,
    CameraSettings,
    DisplaySettings,
    IdentitySettings,
    NetworkSettings,
    Opening,
    PageSettings,
    PainterSettings,
    PathSettings,
    Settings,
    ShowSettings,
)

__all__ = [
    "NAME_PATTERN",
    "WEEKDAYS",
    "BrokerSettings",
    "ButtonsSettings",
    "CameraSettings",
    "DisplaySettings",
    "IdentitySettings",
    "NetworkSettings",
    "Opening",
    "PageSettings",
    "PainterSettings",
    "PathSettings",
    "Settings",
    "ShowSettings",
    "load",
    "load_usable",
    "parse",
    "problems",
    "problems_of",
    "with_groups",
]
