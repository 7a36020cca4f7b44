import tomllib
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.control.mqtt.topics import ALL, GROUP
from installation.errors import SettingsError
from installation.settings import Settings, load, parse, with_groups
from installation.settings.example import example
from installation.settings.load import LARGEST_FILE

EXAMPLE = Path(__file__).parents[2] / "docs" / "settings.example.toml"


def refusal(text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        parse(tomllib.loads(text))
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("camera.fps = 0.5", "camera.fps: expected a number from 1 to 120, got 0.5"),
        ("camera.fps = nan", "camera.fps: expected a number from 1 to 120, got nan"),
        ("camera.fps = inf", "camera.fps: expected a number from 1 to 120, got inf"),
        ("camera.fps = true", "camera.fps: expected a number from 1 to 120, got true"),
        ("camera.width = true", 'camera.width: expected "auto" or a whole number from 160 to 4096, got true'),
        ("camera.width = 640.5", 'camera.width: expected "auto" or a whole number from 160 to 4096, got 640.5'),
        ("display.mirror = 1", "display.mirror: expected true or false, got 1"),
        ("display.rotation = 45", "display.rotation: expected 0, 90, 180 or 270, got 45"),
        ('display.rotation = "90"', 'display.rotation: expected 0, 90, 180 or 270, got "90"'),
        (
            'network.size = "big"',
            'network.size: expected "auto", 192, 256, 320, 384, 448, 512, 640, 768, 896 or 1024, got "big"',
        ),
        ("camera = 3", "camera: expected a table, got 3"),
        ("show.styles = [1]", "show.styles[0]: expected text, got 1"),
        ("camera.fsp = 3", "camera.fsp: unknown key; did you mean 'fps'?"),
        ("camara.fps = 3", "camara: unknown key; did you mean 'camera'?"),
        ("page.zzz = 3", "page.zzz: unknown key; choose from url"),
        (
            'show.opening = [{days = ["tue", "xxx"], opens = "10:00", closes = "18:00"}]',
            'show.opening[0].days[1]: expected "mon", "tue", "wed", "thu", "fri", "sat" or "sun", got "xxx"',
        ),
        (
            'show.opening = [{days = ["tue"], opens = "24:00", closes = "18:00"}]',
            'show.opening[0].opens: expected HH:MM, got "24:00"',
        ),
        ('show.opening = [{days = ["mon"]}]', "show.opening[0]: lacks the key 'opens'; add it"),
        ("buttons.encoder = [1, 99]", "buttons.encoder[1]: expected a whole number from 0 to 27, got 99"),
        (
            "buttons.encoder = [1]",
            "buttons.encoder: expected a list of 2: a whole number from 0 to 27 each, got [1]",
        ),
    ],
)
def test_a_wrong_value_is_told_with_path_and_allowed(text, message):
    assert refusal(text) == message


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ('installation.id = "Mirror"', "installation.id: expected a-z, 0-9 and '-'"),
        ('installation.id = "mirror\\n"', "installation.id: expected"),
        ('installation.group = "-"', "installation.group: expected a-z, 0-9 and '-'"),
        ('installation.name = ""', "installation.name: expected one line"),
        ('installation.name = "two\\nlines"', "installation.name: expected one line"),
        ('camera.source = "webcam:x"', "camera.source: expected auto, picamera, webcam"),
        ('camera.source = "video:"', "camera.source: expected"),
        ('camera.source = "phone"', "camera.source: expected"),
        ('broker.url = "http://hub"', "broker.url: expected mqtt://HOST"),
        ('broker.url = "mqtt://me:secret@hub"', "broker.url: expected mqtt://HOST"),
        ('broker.url = "mqtt://hub:70000"', "broker.url: expected a port from 1 to 65535"),
        ('broker.url = "mqtt://hub:0"', "broker.url: expected a port"),
        ('broker.base = "a//b"', "broker.base: expected levels"),
        ('broker.base = "a/#"', "broker.base: expected levels"),
        ('broker.cert_file = "a.pem"', "broker.key_file: is empty, but broker.cert_file needs it"),
        ('page.url = "javascript:alert(1)"', "page.url: expected http://"),
        ('paths.state = "a\\u0000b"', "paths.state: expected a path"),
        ('buttons.styles = {99 = "scream"}', "buttons.styles.99: expected a pin's number"),
        ('buttons.styles = {05 = "scream"}', "buttons.styles.05: expected a pin's number"),
        ('buttons.styles = {5 = "scream"}\nbuttons.next = 5', "buttons.next: pin 5 is that of buttons.styles.5"),
        ("buttons.encoder = [7, 7]", "buttons.encoder[1]: pin 7 is that of buttons.encoder[0]"),
        ("buttons.styles = {5 = 3}", "buttons.styles[...]: expected"),
        ('show.styles = ["a", "b", "a"]', "show.styles: names 'a' twice"),
        ('show.styles = ["a"]\nshow.style = "b"', "show.style: 'b' is not among show.styles"),
        (
            'show.opening = [{days = ["mon", "mon"], opens = "10:00", closes = "18:00"}]',
            "show.opening[0].days: names 'mon' twice",
        ),
        ('show.exceptions = [{date = "2026-02-30"}]', "show.exceptions[0].date: there is no 2026-02-30"),
        ('show.exceptions = [{date = "1.5.2026"}]', "show.exceptions[0].date: expected YYYY-MM-DD"),
        ('show.exceptions = [{date = "2026-05-01", opens = "10:00"}]', "show.exceptions[0]: give opens and closes"),
        (
            'show.playlist = [{days = ["mon"], styles = ["a"]}, {days = ["mon"], styles = ["b"]}]',
            "show.playlist: names 'mon' twice",
        ),
        (
            'show.styles = ["a"]\nshow.playlist = [{days = ["mon"], styles = ["b"]}]',
            "show.playlist[0].styles: 'b' is not among show.styles",
        ),
        ("show.strengths = {a = 1.5}", "show.strengths[...]: expected"),
    ],
)
def test_what_cannot_be_is_refused(text, beginning):
    assert refusal(text).startswith(beginning)


@pytest.mark.parametrize(
    "text",
    [
        'installation.id = "all-1"',
        'installation.id = "groups"',
        'installation.group = "all"',
        'camera.source = "video:/clips/a b.mp4"',
        'camera.source = "webcam:3"',
        'broker.url = "mqtts://mirror-1@hub.local:8883"',
        'broker.url = "mqtt://[fd00::1]:1883/"',
        'broker.url = "mqtt://[fd00::1]"',
        'broker.url = "embedded"',
        "camera.fps = 30",
        'show.styles = ["a", "b"]\nshow.style = "b"',
        'buttons.styles = {5 = "a", 6 = "a"}\nbuttons.encoder = [7, 8]\nbuttons.next = 9',
        'show.opening = [{days = ["sat"], opens = "20:00", closes = "02:00"}]',
        'show.exceptions = [{date = "2026-12-25"}, {date = "2028-02-29", opens = "20:00", closes = "02:00"}]',
        'show.styles = ["a", "b"]\nshow.playlist = [{days = ["sat"], styles = ["b"]}]\nshow.strengths = {a = 0.5}',
    ],
)
def test_what_can_be_is_taken(text):
    parse(tomllib.loads(text))


@pytest.mark.parametrize("word", [ALL, GROUP])
def test_words_of_the_topics_are_no_id(word):
    message = "installation.id: expected a-z, 0-9 and '-', at most 63 and no '-' first, and neither all nor group"
    assert refusal(f'installation.id = "{word}"') == f'{message}, got "{word}"'


def test_long_values_are_quoted_in_part():
    assert len(refusal(f'installation.id = "{"A" * 5000}"')) < 250


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a = ", "is not valid TOML"),
        (b"\xff\xfe", "is not UTF-8 text; save it as UTF-8"),
        (b"a = " + b"[" * 20_000, "is not valid TOML"),
        (b"a = " + b"1" * 5_000, "is not valid TOML"),
        (b"#" * (LARGEST_FILE + 1), "is larger than 64 KB"),
        (b"camera.fps = 0", "camera.fps: expected"),
    ],
)
def test_a_bad_file_is_named(tmp_path, content, message):
    path = tmp_path / "mirror.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: {message}")


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path / "none.toml")
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path)


def test_a_byte_order_mark_is_no_fault(tmp_path):
    path = tmp_path / "notepad.toml"
    path.write_bytes(b"\xef\xbb\xbfcamera.fps = 25\r\n")
    assert load(path).camera.fps == 25


def test_the_example_holds_the_defaults_and_is_the_one_in_the_docs():
    assert parse(tomllib.loads(example())) == Settings()
    assert EXAMPLE.read_text("utf-8") == example(), "run: art-installation check-config --example"


def test_the_examples_samples_are_right():
    lines = example().splitlines()
    samples = {line.split(" = ")[0].removeprefix("# ") for line in lines if line.startswith("# ") and " = " in line}
    assert samples == {
        "opening", "exceptions", "playlist", "strengths", "styles", "next", "previous", "encoder"
    }  # fmt: skip
    text = "\n".join(
        line.removeprefix("# ") if line.startswith("# ") and " = " in line else line
        for line in lines
        if line not in ("opening = []", "exceptions = []", "playlist = []", "strengths = {}", "styles = {}")
    )
    changed = parse(tomllib.loads(text))
    assert changed.show.opening[0].opens == "10:00"
    assert [one.closes for one in changed.show.exceptions] == [None, "01:00"]
    assert changed.show.playlist[0].styles == ("great-wave", "scream")
    assert changed.show.strengths == {"scream": 0.8}
    assert changed.buttons.styles == {"5": "great-wave", "6": "scream"}
    assert changed.buttons.encoder == (23, 24)


def test_every_key_has_a_description():
    lines = example().splitlines()
    for before, line in pairwise(lines):
        if " = " in line and not line.startswith("#"):
            assert before.startswith("# "), line


def test_groups_are_replaced_but_for_none():
    settings = with_groups(Settings(), camera={"source": "synthetic", "fps": None}, show={"style": "scream"})
    assert (settings.camera.source, settings.camera.fps, settings.show.style) == ("synthetic", 30.0, "scream")


NOON = datetime(2026, 11, 24, 12)
toml_values = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(NOON),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=3,
)
keys = st.sampled_from(["fps", "source", "styles", "opening", "encoder", "url", "id", "size", "days"]) | st.text(
    max_size=6
)
groups = st.sampled_from(["camera", "show", "buttons", "network", "installation", "broker"]) | st.text(max_size=6)


@given(st.dictionaries(groups, st.dictionaries(keys, toml_values, max_size=2) | toml_values, max_size=2))
def test_any_table_is_taken_or_refused_in_a_sentence(data):
    try:
        parse(data)
    except SettingsError as error:
        assert 0 < len(str(error)) < 600


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("souvenir.enabled = true", "souvenir.enabled: set souvenir.url or souvenir.printer too"),
        ('souvenir = {enabled = true, url = "http://hub:8090/"}', "souvenir.url: the picture goes to the hub"),
        ('souvenir.printer = "-o raw"', "souvenir.printer: expected the name of a print queue"),
        ("souvenir.fetches = 4", "souvenir.fetches: expected a whole number from 1 to 3"),
        ("souvenir.minutes = 11", "souvenir.minutes: expected a whole number from 1 to 10"),
    ],
)
def test_souvenirs_need_a_way_out_and_stay_few(text, message):
    assert message in refusal(text)


def test_souvenirs_by_printer_alone_need_no_broker():
    assert parse({"souvenir": {"enabled": True, "printer": "foyer"}}).souvenir.enabled
    assert not Settings().souvenir.enabled
