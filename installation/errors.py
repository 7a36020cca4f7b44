"""Every error that the installation raises on purpose: one base, many leaves.

Each message is one sentence for a technician: the thing that is wrong, then the cure.
"""


class InstallationError(Exception):
    """Base of all errors raised on purpose; the message is shown as it is, without a traceback."""


class UsageError(InstallationError, ValueError):
    """The command line asks for something that does not exist or does not fit (exit status 2)."""


class SettingsError(InstallationError, ValueError):
    """The settings file cannot be read, or a key is unknown, of the wrong type or out of range (exit status 2)."""


class CameraError(InstallationError, RuntimeError):
    """The camera cannot be opened or stopped giving pictures; trying again later may help."""


class CameraTimeout(CameraError, TimeoutError):
    """The camera gave no frame within the time allowed."""


class CameraMissing(CameraError):
    """There is no such camera, clip or folder, or the library for it is not installed."""


class EndOfStream(CameraError):
    """A clip that does not loop has shown its last frame."""


class NetworkFileError(InstallationError, ValueError):
    """The network file is missing, too large, not TFLite, or not a network of this project."""


class RuntimeMissing(InstallationError, RuntimeError):
    """Neither tflite-runtime nor ai-edge-litert can run the network here."""


class StyleError(InstallationError, ValueError):
    """A style file is unreadable, does not fit the network, or the name is not in the collection."""


class MediaError(InstallationError, ValueError):
    """A photo or clip given to be painted is unreadable, too large, or of a kind that is not supported."""


class OutputError(InstallationError, OSError):
    """A result cannot be written."""


class DisplayError(InstallationError, RuntimeError):
    """No window or screen can be opened."""


class ControlError(InstallationError, RuntimeError):
    """The broker refuses or cannot be reached, where a command needs it."""


class CommandError(InstallationError, ValueError):
    """An MQTT command is malformed, oversize, out of range or names an unknown style."""
