import pytest

from installation.collection import Collection
from installation.errors import SettingsError, StyleError
from installation.settings import ShowSettings
from installation.show.offer import Offer, OfferedStyle
from tests.builders import write_collection, write_style


@pytest.fixture
def collection(tmp_path):
    return Collection.load(write_collection(tmp_path / "styles", "great-wave", "scream", "tahiti"))


def test_without_settings_the_whole_collection_is_on_offer_in_its_order(collection):
    offer = Offer.of(collection, ShowSettings())
    assert offer.names == ("great-wave", "scream", "tahiti", "photo")
    assert offer.first == "great-wave"
    assert offer.styles[1] == OfferedStyle(
        name="scream", title="The scream", artist="Katsushika Hokusai", year="c. 1831"
    )


def test_the_settings_choose_and_order(collection):
    offer = Offer.of(collection, ShowSettings(styles=("tahiti", "great-wave"), style="great-wave"))
    assert offer.names == ("tahiti", "great-wave")
    assert offer.first == "great-wave"


@pytest.mark.parametrize("show", [ShowSettings(style="gone"), ShowSettings(styles=("scream", "gone"))])
def test_an_unknown_name_is_an_error(collection, show):
    with pytest.raises(SettingsError, match="there is no style 'gone' to offer; choose from great-wave, scream, t"):
        Offer.of(collection, show)


def test_what_comes_first_must_be_on_offer(collection):
    with pytest.raises(SettingsError, match="no style 'tahiti' to offer"):
        Offer.of(collection, ShowSettings(style="tahiti", styles=("scream",)))


def test_unknown_names_can_be_left_out(collection):
    skipped: list[Exception] = []
    offer = Offer.of(collection, ShowSettings(style="gone", styles=("lost", "scream")), skip=skipped.append)
    assert offer.names == ("scream",)
    assert offer.first == "scream"
    assert [str(error).split(" to ")[0] for error in skipped] == [
        "there is no style 'lost'",
        "there is no style 'gone'",
    ]


def test_no_known_name_offers_the_whole_collection(collection):
    offer = Offer.of(collection, ShowSettings(styles=("lost",)), skip=lambda _error: None)
    assert offer.names == collection.names


def test_an_offer_is_never_empty_and_begins_with_what_it_holds():
    with pytest.raises(StyleError, match="no style is on offer"):
        Offer(())
    with pytest.raises(StyleError, match="no style 'gone' on offer"):
        Offer((OfferedStyle(name="scream", title="", artist="", year=""),), first="gone")


def test_an_added_style_and_a_new_order_are_on_offer(collection):
    write_style(collection.path, "early", vector=collection.photo.vector.tolist(), order=1)
    assert Offer.of(Collection.load(collection.path), ShowSettings()).names[:2] == ("early", "great-wave")
