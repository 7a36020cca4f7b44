import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.errors import StyleError
from installation.settings import ShowSettings
from installation.show.commands import (
    PickStyle,
    Quit,
    SetAttract,
    SetDisplay,
    SetMix,
    SetStrength,
    SetStyle,
    SetSurprise,
    StepStrength,
    StepStyle,
    ToggleHold,
)
from installation.show.director import SHORTEST_MORPH, STRENGTH_SECONDS, Director
from installation.show.surprise import surprise
from tests.show.directed import NOON, STYLES, after, an_offer, at, director


def test_at_first_there_is_the_first_style_at_full_strength():
    scene = at(director(), 0.0)
    assert (scene.mix, scene.style, scene.strength, scene.phase) == ({"great-wave": 1.0}, "great-wave", 1.0, "visitor")
    assert (scene.attract, scene.held) == (True, False)


def test_the_settings_name_the_first_style():
    assert at(director(style="tahiti", strength=0.4), 0.0).mix == {"tahiti": 1.0}


def test_a_choice_is_morphed_to_with_ease():
    show = director(morph_seconds=2.0)
    show.obey(SetStyle("scream"), 10.0)
    assert at(show, 10.0).mix == {"great-wave": 1.0}
    assert at(show, 10.2).mix["scream"] == pytest.approx(0.028)
    assert at(show, 11.0).mix == pytest.approx({"great-wave": 0.5, "scream": 0.5})
    assert at(show, 12.0).mix == {"scream": 1.0}
    assert at(show, 10.2).style == "scream", "named is what is being moved to"


def test_a_choice_during_a_morph_starts_from_what_is_on_screen():
    show = director(morph_seconds=2.0)
    show.obey(SetStyle("scream"), 0.0)
    before = at(show, 1.0).mix
    show.obey(SetStyle("tahiti"), 1.0)
    assert at(show, 1.0).mix == pytest.approx(before)
    assert set(at(show, 2.0).mix) == {"great-wave", "scream", "tahiti"}
    assert at(show, 3.0).mix == {"tahiti": 1.0}


def test_a_mix_has_its_own_time():
    show = director(morph_seconds=1.0)
    show.obey(SetMix({"scream": 3.0, "tahiti": 1.0}, seconds=4.0), 0.0)
    assert at(show, 2.0).mix == pytest.approx({"great-wave": 0.5, "scream": 0.375, "tahiti": 0.125})
    assert at(show, 4.0).mix == pytest.approx({"scream": 0.75, "tahiti": 0.25})
    assert at(show, 4.0).style == "scream"


def test_a_surprise_is_shown_by_its_seed_until_something_else_is_chosen():
    show = director(morph_seconds=0.0)
    assert at(show, 0.0).surprise is None
    show.obey(SetSurprise(4711), 1.0)
    scene = after(show, 1.0)
    assert scene.mix == pytest.approx(surprise(4711, STYLES))
    assert (scene.surprise, scene.style, scene.phase) == (4711, next(iter(surprise(4711, STYLES))), "visitor")
    show.obey(SetStrength(0.5), 2.0)
    assert at(show, 2.0).surprise == 4711
    show.obey(SetStyle("scream"), 3.0)
    assert at(show, 3.0).surprise is None


def test_a_surprise_without_a_seed_draws_one():
    show = Director(ShowSettings(), an_offer(*STYLES), 0.0, draw=iter((5, 6)).__next__)
    show.obey(SetSurprise(), 1.0)
    assert at(show, 1.0).surprise == 5
    show.obey(SetSurprise(), 2.0)
    assert at(show, 2.0).surprise == 6


def test_a_surprise_that_loses_a_style_is_none_any_more():
    show = director(morph_seconds=0.0)
    show.obey(SetSurprise(1), 0.0)
    show.offer(an_offer(*STYLES, "new"))
    assert at(show, 0.0).surprise == 1
    show.offer(an_offer("tahiti", "new"))
    assert at(show, 0.0).surprise is None


@pytest.mark.parametrize(
    "command",
    [
        SetStyle("nobody"),
        SetMix({"scream": 0.5, "nobody": 0.5}),
        SetMix({}),
        SetMix({"scream": -1.0}),
        SetMix({"scream": math.nan}),
    ],
)
def test_a_command_that_cannot_be_obeyed_changes_nothing(command):
    show = director()
    with pytest.raises(StyleError):
        show.obey(command, 1.0)
    assert at(show, 5.0).mix == {"great-wave": 1.0}


def test_weights_may_be_huge_or_tiny():
    show = director(morph_seconds=0.0)
    show.obey(SetMix({"scream": 1e308, "tahiti": 1e308, "great-wave": 1e308}), 0.0)
    assert after(show, 0.0).mix == pytest.approx(dict.fromkeys(("scream", "tahiti", "great-wave"), 1 / 3))
    show.obey(SetMix({"scream": 5e-324}), 0.0)
    assert after(show, 0.0).mix == {"scream": 1.0}


@pytest.mark.parametrize(
    "command", [SetStyle("scream"), SetMix({"scream": 1.0}, seconds=0.0), StepStyle(1), PickStyle(1)]
)
def test_no_morph_is_so_short_that_it_could_flash(command):
    show = director(morph_seconds=0.0)
    show.obey(command, 0.0)
    assert at(show, SHORTEST_MORPH / 2).mix == pytest.approx({"great-wave": 0.5, "scream": 0.5})
    assert at(show, SHORTEST_MORPH).mix == {"scream": 1.0}


def test_no_change_of_strength_is_so_short_that_it_could_flash():
    show = director(morph_seconds=0.0)
    show.obey(SetStrength(0.0), 0.0)
    assert at(show, 0.25).strength == pytest.approx(0.25)
    assert at(show, 0.5).strength == 0.0


def test_steps_and_picks():
    show = director(morph_seconds=0.0)
    show.obey(StepStyle(1), 0.0)
    assert at(show, 0.0).style == "scream"
    show.obey(StepStyle(-2), 0.0)
    assert at(show, 0.0).style == "photo"
    show.obey(StepStyle(5_000_001), 0.0)
    assert at(show, 0.0).style == "great-wave"
    show.obey(PickStyle(2), 0.0)
    assert at(show, 0.0).style == "tahiti"
    show.obey(PickStyle(9), 0.0)
    assert at(show, 0.0).style == "tahiti"


def test_strength_follows_quickly_and_stays_with_the_next_style():
    show = director(morph_seconds=2.0)
    show.obey(SetStrength(0.2), 0.0)
    assert at(show, STRENGTH_SECONDS / 2).strength < 0.45
    assert at(show, STRENGTH_SECONDS).strength == 0.2
    show.obey(SetStyle("scream"), 1.0)
    assert at(show, 5.0).strength == 0.2
    show.obey(StepStrength(-0.5), 6.0)
    assert at(show, 7.0).strength == 0.0
    show.obey(SetStrength(7.0), 8.0)
    assert at(show, 9.0).strength == 1.0
    show.obey(SetStrength(math.nan), 9.0)
    assert at(show, 10.0).strength == 1.0


def test_a_dragged_slider_is_followed_while_it_is_dragged():
    show = director(morph_seconds=1.5)
    for step in range(20):
        show.obey(SetStrength(1.0 - step / 20), step * 0.05)
    assert at(show, 1.0).strength < 0.35


def test_strength_does_not_disturb_a_morph():
    show = director(morph_seconds=2.0)
    show.obey(SetStyle("scream"), 0.0)
    show.obey(SetStrength(0.5), 1.0)
    assert at(show, 2.0).mix == {"scream": 1.0}


def test_hold_toggles_and_a_choice_ends_it():
    show = director()
    show.obey(ToggleHold(), 0.0)
    show.obey(ToggleHold(), 1.0)
    assert not at(show, 1.0).held
    show.obey(ToggleHold(), 2.0)
    show.obey(StepStyle(1), 3.0)
    assert not at(show, 3.0).held


def test_the_display_can_be_switched_off():
    show = director()
    show.obey(SetDisplay(on=False), 0.0)
    assert at(show, 1e5).phase == "off"
    show.obey(SetDisplay(on=True), 1e5)
    assert at(show, 1e5).phase in ("visitor", "attract")


def test_what_is_no_command_of_its_own_is_ignored():
    show = director()
    show.obey(Quit(), 0.0)
    assert at(show, 0.0).phase == "visitor"


def test_other_styles_on_offer():
    show = director(morph_seconds=0.0)
    show.obey(SetMix({"scream": 0.5, "tahiti": 0.5}), 0.0)
    show.offer(an_offer("tahiti", "new"))
    assert at(show, 0.0).mix == {"tahiti": 1.0}
    show.offer(an_offer("new"))
    assert at(show, 0.0).mix == {"new": 1.0}
    with pytest.raises(StyleError):
        show.obey(SetStyle("tahiti"), 0.0)


def test_an_added_style_and_a_new_order_count_at_once():
    show = director(morph_seconds=0.0)
    show.offer(an_offer("new", *reversed(STYLES)))
    assert at(show, 0.0).style == "great-wave", "what is on screen stays"
    show.obey(SetStyle("new"), 0.0)
    assert at(show, 0.0).style == "new"
    show.obey(PickStyle(2), 0.0)
    assert at(show, 0.0).style == "tahiti"


names = st.sampled_from(STYLES)
weights = st.dictionaries(names, st.floats(1e-6, 1e6), min_size=1)
commands = st.one_of(
    names.map(SetStyle),
    st.builds(SetMix, weights, st.none() | st.floats(0, 5)),
    st.builds(SetSurprise, st.none() | st.integers(0, 999_999)),
    st.floats(-2, 2).map(SetStrength),
    st.floats(-2, 2).map(StepStrength),
    st.integers(-9, 9).map(StepStyle),
    st.integers(-2, 9).map(PickStyle),
    st.booleans().map(SetAttract),
    st.booleans().map(SetDisplay),
    st.just(ToggleHold()),
)
script = st.lists(st.tuples(st.floats(0, 30), commands), max_size=12)


@given(script, st.floats(0, 3), st.booleans())
def test_weights_are_positive_and_sum_to_one_whatever_happens(steps, morph_seconds, attract):
    show, now = director(morph_seconds=morph_seconds, attract=attract, attract_after=20.0, attract_every=5.0), 0.0
    for pause, command in steps:
        now += pause
        show.obey(command, now)
        for moment in (now, now + pause / 3):
            scene = show.scene(moment, NOON + timedelta(seconds=moment))
            assert all(weight > 0 for weight in scene.mix.values())
            assert math.isclose(sum(scene.mix.values()), 1.0, abs_tol=1e-9)
            assert 0.0 <= scene.strength <= 1.0
            assert scene.style in STYLES


@given(script)
def test_the_mix_never_jumps(steps):
    show, now = director(morph_seconds=2.0, attract_after=20.0, attract_every=5.0), 0.0
    before = at(show, now)
    for pause, command in steps:
        show.obey(SetMix(command.weights, 2.0) if isinstance(command, SetMix) else command, now)
        for _ in range(round(min(pause, 3.0) / 0.04) + 1):
            scene = at(show, now)
            moved = max(abs(scene.mix.get(name, 0.0) - before.mix.get(name, 0.0)) for name in STYLES)
            assert moved < 0.05
            assert abs(scene.strength - before.strength) < 0.22
            before, now = scene, now + 0.04


@given(st.lists(commands, max_size=10), names)
def test_the_last_command_wins(steps, name):
    show = director(attract=False)
    for number, command in enumerate(steps):
        show.obey(command, float(number))
    show.obey(SetStyle(name), 100.0)
    show.obey(SetStrength(0.25), 100.0)
    scene = at(show, 105.0)
    assert (scene.mix, scene.style, scene.strength) == ({name: 1.0}, name, 0.25)
