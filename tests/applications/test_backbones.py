"""Backbones of ``keras_cv``: the numbers that it states, and every row against the real ones where it is installed."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from applications.tables import given_names, printed_order
from judge.programs import judge
from kerascope.applications.backbones import PREFIX, backbone, backbone_graph
from kerascope.applications.base import RecordedGraph
from kerascope.applications.recording import DATA
from kerascope.applications.replay import replay
from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import TensorSpec
from kerascope.graph.propagation import context_for

STATED = {
    "ResNet18Backbone": ("resnet18", 11186112),
    "ResNet34Backbone": ("resnet34", 21301696),
    "ResNet50Backbone": ("resnet50", 23561152),
    "ResNet101Backbone": ("resnet101", 42605504),
    "ResNet152Backbone": ("resnet152", 58295232),
    "ResNet18V2Backbone": ("resnet18_v2", 11183488),
    "ResNet34V2Backbone": ("resnet34_v2", 21299072),
    "ResNet50V2Backbone": ("resnet50_v2", 23564800),
    "ResNet101V2Backbone": ("resnet101_v2", 42626560),
    "ResNet152V2Backbone": ("resnet152_v2", 58331648),
    "EfficientNetV2SBackbone": ("efficientnetv2_s", 20331360),
    "EfficientNetV2MBackbone": ("efficientnetv2_m", 53150388),
    "EfficientNetV2LBackbone": ("efficientnetv2_l", 117746848),
    "EfficientNetV2B0Backbone": ("efficientnetv2_b0", 5919312),
    "EfficientNetV2B1Backbone": ("efficientnetv2_b1", 6931124),
    "EfficientNetV2B2Backbone": ("efficientnetv2_b2", 8769374),
    "EfficientNetV2B3Backbone": ("efficientnetv2_b3", 12930622),
}
"""Presets of ``keras_cv`` 0.9 and the numbers of parameters in their ``metadata``."""


def graph(name: str, major: int, preset: str | None = None, **arguments: Any) -> RecordedGraph:
    """A graph that must be known."""
    known = backbone(PREFIX + name, major, preset)
    assert known is not None
    found = backbone_graph(known, arguments, major)
    assert found is not None
    return found


RECORDED = [
    (path.name.partition(".")[0], major)
    for major in (3, 2)
    for path in sorted((DATA / f"keras_cv{major}").iterdir())
]


@pytest.mark.parametrize(("name", "major"), RECORDED)
def test_a_backbone_has_as_many_parameters_as_keras_cv_states(name: str, major: int) -> None:
    preset, parameters = STATED[name]
    for found in (graph(name, major), graph(f"{name}.from_preset", major, preset)):
        steps = replay(found, context_for(major))
        assert sum(weight.size for step in steps for weight in step.weights or ()) == parameters  # type: ignore[misc]


def test_every_backbone_is_recorded_for_some_keras() -> None:
    assert {name for name, _ in RECORDED} == set(STATED)


def test_a_preset_belongs_to_its_class() -> None:
    assert backbone(f"{PREFIX}ResNetV2Backbone.from_preset", 3, "resnet50_v2_imagenet") is not None
    assert backbone(f"{PREFIX}ResNetBackbone.from_preset", 3, "resnet50_v2_imagenet") is None
    assert backbone(f"{PREFIX}ResNetV2Backbone.from_preset", 3, "resnet51_v2") is None
    assert backbone(f"{PREFIX}ResNetV2Backbone.from_preset", 3, UNKNOWN) is None
    assert backbone(f"{PREFIX}ResNetV2Backbone", 3) is None


@pytest.mark.parametrize(
    "arguments",
    (
        {"include_rescaling": UNKNOWN},
        {"input_tensor": UNKNOWN},
        {"input_shape": UNKNOWN},
        {"input_shape": (224, 224)},
        {"stackwise_filters": (1, 2)},
    ),
)
def test_what_decides_the_layers_and_is_not_known_makes_them_unknown(arguments: dict[str, Any]) -> None:
    known = backbone(f"{PREFIX}ResNet18Backbone", 3)
    assert known is not None
    assert backbone_graph(known, arguments, 3) is None


RESNET = {"stackwise_filters": [64, 128, 256, 512], "stackwise_strides": [1, 2, 2, 2]}
EFFICIENTNET = {
    "width_coefficient": 1.0,
    "depth_coefficient": 1.0,
    "skip_connection_dropout": 0.2,
    "depth_divisor": 8,
    "min_depth": 8,
    "activation": "swish",
    "stackwise_kernel_sizes": [3] * 6,
    "stackwise_num_repeats": [1, 2, 2, 3, 5, 8],
    "stackwise_input_filters": [32, 16, 32, 48, 96, 112],
    "stackwise_output_filters": [16, 32, 48, 96, 112, 192],
    "stackwise_expansion_ratios": [1, 4, 4, 4, 6, 6],
    "stackwise_squeeze_and_excite_ratios": [0, 0, 0, 0.25, 0.25, 0.25],
    "stackwise_strides": [1, 2, 2, 2, 1, 2],
    "stackwise_conv_types": ["fused"] * 3 + ["unfused"] * 3,
}
BASIC, DEEP = {"block_type": "basic_block"}, {"block_type": "block"}
BUILT = {
    "ResNet18Backbone": ("ResNetBackbone", {**RESNET, **BASIC, "stackwise_blocks": [2, 2, 2, 2]}),
    "ResNet34Backbone": ("ResNetBackbone", {**RESNET, **BASIC, "stackwise_blocks": [3, 4, 6, 3]}),
    "ResNet50Backbone": ("ResNetBackbone", {**RESNET, **DEEP, "stackwise_blocks": [3, 4, 6, 3]}),
    "ResNet18V2Backbone": ("ResNetV2Backbone", {**RESNET, **BASIC, "stackwise_blocks": [2, 2, 2, 2]}),
    "ResNet50V2Backbone": ("ResNetV2Backbone", {**RESNET, **DEEP, "stackwise_blocks": [3, 4, 6, 3]}),
    "EfficientNetV2B0Backbone": ("EfficientNetV2Backbone", EFFICIENTNET),
}
"""Presets spelled out, for those of ``keras_cv`` 0.9 are downloaded. Source: the presets of ``keras_cv`` 0.7.2."""

SETTINGS: tuple[dict[str, Any], ...] = (
    {"include_rescaling": True},
    {"include_rescaling": False, "input_shape": (97, 130, 3)},
)


@pytest.mark.skipif(
    importlib.util.find_spec("keras_cv") is None, reason="keras_cv is not installed, so it cannot be asked"
)
@pytest.mark.parametrize("major", (3, 2))
@pytest.mark.parametrize("name", list(BUILT))
def test_a_backbone_has_the_rows_of_the_real_one(name: str, major: int) -> None:
    class_name, config = BUILT[name]
    for setting in SETTINGS:
        given = ", ".join(f"{key}={value!r}" for key, value in {**config, **setting}.items())
        ran = judge(major).run(f"import keras_cv\nmodel = keras_cv.models.{class_name}({given})\n", "model")
        assert ran.error is None, ran.error
        found = graph(name, major, **setting)
        assert found.class_name == class_name
        assert table(found, major) == ran.tables["model"]


def table(found: RecordedGraph, major: int) -> dict[str, Any]:
    """Rows and totals of a recorded graph, replayed."""
    steps = replay(found, context_for(major))
    names = given_names(found, major)
    rows = []
    for index in printed_order(found):
        output = steps[index].output
        assert isinstance(output, TensorSpec)
        assert isinstance(output.shape, tuple)
        sizes = [weight.size for weight in steps[index].weights or ()]
        rows.append([names[index], found.layers[index].class_name, list(output.shape), sum(sizes)])  # type: ignore[arg-type]
    weights = [weight for step in steps for weight in step.weights or ()]
    total, trained = (sum(w.size for w in weights if trains or w.trainable) for trains in (True, False))  # type: ignore[misc]
    return {"rows": rows, "totals": [total, trained, total - trained]}
