"""Calls of ``keras.applications`` that Keras refuses, and near ones that it takes: both sides are asked."""

from __future__ import annotations

from typing import Any

import pytest

from applications.tables import FUNCTIONAL, PREPARED, WITHOUT_WEIGHTS
from judge.programs import judge
from kerascope.applications.catalogue import application_fault, application_graph
from kerascope.layers.base import FaultKind

SMALL = {"weights": None, "input_shape": (32, 32, 3)}

CALLS: list[tuple[str, dict[str, Any], str | None]] = [
    # What is called, how, and which argument is refused.
    ("VGG16", {"weights": None, "include_top": False, "input_shape": (28, 28, 3)}, "input_shape"),
    ("VGG16", {"weights": "imagenet", "classes": 10}, "classes"),
    ("ResNet50", {"include_top": False, "input_shape": (31, 64, 3)}, "input_shape"),
    ("ResNet50", {"include_top": False, "input_shape": (64, 64, 1)}, "input_shape"),
    ("ResNet50", {"include_top": False, "input_shape": (64, 64)}, "input_shape"),
    ("ResNet50", {"weights": "imagenet", "input_shape": (64, 64, 3)}, "input_shape"),
    ("ResNet50", {"weights": None, "input_shape": (None, None, 3)}, "input_shape"),
    ("InceptionV3", {"weights": None, "include_top": False, "input_shape": (74, 80, 3)}, "input_shape"),
    ("Xception", {"weights": None, "include_top": False, "input_shape": (70, 80, 3)}, "input_shape"),
    ("EfficientNetB0", {"weights": None, "classes": 10, "input_shape": (16, 16, 3)}, "input_shape"),
    ("MobileNetV3Small", {"weights": None, "input_shape": (28, 28, 3)}, "input_shape"),
    ("MobileNetV3Small", {"weights": "imagenet", "minimalistic": True, "alpha": 0.75}, "alpha"),
    ("MobileNet", {"weights": "imagenet", "alpha": 0.3}, "alpha"),
    ("MobileNet", {"weights": "imagenet", "depth_multiplier": 2}, "depth_multiplier"),
    ("MobileNet", {"weights": "imagenet", "classifier_activation": "sigmoid"}, "classifier_activation"),
    ("MobileNetV2", {"weights": "imagenet", "input_shape": (100, 100, 3)}, "input_shape"),
    ("MobileNetV2", {"weights": "imagenet", "classes": 2}, "classes"),
    ("MobileNet", {**SMALL, "alpha": 0.25, "classes": 2, "classifier_activation": "sigmoid"}, None),
    ("MobileNet", {**SMALL, "alpha": 0.25, "depth_multiplier": 2, "include_top": False, "classes": 2}, None),
    ("MobileNet", {"weights": "imagenet", "alpha": 0.25, "input_shape": (128, 128, 3)}, None),
    ("MobileNet", {"weights": "imagenet", "alpha": 0.25, "include_top": False, "classes": 2}, None),
    ("MobileNet", {**SMALL, "alpha": 0.25, "include_top": False, "classifier_activation": "sigmoid"}, None),
    ("MobileNetV3Small", {"weights": None, "include_top": False, "input_shape": (None, 40, 3)}, None),
    ("VGG16", {"weights": None, "include_top": False, "input_shape": (32, 32, 5)}, None),
    ("VGG16", {"weights": None, "include_top": False, "input_shape": ()}, None),
]


@pytest.mark.parametrize("major", (3, 2))
def test_keras_refuses_what_we_refuse_and_takes_what_we_take(major: int) -> None:
    code = WITHOUT_WEIGHTS[major] + FUNCTIONAL[major] + PREPARED + "wrong = []\n"
    for name, arguments, refused in CALLS:
        given = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
        code += (
            f"try:\n    keras.applications.{name}({given})\n    raised = False\n"
            "except ValueError:\n    raised = True\n"
            f"if raised is not {refused is not None}:\n    wrong.append({f'{name}({given})'!r})\n"
        )
    ran = judge(major).run(code + "assert not wrong, wrong\n")
    assert ran.error is None, ran.error


@pytest.mark.parametrize("major", (3, 2))
@pytest.mark.parametrize(
    ("name", "arguments", "refused"), CALLS, ids=[f"{c[0]}-{i}" for i, c in enumerate(CALLS)]
)
def test_a_refusal_names_the_argument(
    name: str, arguments: dict[str, Any], refused: str | None, major: int
) -> None:
    fault = application_fault(name, arguments, major)
    graph = application_graph(name, arguments, major)
    if refused is None:
        assert fault is None
        assert graph is not None
    else:
        assert fault is not None
        assert fault.kind is FaultKind.ARGUMENT
        assert fault.facts["argument"] == refused
        assert graph is None
