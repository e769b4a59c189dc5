"""Data for the programs where nothing can be fetched: sets of the true shapes, types and ranges, and folders of images.

Imported by a program before its own first statement, in the process of the judge. Numbers are drawn, so that a program
which hangs on what the data says would fail, and none does.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf


def _images(train: int, test: int, shape: tuple[int, ...], classes: int, column: bool = False) -> Any:
    def load_data(*args: Any, **keywords: Any) -> Any:
        random = np.random.default_rng(0)

        def part(size: int) -> Any:
            images = random.integers(0, 256, (size, *shape), dtype=np.uint8)
            labels = (np.arange(size) % classes).astype(np.uint8)
            return images, labels.reshape(-1, 1) if column else labels

        return part(train), part(test)

    return load_data


def _reviews(*args: Any, num_words: int = 88_585, **keywords: Any) -> Any:
    random = np.random.default_rng(0)

    def part(size: int) -> Any:
        lengths = random.integers(12, 90, size)
        texts = np.empty(size, dtype=object)
        for index, length in enumerate(lengths):
            texts[index] = random.integers(1, num_words, length).tolist()
        # The word of the highest index occurs, as in the real reviews.
        texts[0][-1] = num_words - 1
        return texts, random.integers(0, 2, size)

    return part(25_000), part(25_000)


_LOADERS = {
    "mnist": _images(60_000, 10_000, (28, 28), 10),
    "fashion_mnist": _images(60_000, 10_000, (28, 28), 10),
    "cifar10": _images(50_000, 10_000, (32, 32, 3), 10, column=True),
    "cifar100": _images(50_000, 10_000, (32, 32, 3), 100, column=True),
    "imdb": _reviews,
}


def prepare() -> None:
    """Puts the stand-ins in the place of Keras's loaders, and goes to a folder that holds ``photos``."""
    import keras

    for module in (keras.datasets, tf.keras.datasets):
        for name, loader in _LOADERS.items():
            getattr(module, name).load_data = loader
    folder = Path(tempfile.gettempdir()) / "kerascope-photos"
    for name in ("cats", "dogs"):
        for index in range(6):
            file = folder / "photos" / name / f"{index}.png"
            if not file.exists():
                file.parent.mkdir(parents=True, exist_ok=True)
                pixels = np.random.default_rng(index).integers(0, 256, (24, 24, 3), dtype=np.uint8)
                file.write_bytes(tf.io.encode_png(pixels).numpy())
    os.chdir(folder)


prepare()
