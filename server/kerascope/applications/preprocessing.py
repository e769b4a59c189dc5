"""How the images of each model are to be scaled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MODES: Final[Mapping[str, str | None]] = {
    **dict.fromkeys(("resnet", "resnet50", "vgg16", "vgg19", "imagenet_utils"), "caffe"),
    **dict.fromkeys(
        (
            "inception_resnet_v2",
            "inception_v3",
            "mobilenet",
            "mobilenet_v2",
            "nasnet",
            "resnet_v2",
            "xception",
        ),
        "tf",
    ),
    "densenet": "torch",
    **dict.fromkeys(("convnext", "efficientnet", "efficientnet_v2", "mobilenet_v3", "regnet", "resnet_rs")),
}
"""The modules of ``keras.applications``, and how the ``preprocess_input`` of each scales images by default.

``None`` where the models do that themselves. Sources: the modules of ``applications`` in Keras 3 and ``tf_keras``.
"""
