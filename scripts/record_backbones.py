"""Records the backbones of ``keras_cv`` for image classification, into ``server/kerascope/applications/data``.

Usage: ``python scripts/record_backbones.py --major 3|2 --presets FOLDER [NAME ...]``, with ``keras_cv`` 0.9 installed
beside TensorFlow, ``keras`` and ``tf_keras``. That release downloads what its presets are made of; ``FOLDER`` is an
unpacked ``keras_cv`` 0.7.2, the last that brings it along. A preset is recorded only if the model has the number of
parameters that 0.9 states for it.

The files are those of ``record_applications.py``, with one structure, a head for ``include_rescaling=False``, and the
names of the presets that have these layers. Of a layer that the catalogue does not have, the weights, the channels of
its output and its strides are written down.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import math
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from record_applications import HEAD_ROWS, Pad, Recorder, _head, write

SIZES = (None, 224, 97, 64)
FAMILIES = ("ResNet", "EfficientNetV2")
"""Beginnings of the names of those recorded. Of the other backbones for image classification 0.9 states no number of
parameters, or one that is not that of the model, so that nothing tells what its presets hold."""


class BackboneRecorder(Recorder):
    """One Keras with ``keras_cv``, watched."""

    def __init__(self, major: int, presets: dict[str, Any]) -> None:
        if major == 2:
            os.environ["TF_USE_LEGACY_KERAS"] = "1"
        super().__init__(major)
        self.keras_cv = importlib.import_module("keras_cv")
        paddings = importlib.import_module("keras_cv.src.models.utils")
        correct_pad = paddings.correct_pad_downsample

        def note_pad(inputs: Any, kernel_size: Any) -> Any:
            pad = Pad(correct_pad(inputs, kernel_size))
            pad.kernel = kernel_size
            return pad

        paddings.correct_pad_downsample = note_pad
        self.asked: list[str] = []

        def from_preset(cls: Any, preset: str, load_weights: Any = None, **kwargs: Any) -> Any:
            self.asked.append(preset)
            return cls(**{**presets[preset]["config"], **kwargs})

        self.keras_cv.models.Backbone.from_preset = classmethod(from_preset)

    def _made(self, application: str, arguments: dict[str, Any]) -> Any:
        backbone = getattr(self.keras_cv.models, application)
        if self.major == 2:
            return backbone(**arguments)
        with self.keras.StatelessScope(initialize_variables=False):
            return backbone(**arguments)

    def _unlisted(self, layer: Any, kind: str) -> dict[str, Any]:
        node = layer._inbound_nodes[0]
        before, after = (
            tuple(self._single(tensors).shape)
            for tensors in (
                (node.input_tensors, node.output_tensors)
                if self.major == 3
                else (node.input_tensors, node.outputs)
            )
        )
        sides = list(zip(before[1:3], after[1:3], strict=True))
        strides = {step for step in (1, 2) if all(i is None or math.ceil(i / step) == o for i, o in sides)}
        if len(before) != 4 or len(after) != 4 or not strides:
            raise SystemExit(f"{kind}: {before} becomes {after}")
        trainable = {id(weight) for weight in layer.trainable_weights}
        weights = [[[int(side) for side in w.shape], id(w) in trainable] for w in layer.weights]
        return {"$unlisted": {"weights": weights, "channels": after[-1], "strides": sorted(strides)}}

    @staticmethod
    def _single(tensors: Any) -> Any:
        if not isinstance(tensors, list | tuple):
            return tensors
        if len(tensors) != 1:
            raise SystemExit("a layer that the catalogue does not have takes or gives several tensors")
        return tensors[0]


def strides_known(rows: Iterable[Any]) -> dict[int, list[int]]:
    """The strides that each unlisted layer may have, by its row."""
    found = {}
    for index, (entry, _, _) in enumerate(rows):
        given = json.loads(entry[1]).get("$unlisted")
        if given is not None:
            found[index] = given["strides"]
    return found


def settled(rows: list[Any], strides: dict[int, int]) -> list[Any]:
    """Rows whose unlisted layers have the strides that all sizes of images agree on."""
    made = []
    for index, (entry, name, inbound) in enumerate(rows):
        if index in strides:
            given = json.loads(entry[1])
            given["$unlisted"]["strides"] = strides[index]
            entry = (entry[0], json.dumps(given, sort_keys=True), *entry[2:])
        made.append((entry, name, inbound))
    return made


def record(recorder: BackboneRecorder, name: str, presets: dict[str, Any]) -> dict[str, Any]:
    """What is written down of one backbone."""
    built = []
    for size in SIZES:
        recorder.asked.clear()
        model, watched = recorder.build(name, input_shape=(size, size, 3))
        built.append(recorder.rows(model, watched))
    places = [strides_known(rows) for rows in built]
    strides = {}
    for place in places[0]:
        common = set.intersection(*(set(each[place]) for each in places))
        if len(common) != 1:
            raise SystemExit(f"{name}: strides of row {place} are not known")
        strides[place] = common.pop()
    rows, *others = [settled(each, strides) for each in built]
    if any(other != rows for other in others):
        raise SystemExit(f"{name}: its layers depend on the image's size")
    (preset,) = recorder.asked
    parameters = type(model).presets[preset]["metadata"]["params"]
    if model.count_params() != parameters:
        raise SystemExit(f"{name}: {model.count_params()} parameters and not {parameters}")
    plain, watched = recorder.build(name, include_rescaling=False)
    unscaled = recorder.rows(plain, watched)
    count, head = _head(rows[:HEAD_ROWS], settled(unscaled, {}) if not strides else _strided(unscaled, rows))
    config = presets[preset]["config"]
    alike = sorted(
        other
        for other, given in presets.items()
        if given["class_name"] == presets[preset]["class_name"] and given["config"] == config
    )
    entries: dict[Any, int] = {}

    def packed(item: tuple[Any, ...]) -> list[Any]:
        entry, label, inbound = item
        return [entries.setdefault(entry, len(entries)), label or 0, inbound]

    return {
        "keras": recorder.keras.__version__,
        "keras_cv": recorder.keras_cv.__version__,
        "class": type(model).__name__,
        "presets": alike,
        "parameters": "include_rescaling=True, input_shape=(None, None, 3), input_tensor=None, name=None",
        "name_parameter": "name",
        "name_fixed": False,
        "name": None,
        "default_size": None,
        "min_size": 1,
        "sizes": [],
        "rows": [packed(row) for row in rows],
        "structures": [[{}, [], [], None, False]],
        "heads": [[{"include_rescaling": False}, count, [packed(row) for row in head]]],
        "tails": [],
        "entries": [
            [
                kind,
                json.loads(arguments),
                *([rest[0] if isinstance(rest[0], str) else _parts(rest[0])] if rest else []),
            ]
            for kind, arguments, *rest in entries
        ],
    }


def _strided(unscaled: list[Any], rows: list[Any]) -> list[Any]:
    """``unscaled`` with the strides of the same layers in ``rows``, which has one row more."""
    shift = len(rows) - len(unscaled)
    known = {
        index - shift: json.loads(entry[1])["$unlisted"]["strides"]
        for index, (entry, _, _) in enumerate(rows)
        if "$unlisted" in entry[1]
    }
    return settled(unscaled, known)


def _parts(rest: Any) -> Any:
    return [[kind, json.loads(arguments), name or 0] for kind, arguments, name in rest]


def presets_in(folder: Path) -> dict[str, Any]:
    """All presets that a release of ``keras_cv`` brings along, by name."""
    found: dict[str, Any] = {}
    for path in sorted(folder.glob("keras_cv/src/models/backbones/*/*_backbone_presets.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found |= module.backbone_presets
    return found


def main(arguments: Iterable[str]) -> None:
    """Records the backbones named, or all, of one Keras."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--major", type=int, choices=(2, 3), required=True)
    parser.add_argument("--presets", type=Path, required=True)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args(list(arguments))
    presets = presets_in(options.presets)
    recorder = BackboneRecorder(options.major, presets)
    aliases = [
        name
        for name, cls in vars(recorder.keras_cv.models).items()
        if name.endswith("Backbone") and "__new__" in vars(cls) and name.startswith(FAMILIES)
    ]
    for name in options.names or sorted(aliases):
        size = write(options.major, name, record(recorder, name, presets), "keras_cv")
        sys.stdout.write(f"keras_cv {name} in Keras {options.major}: {size} bytes\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
