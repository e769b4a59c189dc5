"""Keywords that a constructor of Keras 3 does not name itself and hands on to the class that it extends.

Keras's own pages do not list them; ``Conv2D(4, 3, lora_rank=2)`` is taken all the same. Source: the constructors of the
classes in ``keras/src/layers`` along their bases; ``tests/layers/test_signatures.py`` makes each layer with each.
"""

from __future__ import annotations

from typing import Final

_BOXES: Final = frozenset({"bounding_box_format"})
_BOXES_AND_FACTOR: Final = _BOXES | {"factor"}
_IMAGES: Final = _BOXES | {"data_format"}

_OF_LAYERS: Final = {
    "AdditiveAttention": frozenset({"score_mode", "seed"}),
    "Conv1D Conv2D Conv3D": frozenset({"lora_rank", "lora_alpha"}),
    "ConvLSTM1D ConvLSTM2D ConvLSTM3D": frozenset({"unroll", "zero_output_for_mask"}),
    "ReversibleEmbedding": frozenset(
        {"lora_rank", "lora_alpha", "quantization_config", "weights", "input_length"}
    ),
    "StringLookup": frozenset({"oov_method"}),
    "AugMix CutMix RandAugment RandomColorDegeneration RandomElasticTransform RandomErasing RandomGaussianBlur "
    "RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation RandomSaturation "
    "RandomSharpness": _BOXES,
    "CenterCrop ContrastLimitedAdaptiveHistogramEqualization Equalization MixUp RandomColorJitter RandomCrop "
    "RandomFlip RandomShear RandomTranslation RandomZoom Resizing": _BOXES_AND_FACTOR,
    "RandomBrightness RandomContrast": _IMAGES,
    "AutoContrast MaxNumBoundingBoxes Solarization": _IMAGES | _BOXES_AND_FACTOR,
}

INHERITED: Final = {name: keywords for names, keywords in _OF_LAYERS.items() for name in names.split()}
"""What Keras 3 takes beyond a layer's own parameters and those of every layer, by class."""

TAKES_ANYTHING: Final = frozenset({"HashedCrossing"})
"""Layers of Keras 3 that look at none of their further keywords."""
