"""The recipe of the scenes, for Blender's `bpy` 4.5 (the extra `scenes`): never imported by the demo."""
