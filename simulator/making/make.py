"""Renders the scenes with Cycles: `python -m simulator.making.make OUT [--only NAME] [--scale 0.4] [--samples 8]`.

A place's first state is rendered whole, the others only in the region where states differ: `pack.py` lays them over it.
"""

import argparse
import random
import time
from pathlib import Path
from random import Random

import bpy

from simulator.making.layouts import LAYOUTS, Layout
from simulator.making.surroundings import sky

WIDTH_PX, HEIGHT_PX = 960, 540
WHOLE = (0.0, 0.0, 1.0, 1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default="", help="part of a scene's name, such as north-gate-day_overflow")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--samples", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    wanted.out.mkdir(parents=True, exist_ok=True)
    for name, layout in LAYOUTS.items():
        for state in layout.states:
            region = WHOLE if state == layout.states[0] else layout.region
            path = wanted.out / f"{name}_{state}.png"
            if wanted.only in path.stem and not path.exists():
                began = time.monotonic()
                build(layout, name, state, wanted.seed)
                render(path, wanted.samples, wanted.scale, region)
                print(f"{path.name} {time.monotonic() - began:.0f} s", flush=True)


def build(layout: Layout, name: str, state: str, seed: int) -> None:
    """An empty file, then the place and its state: the same seed gives the same scene, and all states the same place."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    random.seed(seed)
    sky(layout.dusk, layout.sun_from)
    place = name.rsplit("-", 1)[0]
    layout.setting(Random(f"{seed} {place}"), layout.dusk)
    layout.state(Random(f"{seed} {place} state"), state, layout.dusk)


def render(path: Path, samples: int, scale: float, region: tuple[float, float, float, float] = WHOLE) -> None:
    """Write the picture as PNG; outside the region (left, top, right, bottom) it is transparent."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device, scene.cycles.samples, scene.cycles.seed = "CPU", samples, 1
    scene.cycles.use_denoising, scene.cycles.denoiser = True, "OPENIMAGEDENOISE"
    scene.cycles.max_bounces, scene.cycles.use_adaptive_sampling = 4, True
    scene.render.resolution_x, scene.render.resolution_y = WIDTH_PX, HEIGHT_PX
    scene.render.resolution_percentage = round(scale * 100)
    scene.render.use_border = region != WHOLE
    scene.render.border_min_x, scene.render.border_max_x = region[0], region[2]
    scene.render.border_min_y, scene.render.border_max_y = 1 - region[3], 1 - region[1]
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = "AgX - High Contrast"
    scene.view_settings.exposure = -0.4
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGBA"
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)


if __name__ == "__main__":
    main()
