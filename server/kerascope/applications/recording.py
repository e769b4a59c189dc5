"""The files in ``data``: what ``scripts/record_applications.py`` saw Keras do, and how a graph is put together of it.

One file a model and a Keras. A graph is a trunk (``include_top=False, pooling=None``) whose beginning and end are
exchanged as the setting asks:

- ``rows``: the trunk in its default setting. A row is ``[entry, name, inbound]``: a place in ``entries``, the name (0
  where Keras chooses it), and how many rows back the inputs are, 1 if left out; an entry alone has neither.
- ``entries``: ``[class, arguments]``; an operation has the stem of its name as a third, a nested Sequential its layers.
- ``structures``: ``[features, when, edits, name, fits]``: settings that change the trunk (``alpha``), as replacements
  of ranges of ``rows``; ``when`` lists pairs of rows whose widths must differ, or not; ``fits`` says that the weights
  of ImageNet exist for it.
- ``heads`` and ``tails``: ``[features, count, rows]``: so many rows at the beginning or end are exchanged.

``"$classes"`` stands for the argument ``classes``, ``["$correct_pad", kernel]`` for the padding that
``imagenet_utils.correct_pad`` computes, ``{name}`` for the model's name. ``$unlisted`` in the place of arguments has
what is known of a layer that the catalogue lacks: ``weights``, each a shape and whether it is trained, the ``channels``
of what comes out, and the ``strides`` by which it is smaller than what goes in.
"""

from __future__ import annotations

import functools
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from kerascope.applications.base import Inbound, RecordedLayer
from kerascope.domain.shapes import UNKNOWN
from kerascope.layers.base import Signature, signature

DATA: Final = Path(__file__).parent / "data"

Features: TypeAlias = Mapping[str, Any]
"""What of a setting the structure may depend on; a value may be ``UNKNOWN``."""


@dataclass(frozen=True, slots=True)
class CorrectPad:
    """A padding that depends on the size of the image where it stands; ``kernel`` is the window's two sides."""

    kernel: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Recording:
    """One file. ``sizes`` are images' sizes that ImageNet's weights exist for, where there are several.

    ``features_shape`` is the input shape that the model gives itself without its top where the program gives none.
    ``name`` is the model's own name, ``None`` where the structures have it; ``name_fixed`` says that no other is known
    to work.
    """

    signature: Signature
    name: str | None
    name_parameter: str | None
    name_fixed: bool
    default_size: int | None
    min_size: int
    features_shape: tuple[int, ...] | None
    sizes: tuple[int, ...]
    data: Mapping[str, Any]

    @property
    def parameters(self) -> frozenset[str]:
        """Names of the parameters."""
        return self.signature.names

    @property
    def conditional(self) -> bool:
        """Whether the layers depend on the widths of tensors in the model, as NASNet's do."""
        return any(part[1] for part in self.data["structures"])

    def depends_on(self, feature: str) -> bool:
        """Whether anything in the recording asks for ``feature``."""
        return any(
            feature in part[0] for kind in ("structures", "heads", "tails") for part in self.data[kind]
        )

    def every_layer(self) -> Iterator[RecordedLayer]:
        """Every layer that some setting has, in no order; the first is the ``InputLayer``."""
        rows = [*self.data["rows"]]
        for _, _, edits, *_ in self.data["structures"]:
            rows += [row for _, _, replacement in edits for row in replacement]
        rows += [row for kind in ("heads", "tails") for part in self.data[kind] for row in part[2]]
        for layer in _layers(rows, self.data["entries"], {"name": ""}):
            yield layer
            yield from layer.parts


@functools.lru_cache(maxsize=16)
def recording(name: str, major: int, library: str = "keras") -> Recording | None:
    """The recording of ``ResNet50`` in Keras ``major``; ``None`` where that has no such model."""
    path = DATA / f"{library}{major}" / f"{name}.json.gz"
    try:
        data = json.loads(gzip.decompress(path.read_bytes()))
    except FileNotFoundError:
        return None
    return Recording(
        signature=signature(data["parameters"]),
        name=data["name"],
        name_parameter=data["name_parameter"],
        name_fixed=data["name_fixed"],
        default_size=data["default_size"],
        min_size=data["min_size"],
        features_shape=tuple(data["features_shape"]) if data.get("features_shape") else None,
        sizes=tuple(data["sizes"]),
        data=data,
    )


@dataclass(frozen=True, slots=True)
class Structure:
    """A trunk that fits a setting, and on which widths that depends: ``(row, row, whether they differ)``."""

    rows: tuple[Any, ...]
    when: tuple[tuple[int, int, bool], ...]
    name: str | None
    fits_imagenet: bool


def structures(recorded: Recording, features: Features) -> tuple[Structure, ...]:
    """The trunks recorded for a setting: none where it was not recorded, several where the image's size decides."""
    found = []
    for part, when, edits, name, fits in recorded.data["structures"]:
        if _holds(part, features):
            rows = list(recorded.data["rows"])
            for start, stop, replacement in sorted(edits, key=lambda edit: edit[0], reverse=True):
                rows[start:stop] = replacement
            conditions = tuple((a, b, differ) for a, b, differ in when)
            found.append(Structure(tuple(rows), conditions, name, fits))
    return tuple(found)


def layers(
    recorded: Recording, structure: Structure, features: Features, values: Mapping[str, Any]
) -> tuple[RecordedLayer, ...]:
    """The layers of a setting. ``values`` holds what the setting gives by itself: ``classes``, ``name`` and others.

    The first is the ``InputLayer``, without arguments; a ``CorrectPad`` may still stand for a padding.
    """
    rows = list(structure.rows)
    for part, count, replacement in recorded.data["tails"]:
        if _holds(part, features):
            rows[len(rows) - count :] = replacement
            break
    for part, count, replacement in recorded.data["heads"]:
        if _holds(part, features):
            rows[:count] = replacement
            break
    return _layers(rows, recorded.data["entries"], values)


def _layers(
    rows: Sequence[Any], entries: Sequence[Any], values: Mapping[str, Any]
) -> tuple[RecordedLayer, ...]:
    arguments: dict[int, Mapping[str, Any]] = {}
    made = []
    for index, row in enumerate(rows):
        place, name, back = (row, 0, 1) if isinstance(row, int) else (*row, 1)[:3]
        class_name, given, *rest = entries[place]
        if place not in arguments:
            arguments[place] = {key: _value(value, values) for key, value in given.items()}
        extra = rest[0] if rest else ""
        made.append(
            RecordedLayer(
                class_name=class_name,
                name=_named(name, values),
                arguments=arguments[place],
                inbound=_inbound(index, back),
                is_operation=isinstance(extra, str) and bool(extra),
                stem=extra if isinstance(extra, str) else "",
                parts=tuple(
                    RecordedLayer(
                        kind,
                        _named(label, values),
                        {key: _value(value, values) for key, value in inner.items()},
                        () if number == 0 else number - 1,
                    )
                    for number, (kind, inner, label) in enumerate(extra)
                )
                if isinstance(extra, list)
                else (),
            )
        )
    return tuple(made)


def _holds(part: Features, features: Features) -> bool:
    return all(features.get(key) == value for key, value in part.items())


def _inbound(index: int, back: Any) -> Inbound:
    return tuple(index - step for step in back) if isinstance(back, list) else index - back


def _named(name: Any, values: Mapping[str, Any]) -> str | None:
    if not name:
        return None
    return str(name).replace("{name}", str(values["name"])) if "{name}" in name else str(name)


def _value(value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        if value and value[0] == "$correct_pad":
            kernel = value[1]
            return CorrectPad((kernel, kernel) if isinstance(kernel, int) else (kernel[0], kernel[1]))
        return tuple(_value(item, values) for item in value)
    if isinstance(value, str) and value.startswith("$"):
        return values.get(value[1:], UNKNOWN)
    return value
