# Plays a flipbook of `parabola flipbook puff.png --engine godot`: put puff.png, puff.json and puff_mv.png into the
# project, this script on a Sprite2D, and set `sheet` to puff.json. Import puff_mv.png as lossless, not as sRGB.
extends Sprite2D

@export_file("*.json") var sheet: String
@export var playing := true

var _time := 0.0
var _rate := 24.0
var _frames := 1
var _loop := true


func _ready() -> void:
	var page: Dictionary = JSON.parse_string(FileAccess.get_file_as_string(sheet))
	var told: Dictionary = page["meta"]["parabola"]
	var folder := sheet.get_base_dir()
	var parts: PackedStringArray = String(told["rate"]).split("/")
	_rate = float(parts[0]) / (float(parts[1]) if parts.size() > 1 else 1.0)
	_frames = int(told["frames"])
	_loop = bool(told["loop"])
	texture = load(folder.path_join(page["meta"]["image"]))
	hframes = int(told["columns"])
	vframes = int(told["rows"])
	if told.has("mv_sheet"):
		var shaded := ShaderMaterial.new()
		shaded.shader = load(folder.path_join("flipbook.gdshader"))
		shaded.set_shader_parameter("vectors", load(folder.path_join(told["mv_sheet"])))
		shaded.set_shader_parameter("grid", Vector2(hframes, vframes))
		shaded.set_shader_parameter("scale", float(told["motionVectorScale"]))
		shaded.set_shader_parameter("frames", _frames)
		material = shaded


func _process(delta: float) -> void:
	if not playing:
		return
	_time += delta
	var at := _time * _rate
	if not _loop:
		at = min(at, _frames - 1.0)
	frame = 0 if material else int(at) % _frames
	if material:
		(material as ShaderMaterial).set_shader_parameter("at", fposmod(at, float(_frames)))
