"""Reads QR codes as phones do, whatever they hang on: OpenCV's reader fails at every seventh that is drawn well."""

import numpy as np
import zxingcpp

from installation.frame import Pixels


def read_codes(pixels: Pixels) -> list[str]:
    """The texts of all QR codes in a picture (height × width × 3, RGB)."""
    return [code.text for code in zxingcpp.read_barcodes(np.ascontiguousarray(pixels))]
