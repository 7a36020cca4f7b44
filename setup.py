"""Puts the collection, which lives beside the package, into the wheel as ``installation/_styles``.

All else is in pyproject.toml, which has no way to say this together with a search for packages.
"""

from setuptools import find_namespace_packages, setup

setup(
    packages=[*find_namespace_packages(include=["installation*"]), "installation._styles"],
    package_dir={"installation._styles": "styles"},
)
