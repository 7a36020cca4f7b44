import pytest

from installation.mirror import cards
from installation.settings import Opening


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (("mon", "tue", "wed", "thu", "fri"), "Mon–Fri 10:00–18:00"),
        (("sun", "tue", "wed"), "Tue–Wed, Sun 10:00–18:00"),
        (("sat",), "Sat 10:00–18:00"),
        (("fri", "fri"), "Fri 10:00–18:00"),
    ],
)
def test_hours(days, text):
    assert cards.hours(Opening(days=days, opens="10:00", closes="18:00")) == text


def test_the_closed_card_shows_the_hours():
    card = cards.closed("Mirror", [Opening(days=("sat", "sun"), opens="11:00", closes="17:00")])
    assert card.title == "Mirror"
    assert "Sat–Sun 11:00–17:00" in card.text
