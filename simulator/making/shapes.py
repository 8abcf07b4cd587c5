"""Meshes from a few numbers: lofts of rounded rings, boxes, cylinders, crumpled lumps and flat text."""

import math
from collections.abc import Sequence
from random import Random
from typing import Any

import bpy
import mathutils

Point = tuple[float, float, float]
Thing = Any
"""A Blender object."""


def put(name: str, points: Sequence[Point], faces: Sequence[Sequence[int]], material: Any, smooth: bool = False) -> Thing:
    """A mesh in the scene, from its points in metres."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([tuple(point) for point in points], [], [tuple(face) for face in faces])
    mesh.materials.append(material)
    if smooth:
        mesh.polygons.foreach_set("use_smooth", [True] * len(mesh.polygons))
    mesh.update()
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(thing)
    return thing


def group(name: str, parts: Sequence[Thing], at: Point = (0, 0, 0), turn: float = 0.0, scale: float = 1.0) -> Thing:
    """Parts that move as one: turned about the vertical by `turn` radians, then moved."""
    root = bpy.data.objects.new(name, None)
    bpy.context.scene.collection.objects.link(root)
    for part in parts:
        part.parent = root
    root.location, root.rotation_euler, root.scale = at, (0, 0, turn), (scale, scale, scale)
    return root


def ring(half_x: float, y1: float, y2: float, z: float, radius: float, steps: int = 4) -> list[Point]:
    """A horizontal rectangle with round corners."""
    corners = [(half_x, y2, 0.0), (-half_x, y2, 90.0), (-half_x, y1, 180.0), (half_x, y1, 270.0)]
    points: list[Point] = []
    for x, y, start in corners:
        cx, cy = x - math.copysign(radius, x), y - (radius if y == y2 else -radius)
        for step in range(steps + 1):
            angle = math.radians(start + 90 * step / steps)
            points.append((cx + radius * math.cos(angle), cy + radius * math.sin(angle), z))
    return points


def loft(name: str, rings: Sequence[Sequence[Point]], material: Any, smooth: bool = False, capped: bool = True) -> Thing:
    """A skin over rings of equally many points, closed at both ends where `capped`."""
    count = len(rings[0])
    points = [point for one in rings for point in one]
    faces: list[list[int]] = []
    for level in range(len(rings) - 1):
        low, high = level * count, (level + 1) * count
        faces += [[low + i, low + (i + 1) % count, high + (i + 1) % count, high + i] for i in range(count)]
    if capped:
        faces += [list(range(count))[::-1], [len(points) - count + i for i in range(count)]]
    return put(name, points, faces, material, smooth)


def block(name: str, low: Point, high: Point, material: Any) -> Thing:
    (x1, y1, z1), (x2, y2, z2) = low, high
    points = [(x, y, z) for z in (z1, z2) for x, y in ((x1, y1), (x2, y1), (x2, y2), (x1, y2))]
    faces = [[3, 2, 1, 0], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]]
    return put(name, points, faces, material)


def cylinder(name: str, radius: float, length: float, at: Point, axis: str, material: Any, sides: int = 24) -> Thing:
    """A closed cylinder about `at`, lying along the axis "x", "y" or "z"."""
    circle = [(radius * math.cos(a), radius * math.sin(a)) for a in (math.tau * i / sides for i in range(sides))]
    turned = {"x": 1, "y": 2, "z": 0}[axis]
    rings = [[_add(at, _rolled((u, v, w), turned)) for u, v in circle] for w in (-length / 2, length / 2)]
    return loft(name, rings, material, smooth=False)


def tube(name: str, path: Sequence[Point], radius: float, material: Any, closed: bool = False) -> Thing:
    """A round bar along a path, which returns to its start where `closed`."""
    curve = bpy.data.curves.new(name, "CURVE")
    curve.dimensions, curve.bevel_depth, curve.bevel_resolution, curve.use_fill_caps = "3D", radius, 3, True
    line = curve.splines.new("POLY")
    line.points.add(len(path) - 1)
    line.points.foreach_set("co", [number for point in path for number in (*point, 1.0)])
    line.use_cyclic_u = closed
    curve.materials.append(material)
    thing = bpy.data.objects.new(name, curve)
    bpy.context.scene.collection.objects.link(thing)
    return thing


def lump(name: str, rng: Random, size: Point, at: Point, material: Any, crumple: float = 0.22, detail: int = 4) -> Thing:
    """A crumpled ball: what a filled plastic bag, a bush or a stone looks like from a few metres."""
    bpy.ops.mesh.primitive_ico_sphere_add(subdivisions=detail, radius=1.0)
    thing = bpy.context.object
    thing.name = name
    offset = mathutils.Vector((rng.uniform(0, 99), rng.uniform(0, 99), rng.uniform(0, 99)))
    for vertex in thing.data.vertices:
        place = vertex.co.normalized()
        wave = mathutils.noise.fractal(place * 1.6 + offset, 0.9, 2.1, 5)
        fold = 1 - abs(mathutils.noise.noise(place * 4.3 + offset))
        vertex.co = place * (1 + crumple * wave + crumple * 0.8 * (fold - 0.8))
    thing.data.materials.append(material)
    thing.data.polygons.foreach_set("use_smooth", [True] * len(thing.data.polygons))
    thing.location, thing.scale = at, size
    thing.rotation_euler = (rng.uniform(-0.4, 0.4), rng.uniform(-0.4, 0.4), rng.uniform(0, math.tau))
    return thing


def words(text: str, size: float, at: Point, tilt: float, material: Any, turn: float = 0.0) -> Thing:
    """Flat text, centred, facing up where `tilt` is 0 and towards -y where it is a quarter turn."""
    curve = bpy.data.curves.new("words", "FONT")
    curve.body, curve.size, curve.align_x, curve.align_y = text, size, "CENTER", "CENTER"
    curve.materials.append(material)
    thing = bpy.data.objects.new("words", curve)
    thing.location, thing.rotation_euler = at, (tilt, 0, turn)
    bpy.context.scene.collection.objects.link(thing)
    return thing


def _add(a: Point, b: Point) -> Point:
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def _rolled(point: Point, turned: int) -> Point:
    """Coordinates moved on by so many axes: (x, y, z), (z, x, y), (y, z, x)."""
    x, y, z = point
    return ((x, y, z), (z, x, y), (y, z, x))[turned]
