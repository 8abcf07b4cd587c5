"""Where things stand: ground, walls, houses, hedges, trees, sky by day and by dusk, and the camera on its pole."""

import math
from random import Random
from typing import Any

import bpy
import mathutils

from simulator.making.materials import Colour, film, glass, glow, plain, shade, worn
from simulator.making.shapes import Point, Thing, block, cylinder, group, loft, lump, put, ring, words

LEAF: tuple[Colour, ...] = ((0.035, 0.095, 0.02), (0.05, 0.13, 0.03), (0.025, 0.07, 0.018))


def strip(name: str, x1: float, x2: float, y1: float, y2: float, z: float, material: Any) -> Thing:
    """A flat piece of ground."""
    return put(name, [(x1, y1, z), (x2, y1, z), (x2, y2, z), (x1, y2, z)], [[0, 1, 2, 3]], material)


def marking(paint: Any, x1: float, x2: float, y1: float, y2: float) -> None:
    """A box of thick lines."""
    for x in (x1, x2):
        strip("line", x - 0.07, x + 0.07, y1, y2, 0.01, paint)
    for y in (y1, y2):
        strip("line", x1, x2, y - 0.07, y + 0.07, 0.01, paint)


def kerb(x1: float, x2: float, y: float) -> None:
    stone = worn("kerb", (0.42, 0.41, 0.39), 0.8, 0.4, 2)
    for number in range(round(x2 - x1)):
        block("kerb", (x1 + number + 0.01, y, -0.2), (x1 + number + 0.99, y + 0.14, 0.0), stone)


def house(x1: float, x2: float, y: float, wall: Any, floors: int = 3, first_window: float = 1.2, every: float = 2.6) -> None:
    """A front that looks towards -y, with windows and air conditioners."""
    block("house", (x1, y, -0.2), (x2, y + 4, floors * 3.0), wall)
    pane, frame = glass(), plain("frame", (0.55, 0.55, 0.53), 0.5)
    unit = worn("unit", (0.6, 0.6, 0.57), 0.6, 0.4, 3)
    fan = plain("fan", (0.03, 0.03, 0.03), 0.7)
    for floor in range(floors):
        x = x1 + 0.9
        while x + 1.5 < x2:
            z = first_window + 3.0 * floor
            block("frame", (x - 0.06, y - 0.05, z - 0.06), (x + 1.5, y - 0.01, z + 1.36), frame)
            for half in (0, 1):
                block("pane", (x + 0.72 * half, y - 0.07, z), (x + 0.72 * half + 0.69, y - 0.04, z + 1.3), pane)
            if (floor + round(x)) % 2:
                block("unit", (x + 1.62, y - 0.32, z - 0.1), (x + 2.32, y - 0.02, z + 0.42), unit)
                cylinder("fan", 0.21, 0.01, (x + 1.97, y - 0.325, z + 0.16), "y", fan)
            x += every


def hedge(rng: Random, x1: float, x2: float, y: float, height: float, depth: float = 0.7) -> None:
    """A clipped hedge: lumps under a coat of leaves."""
    for number in range(round((x2 - x1) / 0.5)):
        at = (x1 + 0.5 * number + rng.uniform(0, 0.3), y + rng.uniform(-0.1, 0.1), height * 0.45)
        lump("hedge", rng, (0.48, depth / 2, height * 0.55), at, plain("leaf", rng.choice(LEAF), 0.7), 0.25, detail=3)
    leaves(rng, round(420 * (x2 - x1) * height), (x1, y - depth * 0.55, 0.05), (x2, y + depth * 0.55, height * 1.02), 0.05)


def leaves(rng: Random, count: int, low: Point, high: Point, size_m: float) -> None:
    """Many small cards, strewn on the shell of a box, in one mesh a shade."""
    for green in LEAF:
        points: list[Point] = []
        faces: list[list[int]] = []
        for _ in range(count // len(LEAF)):
            at = mathutils.Vector([rng.uniform(a, b) for a, b in zip(low, high, strict=True)])
            turn = mathutils.Euler([rng.uniform(0, math.tau) for _ in range(3)])
            start, half = len(points), size_m * rng.uniform(0.5, 1.2)
            for corner in ((-half, 0, 0), (0, -half / 2, 0), (half, 0, 0), (0, half / 2, 0)):
                spot = mathutils.Vector(corner)
                spot.rotate(turn)
                points.append(tuple(at + spot))
            faces.append([start, start + 1, start + 2, start + 3])
        put("leaves", points, faces, plain("leaf", shade(green, rng.uniform(0.9, 1.5)), 0.6))


def tree(rng: Random, x: float, y: float, height: float = 5.0, spread: float = 1.8) -> None:
    bark = worn("bark", (0.12, 0.085, 0.06), 0.95, 0.6, 6)
    rings = [
        ring(r, -r + dy, r + dy, z, r * 0.9) for z, r, dy in ((-0.1, 0.2, 0), (0.4, 0.14, 0), (height * 0.6, 0.1, 0.1), (height, 0.04, 0.2))
    ]
    loft("trunk", rings, bark, smooth=True).location = (x, y, 0)
    cylinder("whitewash", 0.155, 1.0, (x, y, 0.55), "z", plain("lime", (0.7, 0.7, 0.68), 0.9))
    for _ in range(9):
        cx, cy, cz = x + rng.gauss(0, spread * 0.42), y + rng.gauss(0, spread * 0.42), height + rng.uniform(-0.7, 1.0)
        reach = spread * 0.45
        leaves(rng, 420, (cx - reach, cy - reach, cz - reach), (cx + reach, cy + reach, cz + reach), 0.13)
    lump("crown", rng, (spread * 0.6, spread * 0.6, 0.8), (x, y, height + 0.2), plain("leaf", LEAF[2], 0.8), 0.4, detail=3)


def fence(x1: float, x2: float, y: float, height: float = 1.5) -> None:
    iron = plain("iron", (0.02, 0.05, 0.11), 0.5)
    for z in (0.25, height - 0.15):
        cylinder("rail", 0.022, x2 - x1, ((x1 + x2) / 2, y, z), "x", iron, 8)
    for number in range(round((x2 - x1) / 0.14)):
        cylinder("bar", 0.011, height, (x1 + 0.14 * number, y, height / 2), "z", iron, 6)


def board(x: float, y: float, colour: Colour, title: str = "") -> Thing:
    """A notice board on two posts, with panels that stand for its text."""
    post, white = plain("post", (0.4, 0.4, 0.42), 0.4, 0.8), plain("panel", (0.8, 0.8, 0.78), 0.4)
    parts = [cylinder("post", 0.04, 2.2, (side * 0.85, 0, 1.1), "z", post, 12) for side in (-1, 1)]
    parts.append(block("board", (-0.85, -0.04, 1.0), (0.85, 0.04, 2.1), plain("board", colour, 0.45)))
    parts += [block("panel", (-0.75 + 0.52 * n, -0.055, 1.12), (-0.29 + 0.52 * n, -0.04, 1.85), white) for n in range(3)]
    parts.append(
        words(title, 0.17, (0, -0.05, 1.98), math.pi / 2, white)
        if title
        else block("title", (-0.6, -0.055, 1.93), (0.6, -0.04, 2.03), white)
    )
    ink = plain("ink", (0.1, 0.1, 0.1), 0.6)
    lines = [(n, row) for n in range(3) for row in range(6)]
    parts += [
        block("line", (-0.71 + 0.52 * n, -0.058, 1.2 + 0.1 * row), (-0.36 + 0.52 * n, -0.054, 1.225 + 0.1 * row), ink) for n, row in lines
    ]
    return group("board", parts, (x, y, 0))


def bench(x: float, y: float, turn: float = 0.0) -> Thing:
    wood, iron = worn("wood", (0.22, 0.11, 0.05), 0.7, 0.4, 5), plain("iron", (0.03, 0.03, 0.03), 0.5)
    parts = [block("slat", (-0.75, -0.2 + 0.13 * n, 0.43), (0.75, -0.1 + 0.13 * n, 0.47), wood) for n in range(3)]
    parts += [block("back", (-0.75, 0.24, 0.55 + 0.14 * n), (0.75, 0.27, 0.65 + 0.14 * n), wood) for n in range(2)]
    parts += [block("leg", (side * 0.6 - 0.03, -0.2, 0), (side * 0.6 + 0.03, 0.24, 0.43), iron) for side in (-1, 1)]
    return group("bench", parts, (x, y, 0), turn)


def puddle(rng: Random, x: float, y: float, size_m: float) -> None:
    """A dark wet stain, as leaks from bins leave it."""
    edge = [size_m * rng.uniform(0.6, 1.0) for _ in range(20)]
    points = [
        (x + e * math.cos(a), y + 0.6 * e * math.sin(a), 0.004) for a, e in zip((math.tau * i / 20 for i in range(20)), edge, strict=True)
    ]
    put("puddle", points, [list(range(20))], film("wet", (0.035, 0.033, 0.03), 0.15, 3))


def lamp(x: float, y: float, height: float, power_w: float) -> None:
    """A street lamp with its pool of warm light."""
    pole = plain("pole", (0.25, 0.26, 0.27), 0.5, 0.6)
    cylinder("pole", 0.06, height, (x, y, height / 2), "z", pole, 14)
    cylinder("arm", 0.04, 1.2, (x, y - 0.6, height), "y", pole, 10)
    block(
        "head", (x - 0.12, y - 1.5, height - 0.06), (x + 0.12, y - 1.0, height + 0.04), glow("lamp", (1.0, 0.78, 0.5), 12 if power_w else 0)
    )
    if power_w:
        light = bpy.data.lights.new("lamp", "SPOT")
        light.energy, light.color, light.spot_size, light.spot_blend, light.shadow_soft_size = power_w, (1.0, 0.76, 0.48), 2.4, 0.6, 0.25
        thing = bpy.data.objects.new("lamp", light)
        thing.location = (x, y - 1.25, height - 0.1)
        bpy.context.scene.collection.objects.link(thing)


def sky(dusk: bool, sun_from: float, sun_height: float = 42.0) -> None:
    """Daylight with a sun `sun_height` degrees high, or the even blue of dusk."""
    world = bpy.data.worlds.new("sky")
    bpy.context.scene.world = world
    world.use_nodes = True
    background = world.node_tree.nodes["Background"]
    if dusk:
        background.inputs["Color"].default_value = (0.23, 0.31, 0.52, 1)
        background.inputs["Strength"].default_value = 1.4
        return
    air = world.node_tree.nodes.new("ShaderNodeTexSky")
    air.sky_type, air.sun_elevation, air.sun_rotation = "NISHITA", math.radians(sun_height), math.radians(sun_from)
    air.sun_intensity, air.sun_size, air.dust_density = 0.5, math.radians(2.5), 2.5
    world.node_tree.links.new(air.outputs[0], background.inputs["Color"])
    background.inputs["Strength"].default_value = 0.16


def camera(at: Point, towards: Point, lens_mm: float) -> None:
    """The fixed camera; a sensor 36 mm wide."""
    eye = bpy.data.cameras.new("camera")
    eye.lens, eye.sensor_width = lens_mm, 36
    thing = bpy.data.objects.new("camera", eye)
    thing.location = at
    thing.rotation_euler = (mathutils.Vector(towards) - mathutils.Vector(at)).to_track_quat("-Z", "Y").to_euler()
    bpy.context.scene.collection.objects.link(thing)
    bpy.context.scene.camera = thing
