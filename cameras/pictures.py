"""Bytes to pictures: what they are and how large is read from their header, and only what is whole and small enough is decoded."""

import asyncio
import os
import struct
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import cast

import cv2
import numpy as np

from cameras.source import TooLarge, Undecodable, WrongType
from town.sight import Frame, Image

Reduction = Callable[[int, int], int]
"""How many times smaller a picture of that width and height may be taken without losing what is looked for: 1, 2, 4 or 8."""

PERSON_WIDTH_PX = 1280
"""A picture for a person is as wide as this at least, where its camera is."""

MAGIC_BYTES = 8
_FLAGS = {1: cv2.IMREAD_COLOR, 2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4, 8: cv2.IMREAD_REDUCED_COLOR_8}
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, b"\xff\xd9"

# Decoding never runs on the event loop, nor behind other work in its default threads.
_decoders = ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1), thread_name_prefix="decode")


def full_size(width: int, height: int) -> int:  # noqa: ARG001  # a Reduction
    """Takes every pixel."""
    return 1


async def decode_aside(data: bytes, max_pixels: int, reduction: Reduction) -> Image:
    """`decode_picture` in a thread of its own."""
    return await asyncio.get_running_loop().run_in_executor(_decoders, decode_picture, data, max_pixels, reduction)


def decode_picture(data: bytes, max_pixels: int, reduction: Reduction = full_size) -> Image:
    """A JPEG or PNG as a blue-green-red picture. Raises WrongType, TooLarge or Undecodable, all but the last before any decoding.

    A JPEG that may be taken at half the size or less is never decoded whole, which costs a third. `reduction` is asked for the size
    as stored, before a picture that says so is turned.
    """
    check_magic(data)
    width, height, whole = _png_header(data) if data.startswith(_PNG) else _jpeg_header(data)
    if width * height > max_pixels:
        raise TooLarge(f"the picture is {width} by {height} pixels, {max_pixels} pixels are allowed")
    if not (width and height and whole):
        raise Undecodable("the picture is cut off before its end" if not whole else "the picture has no size")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), _FLAGS[reduction(width, height)])
    except cv2.error as error:
        raise Undecodable("the picture is damaged") from error
    if image is None:
        raise Undecodable("the picture is damaged")
    return cast(Image, image)


def for_a_person(frame: Frame) -> Frame:
    """The frame with as many pixels as a person wants to see, where its camera gave more than its zones needed."""
    if not frame.packed or frame.image.shape[1] >= PERSON_WIDTH_PX:
        return frame
    return replace(frame, image=decode_picture(frame.packed, sys.maxsize, _enough_for_a_person))


def _enough_for_a_person(width: int, height: int) -> int:  # noqa: ARG001  # a Reduction
    return next((times for times in (8, 4, 2) if width >= times * PERSON_WIDTH_PX), 1)


def reduced(image: Image, reduction: Reduction) -> Image:
    """A picture that came decoded, as `decode_picture` would have given it."""
    height, width = image.shape[:2]
    times = reduction(width, height)
    if times == 1:
        return image
    return cast(Image, cv2.resize(image, (-(-width // times), -(-height // times)), interpolation=cv2.INTER_AREA))


def check_magic(start: bytes) -> None:
    """Raises WrongType unless the first bytes are those of a JPEG or PNG, whatever the camera calls them."""
    if not start.startswith((_PNG, _JPEG)):
        raise WrongType(f"the content is no JPEG or PNG, it starts with {start[:MAGIC_BYTES]!r}")


def _png_header(data: bytes) -> tuple[int, int, bool]:
    """Width, height, and whether the chunks reach the end chunk."""
    if len(data) < 24 or data[12:16] != b"IHDR":
        raise Undecodable("the PNG has no header")
    width, height = struct.unpack_from(">II", data, 16)
    at = len(_PNG)
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        at += 12 + length
        if name == b"IEND":
            return width, height, at <= len(data)
    return width, height, False


def _jpeg_header(data: bytes) -> tuple[int, int, bool]:
    """Width, height, and whether the end marker follows the picture's data.

    OpenCV fills what a cut-off JPEG lacks with grey and only warns, so the end is looked for here; inside entropy-coded
    data 0xFF is always escaped, so the marker cannot be met by chance.
    """
    width = height = 0
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise Undecodable("the JPEG's markers are damaged")
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in _START_OF_FRAME and at + 9 <= len(data):
            height, width = struct.unpack_from(">HH", data, at + 5)
        if marker == _START_OF_SCAN:
            return width, height, data.rfind(_END_OF_IMAGE, at) >= 0
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return width, height, False
