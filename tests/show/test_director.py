import math
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.errors import StyleError
from installation.settings import Opening, OpeningException, Playlist, ShowSettings
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
from installation.show.offer import Offer, OfferedStyle
from installation.show.surprise import surprise

STYLES = ("great-wave", "scream", "tahiti", "photo")
NOON = datetime(2026, 11, 24, 12, 0)  # a Tuesday


def director(now=0.0, styles=STYLES, **show) -> Director:
    return Director(ShowSettings(**show), an_offer(*styles, first=show.get("style", "")), now)


def an_offer(*names, first=""):
    return Offer(tuple(OfferedStyle(name=name, title="", artist="", year="") for name in names), first)


def at(director, now):
    return director.scene(now, NOON)


def after(director, now):
    """The scene when the shortest morph is over."""
    return at(director, now + SHORTEST_MORPH)


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


def test_the_attract_loop_may_drift_from_one_surprise_to_the_next_and_never_jumps():
    show = director(attract_after=10.0, attract_every=5.0, attract_drift=True)
    before, seen = at(show, 9.96), set()
    for frame in range(250 * 4):
        scene = at(show, 10.0 + frame / 25)
        moved = sum(abs(scene.mix.get(name, 0.0) - before.mix.get(name, 0.0)) for name in STYLES)
        assert moved < 2 * 1.6 / (5.0 * 25)  # all of it, there and away, in 5 s, with ease
        before = scene
        seen.add(scene.surprise)
    assert len(seen) == 8
    assert scene.phase == "attract"


def test_a_playlist_drifts_among_its_own_styles_and_names_only_seeds_that_give_the_same_again():
    playlist = (Playlist(days=("tue",), styles=("tahiti", "scream")),)
    show = director(attract_after=1.0, attract_every=2.0, attract_drift=True, playlist=playlist, style="scream")
    for now in range(1, 60):
        scene = at(show, float(now))
        assert set(scene.mix) <= {"tahiti", "scream"}
        assert scene.surprise is None


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


def test_idle_it_walks_through_the_styles_but_not_the_photo():
    show = director(attract_after=60.0, attract_every=10.0, morph_seconds=0.0)
    assert at(show, 59.9).phase == "visitor"
    seen = [at(show, 60.0 + 10.0 * number).style for number in range(5)]
    assert seen == ["scream", "tahiti", "great-wave", "scream", "tahiti"]
    assert at(show, 105.0).phase == "attract"


def test_the_walk_restores_the_strength():
    show = director(attract_after=60.0, strength=0.9)
    show.obey(SetStrength(0.0), 0.0)
    assert at(show, 59.0).strength == 0.0
    at(show, 61.0)
    assert at(show, 70.0).strength == 0.9


def test_a_choice_ends_the_walk_and_idleness_begins_anew():
    show = director(attract_after=60.0, morph_seconds=0.0)
    at(show, 60.0)
    show.obey(SetStyle("great-wave"), 65.0)
    assert (at(show, 65.0).phase, at(show, 65.0).style) == ("visitor", "great-wave")
    assert at(show, 124.0).phase == "visitor"
    assert at(show, 126.0).phase == "attract"


def test_the_walk_can_be_switched_off_and_on():
    show = director(attract_after=60.0)
    show.obey(SetAttract(on=False), 0.0)
    assert (at(show, 1e6).phase, at(show, 1e6).attract) == ("visitor", False)
    show.obey(SetAttract(on=True), 1e6)
    assert at(show, 1e6 + 59).phase == "visitor"
    assert at(show, 1e6 + 60).phase == "attract"


def test_a_held_picture_goes_on_when_its_visitor_has_left():
    show = director(attract=False, attract_after=60.0)
    show.obey(ToggleHold(), 100.0)
    assert at(show, 159.0).held
    assert not at(show, 161.0).held


def test_a_held_picture_goes_when_the_screen_goes_dark():
    show = director(opening=(Opening(days=("tue",), opens="10:00", closes="12:01"),))
    show.obey(ToggleHold(), 0.0)
    assert at(show, 1.0).held
    show.obey(SetDisplay(on=False), 2.0)
    at(show, 2.0)
    show.obey(SetDisplay(on=True), 3.0)
    assert not at(show, 3.0).held
    show.obey(ToggleHold(), 4.0)
    show.scene(5.0, NOON + timedelta(minutes=2))
    assert not at(show, 6.0).held


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


@pytest.mark.parametrize(
    ("when", "phase"),
    [
        ("2026-11-24 09:59", "closed"),  # Tuesday
        ("2026-11-24 10:00", "visitor"),
        ("2026-11-24 17:59", "visitor"),
        ("2026-11-24 18:00", "closed"),
        ("2026-11-28 19:59", "closed"),  # Saturday
        ("2026-11-28 20:00", "visitor"),
        ("2026-11-29 01:59", "visitor"),  # the night to Sunday
        ("2026-11-29 02:00", "closed"),
        ("2026-11-29 20:30", "closed"),
        ("2026-11-30 00:30", "visitor"),  # Monday is open around the clock
        ("2026-11-30 23:59", "visitor"),
    ],
)
def test_opening_hours(when, phase):
    opening = (
        Opening(days=("tue", "wed"), opens="10:00", closes="18:00"),
        Opening(days=("sat",), opens="20:00", closes="02:00"),
        Opening(days=("mon",), opens="00:00", closes="00:00"),
    )
    show = director(opening=opening)
    assert show.scene(0.0, datetime.fromisoformat(when)).phase == phase


def test_while_nobody_knows_the_time_the_exhibit_is_open():
    show = director(opening=(Opening(days=("mon",), opens="10:00", closes="11:00"),))
    assert at(show, 0.0).phase == "closed"
    assert show.scene(0.0, None).phase == "visitor"
    assert at(show, 1.0).phase == "closed"


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


def test_somebody_who_comes_stops_the_attract_loop_which_runs_again_when_nobody_is_there():
    show = director(attract_after=90.0, attract_every=20.0)
    assert at(show, 100.0).phase == "attract"
    show.notice(True, 101.0)
    here = at(show, 101.0)
    assert here.phase == "visitor"
    assert at(show, 180.0).style == here.style
    show.notice(False, 181.0)
    assert at(show, 181.0).phase == "attract"


def test_somebody_who_stays_without_choosing_sees_the_attract_loop_again():
    show = director(attract_after=90.0)
    show.notice(True, 100.0)
    assert at(show, 189.0).phase == "visitor"
    show.notice(True, 189.5)
    assert at(show, 191.0).phase == "attract"


def test_a_choice_by_phone_holds_though_nobody_stands_before_the_mirror():
    show = director(attract_after=90.0)
    show.notice(False, 99.0)
    show.obey(SetStyle("scream"), 100.0)
    assert at(show, 189.0).phase == "visitor"


def test_each_day_has_its_playlist():
    playlist = (
        Playlist(days=("tue",), styles=("tahiti", "gone", "scream")),
        Playlist(days=("wed",), styles=("gone",)),
    )
    show = director(attract_after=1.0, attract_every=1.0, morph_seconds=0.5, playlist=playlist)

    def walk(local):
        return [show.scene(float(now), local).style for now in range(next(clock), next(clock), 2)]

    clock = iter((2, 8, 10, 18, 20, 28))
    assert walk(NOON) == ["tahiti", "scream", "tahiti"]
    assert set(walk(NOON + timedelta(days=1))) == {"great-wave", "scream", "tahiti"}
    assert set(walk(None)) == {"great-wave", "scream", "tahiti"}


EXCEPTIONS = (
    OpeningException(date="2026-11-24"),
    OpeningException(date="2026-11-25", opens="18:00", closes="01:00"),
    OpeningException(date="2026-11-25", opens="10:00", closes="12:00"),
)


@pytest.mark.parametrize(
    ("local", "phase"),
    [
        (datetime(2026, 11, 24, 12, 0), "closed"),  # a Tuesday that is closed
        (datetime(2026, 11, 25, 11, 0), "visitor"),
        (datetime(2026, 11, 25, 15, 0), "closed"),
        (datetime(2026, 11, 25, 23, 0), "visitor"),
        (datetime(2026, 11, 26, 0, 59), "visitor"),  # a late night ends on the next day
        (datetime(2026, 11, 26, 1, 0), "closed"),
        (datetime(2026, 12, 1, 12, 0), "visitor"),
    ],
)
def test_a_date_may_have_hours_of_its_own(local, phase):
    opening = (Opening(days=("tue", "wed"), opens="10:00", closes="18:00"),)
    assert director(opening=opening, exceptions=EXCEPTIONS).scene(0.0, local).phase == phase


def test_a_gallery_that_is_always_open_may_close_on_a_date():
    show = director(exceptions=EXCEPTIONS[:1])
    assert show.scene(0.0, NOON).phase == "closed"
    assert show.scene(0.0, NOON + timedelta(days=7)).phase == "visitor"
