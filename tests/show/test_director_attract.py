from datetime import timedelta

from installation.settings import Playlist
from installation.show.commands import (
    SetAttract,
    SetStrength,
    SetStyle,
    ToggleHold,
)
from tests.show.directed import NOON, STYLES, at, director


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
