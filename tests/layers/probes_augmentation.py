"""Generated arguments and inputs for image augmentation, pipelines and spectrograms."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from kerascope.domain.specs import NestedLayer, TensorSpec
from layers.draw import Arguments, Maker, batch, data_format, odd, size, sometimes

Draw: TypeAlias = Callable[[random.Random, int], Any]


def factor(low: float, high: float, *, odd_share: float = 0.12) -> Draw:
    """A number in a range or two of them, now and then one beyond it."""

    def draw(rng: random.Random, major: int) -> Any:
        middle = (low + high) / 2
        usual = [high, middle, (low, high), (max(low, 0), middle) if low < middle else middle, int(high)]
        return odd(rng, usual, [high + 0.5, low - 0.5, "0.5", None, (low,), (low, high, high)], odd_share)

    return draw


def choice(usual: list[Any], strange: list[Any]) -> Draw:
    return lambda rng, major: odd(rng, usual, strange, 0.08)


FILL = choice(["reflect", "wrap", "constant", "nearest"], ["mirror", None, 1])
INTERPOLATION = choice(["nearest", "bilinear"], ["cubic", None])
RANGE = choice([(0, 255), (0, 1), (0.0, 1.0)], [255, None, (0, 1, 2), "01"])
FREE_RANGE = choice([(0, 255), (0, 1)], [(0, 1)])
UNIT = factor(0, 1)
SIGNED = factor(-1, 1)


def small(rng: random.Random, major: int) -> Any:
    """A factor that both versions take, or none takes."""
    return odd(rng, [0.1, 0.3, (0.1, 0.2), (-0.2, 0.2), 0], [1.5, "0.1", (0.2,), None], 0.1)


def positive(rng: random.Random, major: int) -> Any:
    return odd(rng, [0.1, 0.3, (0.1, 0.2), (0, 0.2), 0], [-0.2, 1.5, "0.1", (0.2,), None], 0.1)


REQUIRED: Mapping[str, Mapping[str, Draw]] = {
    "RandomRotation": {"factor": small},
    "RandomZoom": {"height_factor": small},
    "RandomTranslation": {"height_factor": small, "width_factor": small},
    "RandomContrast": {"factor": positive},
    "RandomBrightness": {"factor": small},
    "RandomHeight": {"factor": small},
    "RandomWidth": {"factor": small},
    "RandomHue": {"factor": UNIT},
    "RandomPosterization": {"factor": factor(1, 8)},
    "RandomSaturation": {"factor": SIGNED},
    "RandomSharpness": {"factor": UNIT},
    "RandomColorDegeneration": {"factor": SIGNED},
    "MaxNumBoundingBoxes": {"max_number": choice([1, 5, 2.0, "3"], ["x", None])},
}

OPTIONAL: Mapping[str, Mapping[str, Draw]] = {
    "RandomFlip": {"mode": choice(["horizontal", "vertical", "horizontal_and_vertical"], ["diagonal", None])},
    "RandomRotation": {"fill_mode": FILL, "interpolation": INTERPOLATION},
    "RandomZoom": {"width_factor": small, "fill_mode": FILL, "interpolation": INTERPOLATION},
    "RandomTranslation": {"fill_mode": FILL, "interpolation": INTERPOLATION},
    "RandomContrast": {},
    "RandomBrightness": {"value_range": RANGE},
    "RandomHeight": {},
    "RandomWidth": {},
    "RandomShear": {
        "x_factor": factor(0, 1),
        "y_factor": factor(0, 1),
        "fill_mode": FILL,
        "interpolation": INTERPOLATION,
    },
    "RandomPerspective": {
        "factor": UNIT,
        "scale": choice([0, 0.5, 1.0], [-0.5, 2, None, "1"]),
        "interpolation": INTERPOLATION,
    },
    "RandomElasticTransform": {
        "factor": UNIT,
        "scale": UNIT,
        "fill_mode": FILL,
        "interpolation": INTERPOLATION,
    },
    "RandomErasing": {"factor": UNIT, "scale": UNIT, "value_range": FREE_RANGE},
    "RandomGaussianBlur": {
        "factor": UNIT,
        "kernel_size": choice([1, 3, 5, (3, 5)], [2, (3, 4), None, "3", (3,)]),
        "sigma": UNIT,
    },
    "RandomGrayscale": {"factor": choice([0, 0.3, 1.0], [-0.1, 1.5, None, "1"])},
    "RandomHue": {"value_range": FREE_RANGE},
    "RandomInvert": {"factor": UNIT, "value_range": FREE_RANGE},
    "RandomPosterization": {"value_range": RANGE},
    "RandomSaturation": {"value_range": RANGE},
    "RandomSharpness": {"value_range": RANGE},
    "RandomColorDegeneration": {"value_range": RANGE},
    "RandomColorJitter": {
        "brightness_factor": SIGNED,
        "contrast_factor": UNIT,
        "saturation_factor": SIGNED,
        "hue_factor": UNIT,
    },
    "Solarization": {"addition_factor": UNIT, "threshold_factor": UNIT, "value_range": RANGE},
    "AutoContrast": {"value_range": RANGE},
    "Equalization": {"value_range": RANGE, "bins": choice([16, 256], [16])},
    "ContrastLimitedAdaptiveHistogramEqualization": {"clip_limit": choice([2.0, 4.0], [4.0])},
    "AugMix": {"factor": UNIT, "value_range": RANGE, "interpolation": INTERPOLATION},
    "RandAugment": {"factor": UNIT, "value_range": RANGE, "interpolation": INTERPOLATION},
    "CutMix": {"factor": UNIT},
    "MixUp": {"alpha": choice([0.1, 0.4], [0.2])},
    "MaxNumBoundingBoxes": {"fill_value": choice([-1, 0], ["x", None])},
}

WITHOUT_LAYOUT = frozenset(
    {"RandomContrast", "RandomBrightness", "AutoContrast", "Solarization", "MaxNumBoundingBoxes"}
)
"""Layers of Keras 3 that do not name ``data_format`` among their parameters."""


WITHOUT_SEED = frozenset(
    {"AutoContrast", "Equalization", "MaxNumBoundingBoxes", "ContrastLimitedAdaptiveHistogramEqualization"}
)
"""Layers that draw nothing at random."""


def images(rng: random.Random, layout: object) -> TensorSpec:
    """A batch of images or one image, mostly with colours, now and then something else."""
    ndim = odd(rng, [4, 4, 4, 3], [2, 5], 0.05)
    channels = [rng.choice([3, 3, 3, 3, 1, 4])]
    sides: list[int | None] = [size(rng, 9, 0.1) for _ in range(max(1, ndim - 1 - (ndim > 3)))]
    lead = [batch(rng)] if ndim > 3 or ndim == 2 else []
    first = str(layout).lower() == "channels_first"
    dims = (
        [*lead, *channels, *sides[: ndim - len(lead) - 1]]
        if first
        else [*lead, *sides[: ndim - len(lead) - 1], *channels]
    )
    return TensorSpec(tuple(dims), rng.choice(["float32", "float32", "float32", "uint8", "int32"]))


def augmentation(name: str) -> Maker:
    def make(rng: random.Random, major: int) -> tuple[Arguments, Any]:
        arguments: Arguments = {key: draw(rng, major) for key, draw in REQUIRED.get(name, {}).items()}
        for key, draw in OPTIONAL[name].items():
            if key != "value_range" or major == 3 or name == "RandomBrightness":
                sometimes(rng, arguments, 0.3, key, lambda draw=draw: draw(rng, major))
        if major == 3 and name not in WITHOUT_LAYOUT:
            data_format(rng, arguments, 0.2)
        sometimes(rng, arguments, 0.1, "seed", lambda: 7)
        if name in (
            "AutoContrast",
            "Equalization",
            "MaxNumBoundingBoxes",
            "ContrastLimitedAdaptiveHistogramEqualization",
        ):
            arguments.pop("seed", None)
        if name == "MaxNumBoundingBoxes" and rng.random() < 0.4:
            first = batch(rng)
            boxes = {"boxes": (first, size(rng), 4), "labels": (first, size(rng))}
            return arguments, {"images": (first, 8, 8, 3), "bounding_boxes": boxes}
        return arguments, images(rng, arguments.get("data_format"))

    return make


def pipeline(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    steps: list[Any] = []
    for _ in range(rng.randint(1, 3)):
        name = rng.choice(["Rescaling", "Resizing", "RandomFlip", "CenterCrop", "Conv2D", "Normalization"])
        given: Arguments = {}
        if name == "Rescaling":
            given = {"scale": 0.5}
        elif name in ("Resizing", "CenterCrop"):
            given = {"height": rng.randint(2, 5), "width": rng.randint(2, 5)}
        elif name == "Conv2D":
            given = {"filters": rng.randint(1, 3), "kernel_size": rng.randint(1, 3)}
        steps.append(NestedLayer(name, given, frozenset(given)))
    if rng.random() < 0.04:
        steps[rng.randrange(len(steps))] = rng.choice(["flip", 3])
    usual = (batch(rng), rng.randint(5, 9), rng.randint(5, 9), 3)
    inputs = odd(rng, [usual], [(8, 8, 3), (8, 8, 3), (batch(rng), 8)], 0.05)
    return {"layers": odd(rng, [tuple(steps)], [None, 3, ()], 0.04)}, inputs


def mel_spectrogram(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {}
    sometimes(rng, arguments, 0.5, "num_mel_bins", lambda: rng.choice([16, 40, 80]))
    sometimes(rng, arguments, 0.5, "sequence_stride", lambda: rng.choice([64, 160, 256]))
    sometimes(rng, arguments, 0.5, "fft_length", lambda: odd(rng, [256, 512, 1024], [None, "512"], 0.1))
    sometimes(rng, arguments, 0.4, "sequence_length", lambda: odd(rng, [128, 256, None], [4096], 0.15))
    sometimes(rng, arguments, 0.2, "power_to_db", lambda: rng.choice([True, False]))
    length = None if rng.random() < 0.15 else rng.randint(1, 20000)
    return arguments, odd(rng, [(batch(rng), length)], [(length,), (batch(rng), length, 2)], 0.2)


def stft_spectrogram(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {}
    modes = ["log", "magnitude", "psd", "real", "imag", "angle", "stft"]
    sometimes(rng, arguments, 0.5, "mode", lambda: odd(rng, modes, ["db", None]))
    sometimes(rng, arguments, 0.6, "frame_length", lambda: odd(rng, [8, 10, 16], [None, "8"], 0.03))
    sometimes(rng, arguments, 0.4, "frame_step", lambda: odd(rng, [1, 4, 8, None], [0, -1, 600], 0.1))
    sometimes(rng, arguments, 0.3, "fft_length", lambda: odd(rng, [256, 300, None], [4], 0.15))
    sometimes(rng, arguments, 0.2, "scaling", lambda: odd(rng, ["density", "spectrum", None], ["x"]))
    sometimes(rng, arguments, 0.3, "padding", lambda: odd(rng, ["valid", "same"], ["SAME", "full", None]))
    sometimes(rng, arguments, 0.3, "expand_dims", lambda: rng.choice([True, False]))
    data_format(rng, arguments)
    channels = None if rng.random() < 0.04 else rng.randint(1, 3)
    time = None if rng.random() < 0.1 else rng.randint(1, 600)
    first = str(arguments.get("data_format", "")).lower() == "channels_first"
    usual = (batch(rng), channels, time) if first else (batch(rng), time, channels)
    return arguments, odd(rng, [usual], [usual[:2], (*usual, 2)], 0.04)


MAKERS: Mapping[str, Maker] = {
    **{name: augmentation(name) for name in OPTIONAL},
    "Pipeline": pipeline,
    "MelSpectrogram": mel_spectrogram,
    "STFTSpectrogram": stft_spectrogram,
}
