"""The page's files as such: small, self-contained, complete in every language."""

import gzip
import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

import pytest

from installation.collection import PHOTO, Collection

FOLDER = Path(__file__).parents[3] / "installation" / "control" / "web" / "page"
CODE = sorted(
    path
    for path in FOLDER.rglob("*")
    if path.suffix in {".html", ".js", ".css", ".json", ".png"} and path.parent.name != "paintings"
)
OWN = [path for path in CODE if "vendor" not in path.parts]
BUDGET = 60 * 1024


class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def elements() -> list[tuple[str, dict[str, str | None]]]:
    parser = Elements()
    parser.feed((FOLDER / "index.html").read_text())
    return parser.found


def test_all_of_it_tiles_included_fits_the_budget() -> None:
    code = sum(len(gzip.compress(path.read_bytes(), 9)) for path in CODE)
    tiles = sum(path.stat().st_size for path in (FOLDER / "tiles").glob("*"))
    assert code <= BUDGET / 2
    # A phone fetches the sentences of one language, and the picture of a painting only when its visitor asks for it.
    sentences = max(len(gzip.compress(path.read_bytes(), 9)) for path in (FOLDER / "paintings").glob("*.json"))
    assert code + tiles + sentences <= BUDGET


@pytest.mark.parametrize("path", [path for path in OWN if path.suffix != ".png"], ids=lambda path: path.name)
def test_nothing_is_fetched_from_elsewhere(path: Path) -> None:
    namespaces = "http://www.w3.org/2000/svg"
    assert not re.search(r"https?://|//[a-z0-9-]+\.[a-z]|@import|url\(", path.read_text().replace(namespaces, ""))


@pytest.mark.parametrize("path", [path for path in OWN if path.suffix == ".js"], ids=lambda path: path.name)
def test_no_text_is_parsed_as_markup_or_code(path: Path) -> None:
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", path.read_text()
    )


def test_there_is_no_inline_code_or_style() -> None:
    for tag, attributes in elements():
        assert not any(name == "style" or name.startswith("on") for name in attributes), tag
        if tag == "script":
            assert attributes["src"]
            assert attributes.get("type") is None, "mosquitto's http_dir sends no type: ES modules would be refused"


def test_the_policy_allows_only_this_host() -> None:
    (policy,) = [a["content"] for tag, a in elements() if tag == "meta" and "http-equiv" in a]
    rules = dict(rule.strip().split(" ", 1) for rule in str(policy).split(";"))
    assert rules.pop("default-src") == "'none'"
    assert set(rules.values()) <= {"'self'", "'none'"}
    assert rules["connect-src"] == "'self'"


def test_every_file_that_is_named_exists_and_ids_are_unique() -> None:
    found = elements()
    for _, attributes in found:
        for name in ("src", "href"):
            target = attributes.get(name)
            if target and not target.startswith("#"):
                assert (FOLDER / target).is_file(), target
    ids = [attributes["id"] for _, attributes in found if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_the_vendored_client_has_its_licence() -> None:
    assert (FOLDER / "vendor" / "LICENSE-EDL-1.0.txt").is_file()
    assert (FOLDER / "vendor" / "paho-mqtt-1.1.0.min.js").stat().st_size < 40_000


def words() -> Mapping[str, Mapping[str, object]]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    code = (FOLDER / "words.js").read_text() + "\nconsole.log(JSON.stringify(WORDS))"
    result = subprocess.run([node, "-e", code], capture_output=True, text=True, check=True)
    answer: Mapping[str, Mapping[str, object]] = json.loads(result.stdout)
    return answer


def test_four_languages_say_everything() -> None:
    languages = words()
    assert set(languages) == {"en", "de", "fr", "zh"}
    for language, sentences in languages.items():
        assert sentences.keys() == languages["en"].keys(), language
        for key, sentence in sentences.items():
            assert sentence, (language, key)
            if isinstance(sentence, str):
                holes = re.findall(r"\{\w+\}", str(languages["en"][key]))
                assert re.findall(r"\{\w+\}", sentence) == holes, (language, key)


def test_every_painting_has_a_sentence_in_every_language() -> None:
    named = set(Collection.load().names) - {PHOTO}
    for language in words():
        sentences = json.loads((FOLDER / "paintings" / f"{language}.json").read_text())
        assert set(sentences) == named
        assert all(0 < len(sentence) <= 140 for sentence in sentences.values()), language


def test_every_word_that_is_used_exists() -> None:
    known = set(words()["en"])
    html = (FOLDER / "index.html").read_text()
    code = "".join(path.read_text() for path in OWN if path.suffix == ".js")
    used = set(re.findall(r'data-(?:word|label)="(\w+)"', html))
    used |= set(re.findall(r'(?:\.say|\.tell|\.tellOther)\("(\w+)"', code))
    assert used <= known
    assert {"offline", "closed", "off", "down", "connecting", "attract", "unknown", "nobody", "blind"} <= known
