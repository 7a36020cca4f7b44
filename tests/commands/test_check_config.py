import json
import tomllib

from installation.cli import main


def test_a_right_file(tmp_path, capsys):
    path = tmp_path / "mirror.toml"
    path.write_text("[camera]\nfps = 25\n")
    assert main(["check-config", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: all settings are right\n"
    assert main(["check-config", str(path), "--json"]) == 0
    settings = json.loads(capsys.readouterr().out)
    assert settings["camera"]["fps"] == 25
    assert settings["display"]["rotation"] == 0


def test_a_wrong_file_has_status_2(tmp_path, capsys):
    path = tmp_path / "mirror.toml"
    path.write_text("[camera]\nfsp = 25\n")
    assert main(["check-config", str(path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"art-installation: {path}: camera.fsp: unknown key; did you mean 'fps'?\n")
    assert main(["check-config", str(tmp_path / "none.toml")]) == 2
    assert main(["check-config"]) == 2


def test_all_that_is_wrong_is_told_at_once(tmp_path, capsys):
    path = tmp_path / "mirror.toml"
    path.write_text(
        "[camera]\nfsp = 25\nfps = 0\n[display]\nrotation = 45\n[show]\n"
        'opening = [{ days = ["mon"], opens = "10:00" }]\n'
        "[buttons]\nnext = 17\nprevious = 17\n[bottons]\nnext = 1\n[buttons.styles]\n17 = 3\n"
    )
    assert main(["check-config", str(path)]) == 2
    out, err = capsys.readouterr()
    lines = [line.removeprefix(f"art-installation: {path}: ") for line in err.splitlines()]
    assert out == ""
    assert sorted(line.partition(":")[0] for line in lines) == [
        "bottons", "buttons.previous", "buttons.styles[...]", "camera.fps", "camera.fsp", "display.rotation",
        "show.opening[0]",
    ]  # fmt: skip


def test_style_names_that_the_collection_lacks_are_told(tmp_path, capsys):
    path = tmp_path / "mirror.toml"
    path.write_text(
        '[show]\nstyle = "great-wafe"\nstrengths = { scream = 0.8, screem = 0.7 }\n'
        '[[show.playlist]]\ndays = ["mon"]\nstyles = ["scream", "screm"]\n'
    )
    assert main(["check-config", str(path)]) == 2
    lines = [line.removeprefix(f"art-installation: {path}: ") for line in capsys.readouterr().err.splitlines()]
    assert lines == [
        "show.style: there is no style 'great-wafe'; did you mean 'great-wave'?",
        "show.strengths: there is no style 'screem'; did you mean 'scream'?",
        "show.playlist[0].styles: there is no style 'screm'; did you mean 'scream'?",
    ]


def test_without_a_collection_style_names_pass(tmp_path):
    path = tmp_path / "mirror.toml"
    path.write_text(f'[show]\nstyle = "new-wave"\n[paths]\ncollection = "{tmp_path / "none"}"\n')
    assert main(["check-config", str(path)]) == 0


def test_who_starts_with_a_wrong_file_hears_how_many_things_are_wrong(tmp_path, capsys):
    path = tmp_path / "mirror.toml"
    path.write_text("[camera]\nfps = 0\n[display]\nrotation = 45\n")
    assert main(["run", "--config", str(path)]) == 2
    assert f"(and 1 more: art-installation check-config {path} lists them)" in capsys.readouterr().err


def test_an_id_that_is_a_word_of_the_topics_is_refused(tmp_path, capsys):
    path = tmp_path / "mirror.toml"
    path.write_text('[installation]\nid = "all"\n')
    assert main(["check-config", str(path)]) == 2
    assert capsys.readouterr().err.endswith('and neither all nor group, got "all"\n')


def test_the_example_passes_its_own_check(tmp_path, capsys):
    assert main(["check-config", "--example"]) == 0
    text = capsys.readouterr().out
    assert tomllib.loads(text)["installation"]["id"] == "mirror"
    path = tmp_path / "example.toml"
    path.write_text(text, "utf-8")
    assert main(["check-config", str(path)]) == 0


def test_the_gallery_s_own_words_are_checked_where_their_file_is(tmp_path, capsys):
    path = tmp_path / "mirror.toml"
    own = tmp_path / "words.toml"
    path.write_text(f'[display]\nlanguage = "{own}"\n')
    assert main(["check-config", str(path)]) == 0
    out, err = capsys.readouterr()
    assert "all settings are right" in out
    assert err == f"note: display.language: {own} is not on this machine, and was not checked\n"
    own.write_text('clsoed = "Zu"\n')
    assert main(["check-config", str(path)]) == 2
    assert "display.language" in capsys.readouterr().err
    own.write_text('closed = "Zu"\n')
    assert main(["check-config", str(path)]) == 0
    assert capsys.readouterr().err == ""
