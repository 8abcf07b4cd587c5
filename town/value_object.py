"""Values that are made in every zone at every look: cheap to make and to read, and frozen for whoever checks types."""

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def value_object(cls: type[T]) -> type[T]:
    """A data class with slots, equal and hashed by its fields. mypy keeps everybody from changing it: at run time each field of a frozen
    one would be set through a call, and Python 3.11 reads the fields of named tuples slowly.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)
