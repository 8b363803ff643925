"""The benchmark's own checks hold, on a short run."""

import json

import pytest

from benchmarks import physics as bench
from benchmarks import report


@pytest.mark.parametrize("part", ["bounces", "collisions", "cradle", "rolling", "drag"])
def test_every_check_passes(part):
    for name, measured, expected, tolerance in getattr(bench, part)():
        assert abs(measured - expected) <= tolerance, name


def test_endurance_on_a_short_run():
    for name, measured, expected, tolerance in bench.endurance(0.1):
        assert abs(measured - expected) <= tolerance, name


def test_report_prints_one_table_and_writes_one_file(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    report.print_table("Title", ["name", "value"], [["a", 0.5], ["longer", True], ["none", None]])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Title" and lines[3:] == ["a       0.5", "longer  yes", "none    -"]
    path = report.write_results("thing", {"b": 1})
    assert json.loads(path.read_text()) == {"b": 1} and path.parent == tmp_path
