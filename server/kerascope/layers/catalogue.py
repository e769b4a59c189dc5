"""All layers that are known, by the name of their class in Keras.

Every module of this package that has ``LAYERS`` is a family; a new family file needs no entry elsewhere. Those that
programs seldom use may be named in ``SELDOM``: they are imported only for a name that no other family has.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Any, Final

import kerascope.layers as package
from kerascope.layers.base import Arguments, LayerSpec

ALIASES: Final[Mapping[str, str]] = {
    **{f"AvgPool{n}D": f"AveragePooling{n}D" for n in (1, 2, 3)},
    **{f"MaxPool{n}D": f"MaxPooling{n}D" for n in (1, 2, 3)},
    **{f"GlobalAvgPool{n}D": f"GlobalAveragePooling{n}D" for n in (1, 2, 3)},
    **{f"GlobalMaxPool{n}D": f"GlobalMaxPooling{n}D" for n in (1, 2, 3)},
    **{f"Convolution{n}D": f"Conv{n}D" for n in (1, 2, 3)},
    **{f"Convolution{n}DTranspose": f"Conv{n}DTranspose" for n in (1, 2, 3)},
    **{f"SeparableConvolution{n}D": f"SeparableConv{n}D" for n in (1, 2)},
    "GroupQueryAttention": "GroupedQueryAttention",
}
"""Names under which ``keras.layers`` and ``tf_keras.layers`` export a class called otherwise."""


SELDOM: Final = frozenset(
    {
        "adaptive_pooling",
        "audio",
        "augmentation",
        "categories",
        "cells",
        "conv_recurrent",
        "einsum_dense",
        "group_normalization",
        "locally_connected",
        "lookup",
        "pipeline",
        "spectral_normalization",
    }
)
"""Families that wait until one of their layers is asked for."""

NO_FAMILIES: Final = frozenset(
    {"base", "catalogue", "factors", "hidden", "inherited", "masking", "packages", "unsupported", "windows"}
)
"""Modules of this package that describe no layers of Keras."""

RENAMED: Final[Mapping[str, str]] = {"keras_nlp": "keras_hub"}
"""Packages whose layers another one exports under the same names."""


class _Catalogue(Mapping[str, LayerSpec]):
    """Families are imported when the first layer is asked for, so importing this module is cheap."""

    def __getitem__(self, name: str) -> LayerSpec:
        return _specs()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_specs())

    def __len__(self) -> int:
        return len(_specs())


CATALOGUE: Final[Mapping[str, LayerSpec]] = _Catalogue()
"""Layer specifications by class name, sorted."""


def layer_spec(name: str) -> LayerSpec | None:
    """The specification of ``name`` or of the class that ``name`` is an alias of.

    A layer of another package goes by its full name, such as ``keras_hub.layers.TransformerEncoder``.
    """
    if "." in name:
        package, dot, rest = name.partition(".")
        return package_layers().get(RENAMED.get(package, package) + dot + rest)
    own = ALIASES.get(name, name)
    usual = _families(seldom=False)
    return usual.get(name) or usual.get(own) or _families(seldom=True).get(own)


def bind(spec: LayerSpec, given: Mapping[str, Any], major: int) -> Arguments:
    """``given`` with the defaults of Keras ``major`` filled in; only what the program wrote is ``given``."""
    defaults = {parameter.name: parameter.default for parameter in spec.signature(major).parameters}
    return Arguments({**defaults, **given}, frozenset(given))


@functools.cache
def package_layers() -> Mapping[str, LayerSpec]:
    """The layers of packages beside Keras, by their full names; they are imported when one is asked for."""
    home = importlib.import_module(f"{package.__name__}.packages")
    modules = [
        importlib.import_module(f"{home.__name__}.{module.name}")
        for module in pkgutil.iter_modules(home.__path__)
    ]
    return {spec.symbol: spec for module in modules for spec in getattr(module, "LAYERS", ())}


@functools.cache
def _families(*, seldom: bool) -> dict[str, LayerSpec]:
    """The layers of the families that are, or are not, in ``SELDOM``."""
    found: dict[str, LayerSpec] = {}
    for module in pkgutil.iter_modules(package.__path__):
        if module.name in NO_FAMILIES or (module.name in SELDOM) is not seldom:
            continue
        family = importlib.import_module(f"{package.__name__}.{module.name}")
        for spec in family.LAYERS:
            if spec.name in found:
                raise ValueError(f"two families describe the layer {spec.name}")
            found[spec.name] = spec
    return found


@functools.cache
def _specs() -> dict[str, LayerSpec]:
    usual, seldom = _families(seldom=False), _families(seldom=True)
    twice = usual.keys() & seldom.keys()
    if twice:
        raise ValueError(f"two families describe the layer {min(twice)}")
    return dict(sorted({**usual, **seldom}.items()))
