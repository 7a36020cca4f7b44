"""The typeface of captions and contact sheets: Source Sans Pro, under the SIL Open Font License 1.1."""

from pathlib import Path


def typeface() -> Path:
    """The font's file; it covers Latin, Greek and Cyrillic with all their accents."""
    return Path(__file__).with_name("SourceSansPro-Regular.otf")
