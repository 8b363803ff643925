"""Load a plate of Parabola into Blender's compositor, with its camera.

    blender --python load_plate.py -- PLATE_FOLDER         in Blender
    python load_plate.py PLATE_FOLDER --check              with bpy: prints what can be connected

PLATE_FOLDER is what `parabola plate ... --layers blender` wrote (SH010/SH010_PL01_v001). The frames become
an Image node with one output a pass, the camera track an animated camera (metres, y up turned to z up).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import bpy
from mathutils import Matrix

Y_UP_TO_Z_UP = Matrix(((1, 0, 0, 0), (0, 0, -1, 0), (0, 1, 0, 0), (0, 0, 0, 1)))


def load_frames(folder: Path):
    """The EXR sequence as an image of all its frames."""
    files = sorted(folder.glob("*/*.exr"))
    if not files:
        raise SystemExit(f"{folder}: no EXR frames there; give the folder that parabola plate wrote")
    image = bpy.data.images.load(str(files[0].resolve()))
    image.source = "SEQUENCE"
    return image, files


def compositor_tree(scene):
    """The scene's compositing nodes, in Blender 4 and 5."""
    if hasattr(scene, "compositing_node_group"):
        tree = scene.compositing_node_group or bpy.data.node_groups.new("Compositing", "CompositorNodeTree")
        scene.compositing_node_group = tree
        return tree
    scene.use_nodes = True
    return scene.node_tree


def add_node(scene, image, files):
    """An Image node that plays the frames at their own numbers."""
    first = int(files[0].suffixes[-2].lstrip(".")) if len(files[0].suffixes) > 1 else 1
    node = compositor_tree(scene).nodes.new("CompositorNodeImage")
    node.image = image
    node.frame_duration = len(files)
    node.frame_start = first
    node.frame_offset = first - 1
    scene.frame_start, scene.frame_end = first, first + len(files) - 1
    return node


def add_camera(scene, folder: Path):
    """The shot's camera, a key each frame."""
    track = json.loads(next(folder.glob("*_camera.json")).read_text())
    data = bpy.data.cameras.new("parabola")
    data.sensor_fit, data.sensor_width, data.lens = "HORIZONTAL", track["sensor_width_mm"], track["focal_mm"]
    camera = bpy.data.objects.new("parabola", data)
    scene.collection.objects.link(camera)
    for key in track["frames"]:
        camera.matrix_world = Y_UP_TO_Z_UP @ Matrix(key["camera_to_world"])
        camera.keyframe_insert("location", frame=key["frame"])
        camera.keyframe_insert("rotation_euler", frame=key["frame"])
    scene.camera = camera
    scene.render.resolution_x, scene.render.resolution_y = track["width"], track["height"]
    whole = round(track["fps"])
    scene.render.fps, scene.render.fps_base = whole, whole / track["fps"]
    return camera


def main() -> None:
    words = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    paths = [word for word in words if not word.startswith("--")]
    if len(paths) != 1:
        raise SystemExit("give one folder: load_plate.py PLATE_FOLDER")
    folder, scene = Path(paths[0]), bpy.context.scene
    image, files = load_frames(folder)
    node = add_node(scene, image, files)
    camera = add_camera(scene, folder)
    if "--check" in words:
        outputs = [socket.name for socket in node.outputs if getattr(socket, "enabled", True)]
        found = {"type": image.type, "outputs": outputs, "frames": len(files), "lens": camera.data.lens}
        print(json.dumps(found))


if __name__ == "__main__":
    main()
