"""The one door to ultralytics and torch: run `.pt`, `.onnx` and `.engine` models, fine-tune, export. Needs `weisu[train]`.

ultralytics is imported inside functions: the default install does not have it.
"""
