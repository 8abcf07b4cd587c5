"""How a vehicle's look is kept: its light in square cells of one grid that lies over the whole frame."""

import struct
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

FORMAT = 2
_HEADER = struct.Struct("<BbHHB")
CELLS_AT = _HEADER.size


Fields = tuple[int, int, int, int, NDArray[np.uint8]]
"""Octave, left, top, columns and cells, as an `Appearance` names them."""


def fields_of(packed: bytes) -> Fields:
    """What a packed appearance holds. Raises ValueError for what is none of this format."""
    if len(packed) <= CELLS_AT or packed[0] != FORMAT:
        raise ValueError("not an appearance of this format")
    _, octave, left, top, columns = _HEADER.unpack_from(packed)
    if not columns or (len(packed) - CELLS_AT) % columns:
        raise ValueError("not an appearance of this format: its last row is cut off")
    return octave, left, top, columns, np.frombuffer(packed, np.uint8, -1, CELLS_AT)


class Appearance(NamedTuple):
    """`cells` are the light, 0 to 255, row by row of `columns` each; the first is the grid's in column `left` and row `top`.

    A cell is 2^`octave` of the frame's width, taken as the nearest power of two: a frame that is decoded at half its size has the same
    grid. `left` and `top` and the numbers of rows and columns are even, so that a look can be made coarser by an octave.
    """

    octave: int
    left: int
    top: int
    columns: int
    cells: NDArray[np.uint8]

    @classmethod
    def of(cls, octave: int, left: int, top: int, light: NDArray[np.uint8]) -> Self:
        """From rows × columns of light."""
        return cls(octave, left, top, light.shape[1], light.ravel())

    @property
    def light(self) -> NDArray[np.uint8]:
        """Rows × columns."""
        return self.cells.reshape(-1, self.columns)

    def packed(self) -> bytes:
        """Seven bytes of header, and a byte a cell: about 450 for a car, at most some 1,500."""
        return _HEADER.pack(FORMAT, self.octave, self.left, self.top, self.columns) + self.cells.tobytes()

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        """Raises ValueError."""
        return cls(*fields_of(data))

    def coarser(self) -> "Appearance":
        """The same look in cells of twice the side."""
        light = self.light
        sums = light[::2].astype(np.uint16) + light[1::2]
        coarse = (sums[:, ::2] + sums[:, 1::2] + 2) // 4
        return Appearance.of(self.octave + 1, self.left // 2, self.top // 2, coarse.astype(np.uint8))
