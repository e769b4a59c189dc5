"""Applications by name, and what becomes of arguments that are not wholly known."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from kerascope.applications.base import RecordedGraph
from kerascope.applications.catalogue import application, application_fault, application_graph
from kerascope.applications.recording import DATA
from kerascope.applications.replay import replay
from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.domain.specs import ArraySpec, TensorSpec
from kerascope.graph.propagation import context_for


def graph(name: str, major: int = 3, /, **arguments: Any) -> RecordedGraph:
    """A graph that must be known."""
    found = application_graph(name, arguments, major)
    assert found is not None
    return found


def test_a_model_is_found_by_its_own_name_and_by_any_module_that_exports_it() -> None:
    for name in ("ResNet50", "keras.applications.ResNet50", "keras.applications.resnet50.ResNet50"):
        found = application(name, 3)
        assert found is not None
        assert found.name == "ResNet50"
        assert [p.name for p in found.signature.parameters][:3] == ["include_top", "weights", "input_tensor"]


def test_what_is_no_model_is_not_found() -> None:
    for name in (
        "keras.applications.resnet50.preprocess_input",
        "torchvision.models.ResNet50",
        "../ResNet50",
        "",
    ):
        assert application(name, 3) is None
        assert application_graph(name, {}, 3) is None


def test_each_keras_has_its_own_models_and_parameters() -> None:
    assert application("RegNetX002", 3) is None
    assert application("RegNetX002", 2) is not None
    third, second = application("VGG16", 3), application("VGG16", 2)
    assert third is not None
    assert second is not None
    assert "name" in third.signature.names
    assert "name" not in second.signature.names


def test_an_argument_that_the_model_does_not_have_makes_it_unknown() -> None:
    assert application_graph("VGG16", {"weights": None, "colour": "red"}, 3) is None
    assert application_graph("VGG16", {"weights": None, "name": "base"}, 2) is None


def test_the_name_given_is_the_models_and_in_convnext_its_layers() -> None:
    assert graph("VGG16", name="base", weights=None).name == "base"
    named = graph("ConvNeXtTiny", name="base", weights=None)
    assert named.layers[2].name == "base_stem"
    assert named.layers[2].parts[1].name == "base_stem_conv"


def test_mobilenet_is_named_after_its_width_and_the_size_of_its_images() -> None:
    assert graph("MobileNet", weights=None, alpha=0.5, input_shape=(160, 160, 3)).name == "mobilenet_0.50_160"
    assert graph("MobileNet", include_top=False, weights=None).name == "mobilenet_1.00_None"
    assert graph("MobileNet", include_top=False).name == "mobilenet_1.00_224"
    assert graph("MobileNet", include_top=False, input_shape=(UNKNOWN, 96, 3)).name is UNKNOWN


UNKNOWNS = [
    ("ResNet50", {"include_top": UNKNOWN}),
    ("ResNet50", {"include_top": False, "pooling": UNKNOWN}),
    ("ResNet50", {"include_top": True, "weights": None, "input_shape": UNKNOWN}),
    ("ResNet50", {"input_tensor": UNKNOWN}),
    ("ResNet50", {"input_tensor": ArraySpec((1, 224, 224, 3))}),
    ("ResNet50", {"weights": {"a": 1}}),
    ("ResNet50", {"weights": None, "input_shape": (224.0, 224, 3)}),
    ("EfficientNetB0", {"weights": UNKNOWN, "include_top": False}),
    ("MobileNetV2", {"weights": None, "alpha": UNKNOWN}),
    ("MobileNetV2", {"weights": None, "alpha": 0.123}),
    ("MobileNetV3Small", {"weights": None, "minimalistic": UNKNOWN}),
    ("ConvNeXtTiny", {"weights": None, "include_top": False, "input_shape": (224, 224, UNKNOWN)}),
    ("ConvNeXtTiny", {"name": UNKNOWN}),
    ("EfficientNetV2B0", {"name": "base"}),
]


@pytest.mark.parametrize(("name", "arguments"), UNKNOWNS)
def test_what_decides_the_layers_and_is_not_known_makes_them_unknown(
    name: str, arguments: dict[str, Any]
) -> None:
    assert application_graph(name, arguments, 3) is None
    assert application_fault(name, arguments, 3) is None


def test_what_only_gives_sizes_may_be_unknown() -> None:
    known = graph("ResNet50", weights=None, classes=UNKNOWN)
    last = replay(known, context_for(3))[-1]
    assert last.output.shape == (None, UNKNOWN)
    known = graph("EfficientNetB0", include_top=False, input_shape=(UNKNOWN, UNKNOWN, 3))
    steps = replay(known, context_for(3))
    assert steps[-1].output.shape == (None, UNKNOWN, UNKNOWN, 1280)
    assert sum(weight.size for step in steps for weight in step.weights or ()) == 4049571  # type: ignore[misc]
    known = graph("ResNet50", include_top=False, input_shape=UNKNOWN)
    assert replay(known, context_for(3))[-1].output.shape == (None, UNKNOWN, UNKNOWN, 2048)


def test_a_tensor_takes_the_place_of_the_input_layer() -> None:
    image = TensorSpec((None, 65, 65, 3))
    found = graph("MobileNetV2", weights=None, include_top=False, input_tensor=image)
    assert found.from_tensor
    assert replay(found, context_for(3), image)[-1].output.shape == (None, 3, 3, 1280)
    unranked = graph("ResNet50", include_top=False, input_tensor=TensorSpec(UNRANKED, ""))
    last = replay(unranked, context_for(3), TensorSpec(UNRANKED, ""))[-1]
    assert last.output.shape == (UNKNOWN, UNKNOWN, UNKNOWN, 2048)


def test_paddings_follow_the_size_of_the_image() -> None:
    even = graph("MobileNetV2", weights=None, include_top=False, input_shape=(64, 64, 3))
    odd = graph("MobileNetV2", weights=None, include_top=False, input_shape=(66, 66, 3))
    paddings = [
        [layer.arguments["padding"] for layer in found.layers if layer.class_name == "ZeroPadding2D"]
        for found in (even, odd)
    ]
    assert set(paddings[0]) == {((0, 1), (0, 1))}
    assert paddings[1][0] == ((1, 1), (1, 1))


def test_the_data_is_small_and_read_when_it_is_needed() -> None:
    assert sum(path.stat().st_size for path in DATA.rglob("*.gz")) < 1_500_000
    code = (
        "import gzip, sys\n"
        "gzip.decompress = None\n"
        "import kerascope.applications.catalogue\n"
        "assert 'kerascope.layers.convolution' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
