"""How a vehicle's look is kept: its light in square cells of one grid that lies over the whole frame."""

import struct
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

FORMAT = 2
_HEADER = struct.Struct("<BbHHB")


@dataclass(frozen=True, eq=False, slots=True)
class Appearance:
    """`light` is rows × columns of 0 to 255; its first cell is the grid's in column `left` and row `top`.

    A cell is 2^`octave` of the frame's width, taken as the nearest power of two: a frame that is decoded at half its size has the same
    grid. `left` and `top` and the numbers of rows and columns are even, so that a look can be made coarser by an octave.
    """

    octave: int
    left: int
    top: int
    light: NDArray[np.uint8]

    def packed(self) -> bytes:
        """Seven bytes of header, and a byte a cell: about 450 for a car, at most some 1,500."""
        return _HEADER.pack(FORMAT, self.octave, self.left, self.top, self.light.shape[1]) + self.light.tobytes()

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        """Raises ValueError for what is no appearance of this format."""
        if len(data) <= _HEADER.size or data[0] != FORMAT:
            raise ValueError("not an appearance of this format")
        _, octave, left, top, columns = _HEADER.unpack_from(data)
        return cls(octave, left, top, np.frombuffer(data, np.uint8, offset=_HEADER.size).reshape(-1, columns))

    def coarser(self) -> "Appearance":
        """The same look in cells of twice the side."""
        sums = self.light[::2].astype(np.uint16) + self.light[1::2]
        light = (sums[:, ::2] + sums[:, 1::2] + 2) // 4
        return Appearance(self.octave + 1, self.left // 2, self.top // 2, light.astype(np.uint8))
