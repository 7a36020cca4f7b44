"""The collection: the network's file and the styles for it."""

from installation.collection.collection import (
    MOST_STYLES,
    NETWORK,
    PHOTO,
    Collection,
    Style,
    paint_of,
    shipped,
    style_files,
)

__all__ = ["MOST_STYLES", "NETWORK", "PHOTO", "Collection", "Style", "paint_of", "shipped", "style_files"]
