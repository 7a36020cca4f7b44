from importlib import metadata

from installation.version import version


def test_the_installed_version():
    assert version() == metadata.version("art-installation")


def test_a_source_tree_that_was_never_installed(monkeypatch):
    def absent(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", absent)
    assert version() == "0+source"
