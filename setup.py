"""Puts the collection, which lives beside the package, into the wheel as ``installation/styles``.

All else is in pyproject.toml, which has no way to say this together with a search for packages.
"""

from setuptools import find_namespace_packages, setup

setup(
    packages=[*find_namespace_packages(include=["installation*"]), "installation.styles"],
    package_dir={"installation.styles": "styles"},
)
