import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.text import REPLACEMENT, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("The Great Wave off Kanagawa", "The Great Wave off Kanagawa"),
        ("神奈川沖浪裏 · Łódź · ‘θ’ 👩\u200d🎨", "神奈川沖浪裏 · Łódź · ‘θ’ 👩\u200d🎨"),
        ("\x1b[2Jgone", f"{REPLACEMENT}[2Jgone"),
        ("\x1b]8;;http://evil\x07click\x1b]8;;\x07", f"{REPLACEMENT}]8;;http://evil{REPLACEMENT}click{REPLACEMENT}]8;;{REPLACEMENT}"),
        ("\x9b31mred", f"{REPLACEMENT}31mred"),
        ("safe\u202egnp.exe", f"safe{REPLACEMENT}gnp.exe"),
        ("two\nlines\r\nand\ttab", "two lines  and tab"),
        ("a\u2028b\u2029c", f"a{REPLACEMENT}b{REPLACEMENT}c"),
        ("\ud800\U000e0041\x00", REPLACEMENT * 3),
        ("[bold]markup[/] stays as it is", "[bold]markup[/] stays as it is"),
    ],
)  # fmt: skip
def test_what_is_shown(text, shown):
    assert printable(text) == shown


def test_it_is_bounded():
    assert printable("x" * 200) == "x" * 200
    assert printable("x" * 201) == "x" * 199 + "…"
    assert printable("a" + "\u0301" * 10_000_000 + "b", 20).startswith("a" + "\u0301" * 4)
    assert len(printable("a" + "\u0301" * 10_000_000, 20)) <= 20


@given(st.text(st.characters(), max_size=300), st.integers(1, 100))
def test_whatever_comes(text, longest):
    shown = printable(text, longest)
    assert len(shown) <= longest
    assert (
        shown.isprintable()
        or any(char in shown for char in "\u200c\u200d\u3000\u00a0")
        or any(unicodedata.category(char) == "Zs" for char in shown)
    )
    assert not any(unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp") for char in shown)
    assert not any(
        unicodedata.bidirectional(char) in ("RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI", "FSI", "PDI")
        for char in shown
    )
    assert printable(shown, longest) == shown
