"""What fakes inherit from, so that the type checker takes them for the parts that they stand in for."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Fake = Any
else:
    Fake = object
