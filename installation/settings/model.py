"""Every key of the settings file: its type, its bounds, its default and what it is for."""

from typing import Annotated, Final, Literal, get_args

import msgspec
from msgspec import Meta

NAME_PATTERN: Final = "[a-z0-9][a-z0-9-]{0,62}"
"""Pattern of the name of an installation, a group or a style."""
ID_PATTERN: Final = rf"^(?!(all|group)\Z){NAME_PATTERN}\Z"
"""Pattern of an installation's id, which is a level of its topics."""

PLUGIN_PATTERN: Final = r"^[A-Za-z0-9_.-]{0,64}\Z"
PLUGIN_TITLE: Final = "a name of letters, digits, '_', '.' and '-', or empty"

# People read a pattern's title instead of the pattern. `\Z` and not `$`, which accepts a trailing line break.
Fraction = Annotated[float, Meta(ge=0.0, le=1.0)]
Seconds = Annotated[float, Meta(ge=0.0, le=86400.0)]
Interval = Annotated[float, Meta(ge=1.0, le=86400.0)]
Identifier = Annotated[str, Meta(pattern=rf"^{NAME_PATTERN}\Z", title="a-z, 0-9 and '-', at most 63 and no '-' first")]
# `all` and `group` are levels of other topics, so no installation may have them as its id.
InstallationId = Annotated[
    str,
    Meta(
        pattern=ID_PATTERN,
        title="a-z, 0-9 and '-', at most 63 and no '-' first, and neither all nor group",
    ),
]
Line = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,80}\Z", title="one line of 1 to 80 characters")]
PathText = Annotated[str, Meta(pattern=r"^[^\x00]{0,4096}\Z", title="a path")]
Topic = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*\Z", max_length=200, title="levels of A-Z, a-z, 0-9, '_', '-'")
]
Pin = Annotated[int, Meta(ge=0, le=27)]
ClockTime = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z", title="HH:MM")]
Date = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", title="YYYY-MM-DD")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[str, ...]] = get_args(Weekday)
"""Monday first, in the order of `datetime.datetime.weekday`."""
Source = Annotated[
    str,
    Meta(
        pattern=r"^(auto|picamera|synthetic|webcam(:[0-9]{1,3})?|(video|stills|plugin):[^\x00]+)\Z",
        title="auto, picamera, webcam, webcam:N, video:PATH, stills:DIR, synthetic or plugin:NAME",
    ),
]
BrokerUrl = Annotated[
    str,
    Meta(
        pattern=r"^(none|embedded|mqtts?://([^\s/?#@:]+@)?(\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\[\]]+)(:[0-9]{1,5})?/?)\Z",
        title="mqtt://HOST[:PORT], mqtts://HOST[:PORT], none or embedded; no password in it",
    ),
]
PageUrl = Annotated[
    str, Meta(pattern=r"^(https?://[^\s\x00-\x1f]+)?\Z", max_length=512, title="http://… or https://…, or empty")
]


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of every settings group."""


class IdentitySettings(Group, frozen=True):
    """Who this installation is."""

    id: Annotated[InstallationId, Meta(description="Name on MQTT and in the fleet.")] = "mirror"
    name: Annotated[Line, Meta(description="Name for people.")] = "Living mirror"
    group: Annotated[Identifier, Meta(description="Group for commands to several installations.")] = "gallery"


class CameraSettings(Group, frozen=True):
    """Where the frames come from."""

    source: Annotated[Source, Meta(description="auto takes the first camera that works.")] = "auto"
    width: Annotated[
        Literal["auto"] | Annotated[int, Meta(ge=160, le=4096)],
        Meta(description="Width asked of a webcam, in pixels; auto asks for what the painted picture needs."),
    ] = "auto"
    height: Annotated[
        Literal["auto"] | Annotated[int, Meta(ge=120, le=4096)],
        Meta(description="Height asked of a webcam, in pixels; auto goes with the width."),
    ] = "auto"
    fps: Annotated[float, Meta(ge=1, le=120, description="Frames a second asked of the camera.")] = 30.0
    timeout: Annotated[float, Meta(ge=0.2, le=60, description="Seconds without a frame before it is reopened.")] = 3.0
    denoise: Annotated[Fraction, Meta(description="Motion-adaptive noise filter before the network; 0 is off.")] = 0.6


class NetworkSettings(Group, frozen=True):
    """How the network runs."""

    runtime: Annotated[
        Literal["auto", "litert", "tflite-runtime"],
        Meta(description="auto measures the installed runtimes at start and takes the fastest."),
    ] = "auto"
    weights: Annotated[
        Literal["auto", "int4", "int8"],
        Meta(description="int4 uses the weights as stored, int8 unpacks them in memory; auto takes the faster."),
    ] = "auto"
    threads: Annotated[
        int, Meta(ge=0, le=16, description="Number of CPU threads; 0 takes the fastest number, measured at start.")
    ] = 0
    size: Annotated[
        Literal["auto", 192, 256, 320, 384, 448, 512, 640, 768, 896, 1024],
        Meta(
            description="Cost class of the painted picture, which has the screen's shape: 256 is as many pixels as "
            "256×256. auto takes the largest that holds camera.fps, and follows load and heat while running."
        ),
    ] = "auto"


class PainterSettings(Group, frozen=True):
    """Where strokes are painted."""

    directions: Annotated[bool, Meta(description="Strokes run along the forms in the camera's picture.")] = True
    motion: Annotated[bool, Meta(description="Strokes move along with what moves in front of the camera.")] = True


class DisplaySettings(Group, frozen=True):
    """What the visitor sees."""

    mode: Annotated[
        Literal["auto", "fullscreen", "window", "headless"],
        Meta(description="auto tries fullscreen, then a window."),
    ] = "auto"
    plugin: Annotated[
        str, Meta(pattern=PLUGIN_PATTERN, title=PLUGIN_TITLE, description="Another package's display, instead of mode.")
    ] = ""
    fit: Annotated[Literal["cover", "contain"], Meta(description="Fill the screen, or show all of the picture.")] = (
        "cover"
    )
    mirror: Annotated[bool, Meta(description="Flip left and right, as a mirror does.")] = True
    rotation: Annotated[Literal[0, 90, 180, 270], Meta(description="Degrees clockwise, for portrait screens.")] = 0
    width: Annotated[int, Meta(ge=160, le=8192, description="Window width in pixels (window and headless).")] = 1280
    height: Annotated[int, Meta(ge=120, le=8192, description="Window height in pixels (window and headless).")] = 720
    relief: Annotated[
        Fraction,
        Meta(description="Strength of the linen texture under the paint, drawn at the screen's resolution; 0 is off."),
    ] = 0.4
    sharpening: Annotated[
        Fraction,
        Meta(description="Strength of the sharpening that a small picture gets before it is enlarged; 0 is off."),
    ] = 1.0
    language: Annotated[
        str,
        Meta(
            pattern=r"^(en|de|fr|zh|[^\x00]{1,4090}\.toml)\Z",
            title="en, de, fr, zh or a file's path that ends in .toml",
            description="Language of cards and labels; a file has the keys of installation/display/languages/de.toml.",
        ),
    ] = "en"
    caption: Annotated[bool, Meta(description="Show title, artist and year when the style changes.")] = True
    caption_seconds: Annotated[Seconds, Meta(description="Seconds that the caption stays; 0 keeps it on.")] = 8.0
    qr: Annotated[bool, Meta(description="Show a QR code of page.url in the caption's corner.")] = True


class Opening(Group, frozen=True):
    """One span of opening hours."""

    days: Annotated[tuple[Weekday, ...], Meta(min_length=1, description="Days on which this span applies.")]
    opens: Annotated[ClockTime, Meta(description="HH:MM, local time.")]
    closes: Annotated[ClockTime, Meta(description="HH:MM, local time; at or before opens is on the next day.")]


class OpeningException(Group, frozen=True):
    """One date whose hours are not those of its weekday: a span, or closed all day."""

    date: Annotated[Date, Meta(description="The date.")]
    opens: Annotated[ClockTime | None, Meta(description="HH:MM, local time; without it the date is closed.")] = None
    closes: Annotated[ClockTime | None, Meta(description="HH:MM, local time; at or before opens is next day.")] = None


class Playlist(Group, frozen=True):
    """The styles of the attract loop on some days."""

    days: Annotated[tuple[Weekday, ...], Meta(min_length=1, description="Days on which it is played.")]
    styles: Annotated[tuple[str, ...], Meta(min_length=1, max_length=200, description="Its styles, in this order.")]


class ShowSettings(Group, frozen=True):
    """What is on: the director's settings."""

    style: Annotated[str, Meta(max_length=64, description="Style at start; empty takes the collection's first.")] = ""
    strength: Annotated[Fraction, Meta(description="0 is the plain mirror, 1 the full style.")] = 1.0
    morph_seconds: Annotated[Seconds, Meta(description="Seconds that a change of style takes, at least 0.5.")] = 1.5
    attract: Annotated[
        bool, Meta(description="Show one style after another while nobody chooses (the attract loop).")
    ] = True
    attract_after: Annotated[
        Interval,
        Meta(
            description="Seconds without a choice until the attract loop begins, and until a held picture is released."
        ),
    ] = 90.0
    attract_every: Annotated[Interval, Meta(description="Seconds that the attract loop shows each style.")] = 20.0
    attract_drift: Annotated[
        bool,
        Meta(
            description="The attract loop drifts slowly from one mix of styles to another (surprises), instead of "
            "showing the styles themselves."
        ),
    ] = False
    styles: Annotated[
        tuple[str, ...], Meta(max_length=200, description="Styles on offer, in this order; empty offers all.")
    ] = ()
    opening: Annotated[
        tuple[Opening, ...],
        Meta(
            max_length=50,
            description="Opening hours; empty is always open. Closing at or before opening is on the next day.",
        ),
    ] = ()
    exceptions: Annotated[
        tuple[OpeningException, ...],
        Meta(
            max_length=400,
            description="Dates with hours of their own instead of their weekday's; without hours a date is closed.",
        ),
    ] = ()
    playlist: Annotated[
        tuple[Playlist, ...],
        Meta(max_length=14, description="Styles that the attract loop shows, by day; on other days it shows all."),
    ] = ()
    strengths: Annotated[
        dict[str, Fraction],
        Meta(description="How strong some styles are at strength 1, for those that leave too little of the visitor."),
    ] = {}
    presence: Annotated[
        bool,
        Meta(
            description="Notice by motion whether somebody is there: the attract loop runs when nobody is, and stops "
            "when somebody comes. Nothing but on, off and a count is kept."
        ),
    ] = True


class BrokerSettings(Group, frozen=True):
    """The MQTT broker."""

    url: Annotated[
        BrokerUrl, Meta(description="Address of the broker; none runs without one, embedded starts one for the demo.")
    ] = "none"
    base: Annotated[Topic, Meta(description="Base topic, with which all topics begin.")] = "art-installation"
    username: Annotated[
        str, Meta(max_length=128, description="Account on the broker; empty takes the installation's id.")
    ] = ""
    password_file: Annotated[
        PathText, Meta(description="File with the password; a bare name is a systemd credential.")
    ] = ""
    ca_file: Annotated[PathText, Meta(description="CA certificates for mqtts; empty trusts the system's.")] = ""
    cert_file: Annotated[PathText, Meta(description="Client certificate, if the broker asks for one.")] = ""
    key_file: Annotated[PathText, Meta(description="Key of the client certificate.")] = ""
    keepalive: Annotated[
        int,
        Meta(
            ge=5,
            le=3600,
            description="Seconds between keep-alive messages; a mirror silent for 1.5 times as long counts as offline.",
        ),
    ] = 6
    homeassistant: Annotated[bool, Meta(description="Announce the installation to Home Assistant.")] = True
    homeassistant_prefix: Annotated[Topic, Meta(description="Home Assistant's discovery prefix.")] = "homeassistant"
    snapshot: Annotated[
        bool,
        Meta(description="Answer the snapshot request with the picture on screen; off, no picture leaves the device."),
    ] = False


class PageSettings(Group, frozen=True):
    """The visitor page."""

    url: Annotated[PageUrl, Meta(description="Address of the visitor page; empty shows no QR code.")] = ""


class SouvenirSettings(Group, frozen=True):
    """A picture to take home, for visitors who ask for one."""

    enabled: Annotated[
        bool,
        Meta(
            description="Visitors may ask for a picture to take home; off, none is made and none leaves the device. "
            "Needs url, printer or both."
        ),
    ] = False
    url: Annotated[
        PageUrl,
        Meta(
            description="Where the hub hands the pictures out, such as http://hub.local:8090/; empty shows no link. "
            "The picture goes to the hub through the broker."
        ),
    ] = ""
    minutes: Annotated[
        int, Meta(ge=1, le=10, description="Minutes after which the hub forgets a picture, fetched or not.")
    ] = 10
    fetches: Annotated[int, Meta(ge=1, le=3, description="Times that a picture can be fetched.")] = 3
    printer: Annotated[
        str,
        Meta(
            pattern=r"^([A-Za-z0-9_][A-Za-z0-9_.-]{0,126})?\Z",
            title="the name of a print queue, or empty",
            description="Queue of CUPS that prints each picture; empty prints none.",
        ),
    ] = ""
    countdown: Annotated[int, Meta(ge=1, le=30, description="Seconds from the wish to the picture.")] = 5
    shown: Annotated[int, Meta(ge=10, le=120, description="Seconds that the link's QR code stays on screen.")] = 45
    cooldown: Annotated[int, Meta(ge=10, le=86400, description="Seconds between two pictures at least.")] = 60


class ButtonsSettings(Group, frozen=True):
    """Physical buttons on GPIO pins (BCM numbers)."""

    styles: Annotated[dict[str, str], Meta(description="The style that each pin's button chooses.")] = {}
    next: Annotated[Pin | None, Meta(description="Pin of the next-style button.")] = None
    previous: Annotated[Pin | None, Meta(description="Pin of the previous-style button.")] = None
    encoder: Annotated[tuple[Pin, Pin] | None, Meta(description="Two pins of a rotary encoder for strength.")] = None
    plugin: Annotated[
        str, Meta(pattern=PLUGIN_PATTERN, title=PLUGIN_TITLE, description="Another package's buttons, besides these.")
    ] = ""


class PathSettings(Group, frozen=True):
    """Folders."""

    collection: Annotated[PathText, Meta(description="The collection; empty takes the one shipped.")] = ""
    state: Annotated[PathText, Meta(description="State folder; empty takes $STATE_DIRECTORY or the user's own.")] = ""


class Settings(Group, frozen=True):
    """All settings of one installation."""

    installation: IdentitySettings = IdentitySettings()
    camera: CameraSettings = CameraSettings()
    network: NetworkSettings = NetworkSettings()
    painter: PainterSettings = PainterSettings()
    display: DisplaySettings = DisplaySettings()
    show: ShowSettings = ShowSettings()
    broker: BrokerSettings = BrokerSettings()
    page: PageSettings = PageSettings()
    souvenir: SouvenirSettings = SouvenirSettings()
    buttons: ButtonsSettings = ButtonsSettings()
    paths: PathSettings = PathSettings()
