import numpy as np

from installation.display.still import still


def test_the_still_ships():
    picture = still()
    assert picture is not None
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
    assert min(picture.shape[:2]) >= 600
    assert picture.std() > 20


def test_a_damaged_still_keeps_no_card_from_coming_up(tmp_path):
    assert still(tmp_path / "none.jpg") is None
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    assert still(tmp_path / "bad.jpg") is None
