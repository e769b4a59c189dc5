"""Every model of ``keras.applications`` against real Keras: names, classes, shapes and parameters of all rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from applications.tables import own_table, real_table
from kerascope.applications.recording import DATA

SETTINGS: dict[str, dict[str, Any]] = {
    "a classifier of its own": {
        "weights": None,
        "classes": 7,
        "classifier_activation": "sigmoid",
        "input_shape": (160, 150, 1),
    },
    "features of an image of any size": {"include_top": False, "weights": None, "pooling": "avg"},
    "pretrained features": {
        "include_top": False,
        "weights": "imagenet",
        "input_shape": (131, 117, 3),
        "pooling": "max",
    },
}


def names(major: int) -> list[str]:
    """The models that were recorded."""
    return sorted(path.name.partition(".")[0] for path in Path(DATA, f"keras{major}").iterdir())


EVERY = [(name, major) for major in (3, 2) for name in names(major)]

CHOSEN = [
    ("ResNet50", {"weights": "imagenet", "include_top": False, "input_shape": (224, 224, 3)}),
    ("MobileNetV2", {"weights": None, "include_top": False, "input_shape": (97, 130, 3), "alpha": 0.5}),
    ("EfficientNetB0", {"weights": "imagenet", "include_top": False, "pooling": "avg"}),
    ("MobileNetV3Small", {"weights": None, "classes": 3, "input_shape": (64, 64, 3), "dropout_rate": 0.0}),
    ("ConvNeXtTiny", {"weights": None, "include_top": False, "input_shape": (64, 64, 3), "pooling": "max"}),
]


@pytest.mark.parametrize("major", (3, 2))
@pytest.mark.parametrize(("name", "arguments"), CHOSEN, ids=[name for name, _ in CHOSEN])
def test_a_model_has_the_rows_that_keras_prints(name: str, arguments: dict[str, Any], major: int) -> None:
    assert own_table(name, arguments, major) == real_table(name, arguments, major)


@pytest.mark.wide
@pytest.mark.parametrize("setting", list(SETTINGS))
@pytest.mark.parametrize(("name", "major"), EVERY, ids=[f"{name}-{major}" for name, major in EVERY])
def test_every_model_has_the_rows_that_keras_prints(name: str, major: int, setting: str) -> None:
    arguments = SETTINGS[setting]
    assert own_table(name, arguments, major) == real_table(name, arguments, major)
