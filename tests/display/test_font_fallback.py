"""Glyphs that the bundled typeface lacks: another font's, or none, but never a box."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pygame = pytest.importorskip("pygame")

from installation.display.font_fallback import NOTO_CJK, FontFallback, system_fonts  # noqa: E402
from installation.display.typesetting import rows  # noqa: E402
from installation.fonts import typeface  # noqa: E402

WAVE = "神奈川沖浪裏"
INK = (0, 0, 0)


@pytest.fixture(autouse=True, scope="module")
def fonts():
    pygame.font.init()


@pytest.fixture
def poor():
    """A system with no fonts but ours."""
    return FontFallback(find=lambda _characters: ())


needs_japanese = pytest.mark.skipif(not NOTO_CJK.exists(), reason="needs fonts-noto-cjk")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Café Мост Αθήνα", "Café Мост Αθήνα"),
        ("Cafe\u0301", "Café"),
        (f"The Great Wave ({WAVE})", "The Great Wave"),
        (f"{WAVE} – The Great Wave", "The Great Wave"),
        (f"The {WAVE} Wave", "The Wave"),
        ("Wave 🌊", "Wave"),
        ("a\0b\u200bc\td", "a b c d"),
        (WAVE, ""),
        ("", ""),
        ("(untitled)", "(untitled)"),
        ("– () –", "– () –"),  # as somebody wrote it
    ],
)
def test_what_no_font_has_is_left_out(poor, text, shown):
    assert poor.known(text) == shown


def test_a_text_without_glyphs_is_an_empty_line(poor):
    (row,) = rows(WAVE, 20, INK, 400, poor)
    assert not pygame.surfarray.array_alpha(row.convert_alpha() if pygame.display.get_init() else row).any()


def test_another_font_is_asked_once_for_what_is_missing():
    asked = []

    def find(characters):
        asked.append(characters)
        return ()

    case = FontFallback(find)
    for _ in range(3):
        case.known(f"Wave {WAVE}")
    assert asked == ["".join(sorted(WAVE))]


def test_a_font_that_is_no_font_is_passed_over(tmp_path):
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"not a font")
    case = FontFallback(find=lambda _characters: (broken, tmp_path / "none.ttf"))
    assert case.known(f"Wave {WAVE}") == "Wave"


@needs_japanese
def test_a_fonts_of_the_system_lends_its_glyphs():
    case = FontFallback(find=lambda _characters: (NOTO_CJK,))
    assert case.runs(f"Wave {WAVE}") == [(typeface(), "Wave "), (NOTO_CJK, WAVE)]
    (row,) = rows(f"Wave {WAVE}", 20, INK, 800, case)
    (bare,) = rows("Wave", 20, INK, 800, case)
    assert row.get_width() > bare.get_width() + 6 * 20


@needs_japanese
def test_a_script_without_spaces_is_broken_anywhere_but_before_a_full_stop():
    case = FontFallback(find=lambda _characters: (NOTO_CJK,))
    first, second = rows("神奈川沖浪裏富嶽三十六景。", 20, INK, 8 * 26, case)
    assert first.get_width() <= 8 * 26
    assert second.get_width() >= 2 * 20


@needs_japanese
def test_fontconfig_knows_where_japanese_is():
    if not shutil.which("fc-match"):
        pytest.skip("needs fontconfig")
    assert FontFallback().known(WAVE) == WAVE


@pytest.mark.parametrize("answer", [OSError("no"), subprocess.TimeoutExpired("fc-match", 2)])
def test_a_fontconfig_that_fails_has_no_font(monkeypatch, answer):
    def fail(*_args, **_options):
        raise answer

    monkeypatch.setattr(shutil, "which", lambda _name: "/usr/bin/fc-match")
    monkeypatch.setattr(subprocess, "run", fail)
    assert list(system_fonts(WAVE)) == []


def test_without_fontconfig_debians_own_path_is_tried(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setattr(sys, "platform", "linux")
    assert list(system_fonts(WAVE)) == [Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")]
