"""What arrives is anybody's: the page's own checks, run in node with hostile payloads."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FOLDER = Path(__file__).parents[3] / "installation" / "control" / "web" / "page"
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")

# One process a test: a line in is one call, a line out its answer.
LOOP = """
require("readline").createInterface({input: process.stdin}).on("line", (line) => {
  const [call, argument] = JSON.parse(line);
  let answer;
  try {
    const value = call === "text" ? Payloads.text(Uint8Array.from(argument))
      : call === "weights" ? weightsAt(...argument) : Payloads[call](argument);
    answer = {value: value?.styles instanceof Map ? {...value, styles: [...value.styles.values()]} : value ?? null};
  } catch (error) {
    answer = {error: String(error)};
  }
  console.log(JSON.stringify(answer));
});
"""


class Checks:
    def __init__(self) -> None:
        scripts = [(FOLDER / name).read_text() for name in ("constants.js", "payloads.js", "mixpad.js")]
        self._process = subprocess.Popen(
            [str(NODE), "-e", "\n".join([*scripts, LOOP])], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, call: str, argument: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([call, argument]) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def checks() -> Any:
    checks = Checks()
    yield checks
    checks.close()


quick = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@quick
@given(st.binary(max_size=200))
def test_bytes_are_text_or_nothing(checks: Checks, payload: bytes) -> None:
    try:
        expected: str | None = payload.decode()
    except UnicodeDecodeError:
        expected = None
    answer = checks("text", list(payload))
    assert answer == expected or (expected or "").startswith("\ufeff")  # a byte order mark is left out


@quick
@given(st.sampled_from(["mix", "info", "health"]), st.text(max_size=80) | json_values.map(json.dumps))
def test_nothing_malformed_breaks_a_check(checks: Checks, call: str, text: str) -> None:
    checks(call, text)


@quick
@given(st.dictionaries(st.sampled_from(["a", "great-wave", "__proto__", "constructor", "<b>"]), json_values))
def test_a_mix_is_positive_and_sums_to_one(checks: Checks, weights: dict[str, Any]) -> None:
    mix = checks("mix", json.dumps({"styles": weights}))
    if mix is not None:
        assert sum(weight for _, weight in mix) == pytest.approx(1)
        assert all(weight > 0 and name in {"a", "great-wave", "constructor"} for name, weight in mix)


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("1", 1), ("0.25", 0.25), ("1e-1", 0.1)]
    + [(text, None) for text in ("", "-0.1", "1.1", "NaN", "Infinity", " ", "0x1", "0,5", "null", "1" * 30)],
)
def test_a_fraction_is_within_0_and_1(checks: Checks, text: str, value: float | None) -> None:
    assert checks("fraction", text) == value


def test_info_keeps_what_is_well_formed_and_cuts_the_rest(checks: Checks) -> None:
    styles = [
        {"name": "good", "title": "A\u202egood\none", "artist": 7, "year": "x" * 500},
        {"name": "../../evil", "title": "path"},
        {"name": "good\n"},
        None,
        "text",
        {"title": "nameless"},
    ]
    info = checks("info", json.dumps({"name": {"not": "text"}, "styles": styles}))
    assert info == {
        "name": "",
        "styles": [{"name": "good", "title": "A good one", "artist": "7", "year": "x" * 120}],
        "souvenir": False,
    }
    assert checks("info", json.dumps({"styles": "none"})) is None


def test_a_huge_payload_is_ignored(checks: Checks) -> None:
    assert checks("text", [65] * (64 * 1024 + 1)) is None


@quick
@given(st.integers(1, 4), st.floats(0, 1), st.floats(0, 1))
def test_the_pads_weights_sum_to_one(checks: Checks, count: int, x: float, y: float) -> None:
    weights = checks("weights", [["a", "b", "c", "d"][:count], x, y])
    assert len(weights) == count
    assert sum(weights) == pytest.approx(1, abs=0.003)
    assert all(weight >= 0 for weight in weights)


@pytest.mark.parametrize(("corner", "index"), [((0, 0), 0), ((1, 0), 1), ((0, 1), 2), ((1, 1), 3)])
def test_a_corner_is_all_of_its_style(checks: Checks, corner: tuple[float, float], index: int) -> None:
    assert checks("weights", [["a", "b", "c", "d"], *corner]) == [float(i == index) for i in range(4)]
