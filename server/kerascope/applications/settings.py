"""The arguments of an application, judged and completed as the functions of ``keras.applications`` do.

Sources: ``applications/imagenet_utils.py`` (``obtain_input_shape``, ``validate_activation``) and the beginnings of the
models' functions, of Keras 3 and of ``tf_keras``, which agree; the tests hold what is refused against both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kerascope.applications.recording import Recording, Structure, structures
from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Ranked, Unknown
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import bad_argument, plain, truth

_DROPOUTS = ("dropout", "dropout_rate")


@dataclass(frozen=True, slots=True)
class Setting:
    """A legal call: the shape of its input, what the structure depends on, and what is passed on to layers.

    ``image`` is what the first layer is called on.
    """

    input_shape: Ranked
    image: TensorSpec
    from_tensor: bool
    name: str | Unknown | None
    features: Mapping[str, Any]
    structures: tuple[Structure, ...]
    values: Mapping[str, Any]


def setting(recorded: Recording, arguments: Mapping[str, Any]) -> Setting | None:
    """The setting that ``arguments`` (defaults filled in) describe; ``None`` where too little is known of it.

    Raises ``Refusal`` where Keras raises for every value that the analysis allows.
    """
    weights = arguments["weights"]
    top = truth(arguments["include_top"])
    if top is None or not (weights is None or weights is UNKNOWN or isinstance(weights, str)):
        return None
    tensor = arguments.get("input_tensor")
    if not (tensor is None or isinstance(tensor, TensorSpec)):
        return None
    _check_classes(arguments["classes"], weights, top)
    shape = _input_shape(recorded, arguments["input_shape"], tensor, weights, top)
    if shape is None:
        return None
    _check_activation(arguments, weights, top)
    features = _features(recorded, arguments, shape, weights, top)
    found = structures(recorded, features)
    _check_width(arguments, features, found, weights)
    if not found or any(value is UNKNOWN and recorded.depends_on(key) for key, value in features.items()):
        return None
    name = _name(recorded, found[0], arguments, shape, weights)
    if recorded.name_fixed and name != recorded.name:
        return None
    values = {
        "classes": arguments["classes"],
        "classifier_activation": arguments["classifier_activation"],
        "depth_multiplier": arguments.get("depth_multiplier", 1),
        "dropout": next((arguments[key] for key in _DROPOUTS if key in arguments), UNKNOWN),
        "name": name,
    }
    return Setting(
        input_shape=shape,
        image=tensor if tensor is not None else TensorSpec((None, *shape)),
        from_tensor=tensor is not None,
        name=name,
        features=features,
        structures=found,
        values=values,
    )


def _features(
    recorded: Recording, arguments: Mapping[str, Any], shape: Ranked, weights: Any, top: bool
) -> dict[str, Any]:
    features: dict[str, Any] = {
        "include_top": top,
        "rgb": UNKNOWN if shape[-1] is UNKNOWN else shape[-1] == 3,
        "imagenet": UNKNOWN if weights is UNKNOWN else weights == "imagenet",
    }
    if not top:
        pooling = arguments["pooling"]
        features["pooling"] = pooling if plain(pooling) else UNKNOWN
    for flag in ("include_preprocessing", "minimalistic"):
        if flag in arguments:
            known = truth(arguments[flag])
            features[flag] = UNKNOWN if known is None else known
    if "alpha" in arguments:
        features["alpha"] = arguments["alpha"] if plain(arguments["alpha"]) else UNKNOWN
    dropout = next((arguments[key] for key in _DROPOUTS if key in arguments), None)
    if top and dropout is not None:
        features["dropped"] = dropout > 0 if isinstance(dropout, int | float) else UNKNOWN
    return features


# --- What Keras refuses -------------------------------------------------------------------------------------


def _check_classes(classes: Any, weights: Any, top: bool) -> None:
    if weights == "imagenet" and top and isinstance(classes, int) and classes != 1000:
        raise bad_argument(
            "classes", classes, 'must be 1000 with `weights="imagenet"` and `include_top=True`'
        )


def _check_activation(arguments: Mapping[str, Any], weights: Any, top: bool) -> None:
    activation = arguments["classifier_activation"]
    known = isinstance(weights, str) and isinstance(activation, str)
    if top and known and activation not in ("softmax", "linear"):
        raise bad_argument(
            "classifier_activation", activation, 'must be "softmax" or None with pretrained weights'
        )


def _check_width(
    arguments: Mapping[str, Any], features: Mapping[str, Any], found: tuple[Structure, ...], weights: Any
) -> None:
    """ImageNet's weights exist for some widths only; ``found`` is empty for a width that was not recorded."""
    if weights != "imagenet":
        return
    multiplier = arguments.get("depth_multiplier", 1)
    if isinstance(multiplier, int | float) and multiplier != 1:
        raise bad_argument("depth_multiplier", multiplier, 'must be 1 with `weights="imagenet"`')
    alpha = features.get("alpha")
    known = isinstance(alpha, int | float) and features.get("minimalistic") is not UNKNOWN
    if known and not any(structure.fits_imagenet for structure in found):
        raise bad_argument("alpha", alpha, 'must be one that `weights="imagenet"` exists for')


def _input_shape(
    recorded: Recording, given: Any, tensor: TensorSpec | None, weights: Any, top: bool
) -> Ranked | None:
    """The shape that the model's input gets; ``None`` where the analysis cannot tell."""
    if given is UNKNOWN:
        return None if top else (UNKNOWN, UNKNOWN, UNKNOWN)
    if given is not None and not isinstance(given, tuple):
        return None
    shape: tuple[Any, ...] | None = given or None
    if given is None and not top:
        shape = recorded.features_shape
    if shape is not None and not all(side is None or side is UNKNOWN or type(side) is int for side in shape):
        return None
    if recorded.default_size is None:
        return _own_input_shape(recorded, shape, tensor)
    if weights == "imagenet" and top:
        size = _default_size(recorded, shape, tensor)
        if size is UNKNOWN:
            return None
        default = (size, size, 3)
        if shape is not None and not _may_be(shape, default):
            raise bad_argument(
                "input_shape", shape, f'must be {default} with `weights="imagenet"` and `include_top=True`'
            )
        return default
    if shape is None:
        size = _default_size(recorded, shape, tensor)
        return (size, size, 3) if top else (None, None, 3)
    if len(shape) != 3:
        raise bad_argument("input_shape", shape, "must be a tuple of three integers")
    if weights == "imagenet" and shape[-1] is not UNKNOWN and shape[-1] != 3:
        raise bad_argument("input_shape", shape, 'must have 3 channels with `weights="imagenet"`')
    if any(isinstance(side, int) and side < recorded.min_size for side in shape[:2]):
        raise _too_small(recorded, shape)
    if top and None in shape:
        raise bad_argument("input_shape", shape, "must be static with `include_top=True`")
    if weights == "imagenet" and None in shape and recorded.conditional:
        return None  # NASNet refuses a tuple with None here, but not a list
    return shape


def _own_input_shape(
    recorded: Recording, shape: tuple[Any, ...] | None, tensor: TensorSpec | None
) -> Ranked | None:
    """MobileNetV3 has rules of its own, and swaps the sides that it takes from a tensor."""
    if shape is None:
        if tensor is None:
            return (None, None, 3)
        if tensor.shape is UNRANKED or len(tensor.shape) != 4:
            return None
        shape = (tensor.shape[2], tensor.shape[1], 3)
    if len(shape) != 3:
        return None
    sides = [side for side in shape[:2] if isinstance(side, int) and side]
    if len(sides) == 2 and min(sides) < recorded.min_size:
        raise _too_small(recorded, shape)
    return shape


def _too_small(recorded: Recording, shape: tuple[Any, ...]) -> Exception:
    least = recorded.min_size
    return bad_argument("input_shape", shape, f"must be at least {least}x{least}")


def _may_be(shape: tuple[Any, ...], wanted: tuple[int, ...]) -> bool:
    return len(shape) == len(wanted) and all(
        side is UNKNOWN or side == other for side, other in zip(shape, wanted, strict=True)
    )


def _default_size(
    recorded: Recording, shape: tuple[Any, ...] | None, tensor: TensorSpec | None
) -> int | Unknown:
    """The size of ImageNet's images that the weights are for: some models have several."""
    assert recorded.default_size is not None
    if len(recorded.sizes) < 2:
        return recorded.default_size
    sides: tuple[Dim, ...] = shape[:2] if shape is not None else ()
    if shape is None and tensor is not None:
        if tensor.shape is UNRANKED:
            return UNKNOWN
        sides = tensor.shape[1:3]
    if UNKNOWN in sides:
        return UNKNOWN
    if len(sides) == 2 and sides[0] == sides[1] and isinstance(sides[0], int) and sides[0] in recorded.sizes:
        return sides[0]
    return recorded.default_size


# --- Names --------------------------------------------------------------------------------------------------


def _name(
    recorded: Recording, structure: Structure, arguments: Mapping[str, Any], shape: Ranked, weights: Any
) -> str | Unknown | None:
    """The model's name; ``None`` where Keras chooses it."""
    if recorded.name_parameter is not None:
        given = arguments[recorded.name_parameter]
        if isinstance(given, str):
            return given
        if given is not None:
            return UNKNOWN
        if recorded.name is not None:
            return None
    if recorded.name is not None:
        return recorded.name
    rows, columns = shape[:2]
    listed = rows == columns and rows in recorded.sizes
    if weights == "imagenet" and not listed:
        rows = recorded.default_size if UNKNOWN not in (rows, columns) else UNKNOWN
    if rows is UNKNOWN or structure.name is None or (weights is UNKNOWN and not listed):
        return UNKNOWN
    return structure.name.replace("{rows}", str(rows))
