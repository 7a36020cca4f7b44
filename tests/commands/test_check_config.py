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
