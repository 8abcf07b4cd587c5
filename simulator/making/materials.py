"""What things are made of: plastic, paint, glass, leaves and grounds, each a small shader that shows wear by noise."""

from typing import Any

import bpy

Colour = tuple[float, float, float]
"""Linear red, green and blue, 0 to 1."""


def shade(colour: Colour, factor: float, lift: float = 0.0) -> Colour:
    """The colour made darker or brighter by a factor, and paler by `lift`."""
    red, green, blue = colour
    return (factor * red + lift, factor * green + lift, factor * blue + lift)


def plain(name: str, colour: Colour, roughness: float = 0.5, metallic: float = 0.0, coat: float = 0.0) -> Any:
    """One colour all over."""
    return _shader(name, colour, roughness, metallic, coat)[0]


def worn(name: str, colour: Colour, roughness: float = 0.45, dirt: float = 0.5, size: float = 3.0) -> Any:
    """A colour under dust and stains."""
    material, shader = _shader(name, colour, roughness)
    dusty = shade(colour, 0.35, 0.16)
    grimy = shade(colour, 0.25)
    speckle = _mix(material, _noise(material, size, 0.42, 0.75), colour, dusty, dirt)
    stained = _mix_into(material, _noise(material, size * 0.45, 0.5, 0.68), speckle, grimy, dirt)
    material.node_tree.links.new(stained, shader.inputs["Base Color"])
    return material


def film(name: str, colour: Colour, roughness: float = 0.28, size: float = 9.0) -> Any:
    """Thin crumpled plastic: folds by bump, glossy."""
    material, shader = _shader(name, colour, roughness)
    _bump(material, shader, size, 0.55)
    return material


def ground(name: str, light: Colour, dark: Colour, grain: float = 60.0, patches: float = 0.35) -> Any:
    """Asphalt or concrete: fine grain over wide patches."""
    material, shader = _shader(name, light, 0.85)
    fine = _mix(material, _noise(material, grain, 0.35, 0.65, detail=8), light, dark, 0.8)
    wide = _mix_into(material, _noise(material, patches, 0.45, 0.62, detail=6), fine, shade(dark, 0.55), 0.55)
    material.node_tree.links.new(wide, shader.inputs["Base Color"])
    _bump(material, shader, grain, 0.25)
    return material


def bricks(name: str, one: Colour, two: Colour, joint: Colour, scale: float, upright: bool = False) -> Any:
    """Paving stones, or a brick wall where `upright`."""
    material, shader = _shader(name, one, 0.8)
    nodes, links = material.node_tree.nodes, material.node_tree.links
    brick = nodes.new("ShaderNodeTexBrick")
    for key, colour in (("Color1", one), ("Color2", two), ("Mortar", joint)):
        brick.inputs[key].default_value = (*colour, 1)
    brick.inputs["Scale"].default_value = scale
    brick.inputs["Mortar Size"].default_value = 0.02
    brick.inputs["Bias"].default_value = -0.1
    links.new(_place(material, upright), brick.inputs["Vector"])
    stained = _mix_into(material, _noise(material, 0.6, 0.45, 0.7, detail=6), brick.outputs["Color"], shade(one, 0.3), 0.6)
    links.new(stained, shader.inputs["Base Color"])
    return material


def glass(name: str = "glass") -> Any:
    """Car and house windows: dark, and they mirror a little of the sky."""
    material, shader = _shader(name, (0.01, 0.012, 0.015), 0.08)
    shader.inputs["Specular IOR Level"].default_value = 0.28
    return material


def glow(name: str, colour: Colour, strength: float) -> Any:
    material, shader = _shader(name, colour, 0.5)
    shader.inputs["Emission Color"].default_value = (*colour, 1)
    shader.inputs["Emission Strength"].default_value = strength
    return material


def _shader(name: str, colour: Colour, roughness: float, metallic: float = 0.0, coat: float = 0.0) -> tuple[Any, Any]:
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    shader = material.node_tree.nodes["Principled BSDF"]
    for key, value in (("Base Color", (*colour, 1)), ("Roughness", roughness), ("Metallic", metallic), ("Coat Weight", coat)):
        shader.inputs[key].default_value = value
    return material, shader


def _place(material: Any, upright: bool = False) -> Any:
    """Coordinates in metres of the world, so that texture size does not depend on the mesh."""
    nodes, links = material.node_tree.nodes, material.node_tree.links
    where = nodes.new("ShaderNodeNewGeometry").outputs["Position"]
    if not upright:
        return where
    turned = nodes.new("ShaderNodeMapping")
    turned.inputs["Rotation"].default_value = (1.5708, 0, 0)
    links.new(where, turned.inputs["Vector"])
    return turned.outputs["Vector"]


def _noise(material: Any, scale: float, low: float, high: float, detail: float = 4) -> Any:
    """Noise in world coordinates, stretched so that `low` becomes 0 and `high` 1."""
    nodes, links = material.node_tree.nodes, material.node_tree.links
    noise = nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = scale
    noise.inputs["Detail"].default_value = detail
    links.new(_place(material), noise.inputs["Vector"])
    stretch = nodes.new("ShaderNodeMapRange")
    stretch.inputs["From Min"].default_value, stretch.inputs["From Max"].default_value = low, high
    links.new(noise.outputs["Fac"], stretch.inputs["Value"])
    return stretch.outputs["Result"]


def _mix(material: Any, amount: Any, one: Colour, two: Colour, most: float) -> Any:
    base = material.node_tree.nodes.new("ShaderNodeRGB")
    base.outputs[0].default_value = (*one, 1)
    return _mix_into(material, amount, base.outputs[0], two, most)


def _mix_into(material: Any, amount: Any, base: Any, colour: Colour, most: float) -> Any:
    nodes, links = material.node_tree.nodes, material.node_tree.links
    limit = nodes.new("ShaderNodeMath")
    limit.operation = "MULTIPLY"
    limit.inputs[1].default_value = most
    links.new(amount, limit.inputs[0])
    mix = nodes.new("ShaderNodeMixRGB")
    mix.inputs["Color2"].default_value = (*colour, 1)
    links.new(limit.outputs[0], mix.inputs["Fac"])
    links.new(base, mix.inputs["Color1"])
    return mix.outputs["Color"]


def _bump(material: Any, shader: Any, scale: float, strength: float) -> None:
    nodes, links = material.node_tree.nodes, material.node_tree.links
    bump = nodes.new("ShaderNodeBump")
    bump.inputs["Strength"].default_value = strength
    bump.inputs["Distance"].default_value = 0.02
    links.new(_noise(material, scale, 0.3, 0.7, detail=8), bump.inputs["Height"])
    links.new(bump.outputs["Normal"], shader.inputs["Normal"])
