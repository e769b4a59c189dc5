"""Layers that other layers make for themselves, and that count when Keras numbers names.

After a call of ``MultiHeadAttention`` the program's first ``Dropout`` is ``dropout_1``. Only parts without a name of
their own are listed. Measured on Keras 3.15.1 and tf_keras 2.21.
"""

from __future__ import annotations

from kerascope.layers.base import Arguments

_AUGMENTATIONS = (
    "RandomShear", "RandomTranslation", "RandomRotation", "RandomBrightness", "RandomColorDegeneration",
    "RandomContrast", "RandomSharpness", "Solarization", "RandomPosterization", "AutoContrast", "Equalization",
)  # fmt: skip

_JITTER = {
    "brightness_factor": "RandomBrightness",
    "contrast_factor": "RandomContrast",
    "saturation_factor": "RandomSaturation",
    "hue_factor": "RandomHue",
}


def made_with(class_name: str, arguments: Arguments) -> tuple[str, ...]:
    """Classes of which a layer makes one object each when it is constructed."""
    if class_name == "TextVectorization":
        return ("StringLookup",)
    if class_name == "RandomColorJitter":
        return tuple(part for name, part in _JITTER.items() if arguments.get(name) is not None)
    if class_name == "AugMix" and arguments.get("all_ops", True) is False:
        return tuple(part for part in _AUGMENTATIONS if part not in _WITHOUT_ALL)
    return _AUGMENTATIONS if class_name in ("AugMix", "RandAugment") else ()


_WITHOUT_ALL = ("RandomBrightness", "RandomColorDegeneration", "RandomContrast", "RandomSharpness")
"""What ``AugMix`` leaves out with ``all_ops=False``."""


def made_when_built(class_name: str) -> tuple[str, ...]:
    """Classes of which a layer makes one object each at its first call."""
    return ("Softmax", "Dropout") if class_name in ("MultiHeadAttention", "GroupedQueryAttention") else ()
