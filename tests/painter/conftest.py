"""The networks that the network's own tests use."""

from tests.network.conftest import choice, sample, subject

__all__ = ["choice", "sample", "subject"]
