"""Calls: what is called decides which module knows what it does; libraries and objects are called here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.domain.specs import ArraySpec, Column, Dataset, Frame, Instance, NamedParts, Symbol, TensorSpec
from kerascope.graph.nodes import Layer, Made, Model, Tensor
from kerascope.interp import datasets, keras_layers, keras_models, model_methods
from kerascope.interp.argument_parsers import call_parser_method
from kerascope.interp.binding import bind_names, place
from kerascope.interp.builtins import BUILTINS, NAMES
from kerascope.interp.custom_layers import (
    add_weight,
    call_base_method,
)
from kerascope.interp.filled_layers import filled_layer
from kerascope.interp.frames import as_arrays, call_frame_method
from kerascope.interp.functions import call_function, call_unknown, instantiate
from kerascope.interp.imports import leaves_arguments_alone
from kerascope.interp.items import TEXT_FILE
from kerascope.interp.known_applications import call_backbone
from kerascope.interp.layer_methods import call_layer_method
from kerascope.interp.machine import CallArguments, Given, Machine
from kerascope.interp.masks import compute_mask
from kerascope.interp.methods import dict_method, list_method
from kerascope.interp.objects import get_attribute
from kerascope.interp.package_models import make_model
from kerascope.interp.sets import set_method
from kerascope.interp.standard_library import STANDARD
from kerascope.interp.state import State, merge
from kerascope.interp.tensor_operations import call_operation, call_tensor_method, unknown_operation
from kerascope.interp.texts import file_method, text_method
from kerascope.interp.values import (
    BoundMethod,
    ClassObject,
    DictObject,
    Function,
    InstanceObject,
    ListObject,
    OneOf,
    ParserObject,
    Ref,
    SetObject,
    Super,
    Value,
    is_text,
    join,
)
from kerascope.layers.catalogue import layer_spec
from kerascope.libraries.base import CallArguments as LibraryArguments
from kerascope.libraries.base import LibraryFunction
from kerascope.libraries.catalogue import library_function
from kerascope.syntax.units import Site


def call(machine: Machine, callee: Value, arguments: CallArguments, site: Site) -> Value:
    """The value of a call, and its effects."""
    if isinstance(callee, OneOf):
        return _call_alternatives(machine, callee.alternatives, arguments, site)
    if isinstance(callee, Symbol):
        return _call_symbol(machine, callee.name, arguments, site)
    if isinstance(callee, Function):
        return call_function(machine, callee, arguments, site, None)
    if isinstance(callee, BoundMethod):
        return _call_method(machine, callee, arguments, site)
    if isinstance(callee, ClassObject):
        return instantiate(machine, callee, arguments, site)
    if isinstance(callee, Instance):
        return _call_instance(machine, callee, arguments, site)
    thing = machine.thing(callee)
    if isinstance(thing, InstanceObject):
        method = machine.class_attribute(thing.cls, "__call__")
        if isinstance(method, Function):
            return call_function(machine, method, arguments, site, callee)
    node = machine.node(callee)
    if isinstance(node, (Layer, Model)):
        return keras_layers.call_node(machine, node.id, arguments, site)
    return call_unknown(machine, arguments, site)


def _hand_over_functions(machine: Machine, arguments: CallArguments) -> None:
    """A library leaves what it is given alone, but for functions, which it calls."""
    for value in arguments.values():
        if isinstance(value, (Function, BoundMethod)):
            machine.havoc(value)


def _call_alternatives(
    machine: Machine, callees: Sequence[Value], arguments: CallArguments, site: Site
) -> Value:
    """Calls each alternative from the same state; what is said of one of them alone is not certain."""
    before = machine.state
    result: Value = None
    joined: State | None = None
    machine.uncertain += 1
    for callee in callees:
        machine.state = before.fork()
        value = call(machine, callee, arguments, site)
        result = value if joined is None else join(result, value)
        joined = machine.state if joined is None else merge(joined, machine.state)
    machine.uncertain -= 1
    assert joined is not None
    machine.state = joined
    return result


# --- Libraries ----------------------------------------------------------------------------------------------


def from_plain(machine: Machine, value: Any) -> Value:
    """What a catalogue gave back, as a value: lists and dictionaries go into the heap."""
    if isinstance(value, list):
        return machine.allocate(ListObject(tuple(from_plain(machine, part) for part in value)))
    if isinstance(value, dict):
        return machine.allocate(DictObject({key: from_plain(machine, part) for key, part in value.items()}))
    if isinstance(value, NamedParts):
        return value.mapped(lambda part: from_plain(machine, part))
    if isinstance(value, tuple):
        return tuple(from_plain(machine, part) for part in value)
    return value


def _call_library(
    machine: Machine, entry: LibraryFunction, owner: tuple[Value, ...], arguments: CallArguments
) -> Value:
    given_out = arguments.keywords.get("out")
    if given_out is not None:
        machine.havoc(given_out.value)
    # Most libraries make an array of a table; a few keep it.
    keeps = entry.name.startswith(_KEEP_TABLES)

    def seen(value: Value) -> Any:
        return machine.data(value) if keeps else as_arrays(machine.data(value))

    plain = LibraryArguments(
        (*owner, *(seen(given.value) for given in arguments.positional)),
        {name: seen(given.value) for name, given in arguments.keywords.items()},
        arguments.complete,
    )
    return from_plain(machine, entry.returns(plain))


_PACKAGES = ("keras_hub.", "keras_nlp.", "keras_cv.", "tensorflow_addons.")

_LAYERS_ALONE = re.compile(r"tensorflow_hub\.KerasLayer|tensorflow_addons\.layers\.[A-Z]\w*")
"""Layers of which is known that they are layers, and no more."""

_KEEP_TABLES = ("pandas.", "sklearn.model_selection.")

_WRITING_METHODS = frozenset({"fill", "put", "itemset", "setfield", "byteswap", "resize"})
"""Methods of arrays that change their elements."""

_WRITING_FUNCTIONS = frozenset(
    {
        "numpy.copyto",
        "numpy.place",
        "numpy.put",
        "numpy.put_along_axis",
        "numpy.putmask",
        "numpy.fill_diagonal",
    }
)
"""Functions that write into their first argument."""


def _call_symbol(machine: Machine, name: str, arguments: CallArguments, site: Site) -> Value:
    if name in STANDARD:
        return STANDARD[name](machine, arguments)
    if name == "builtins.super":
        return _super(machine, arguments)
    if name.startswith("builtins."):
        handler = BUILTINS.get(name.removeprefix("builtins."))
        if name in {"builtins.exit", "builtins.quit"}:
            machine.state.alive = False
        return handler(machine, arguments) if handler is not None else UNKNOWN
    if name == "sys.exit":
        machine.state.alive = False
        return UNKNOWN
    if name == "functools.partial" and arguments.positional:
        return _partial(arguments)
    filled = filled_layer(machine, name, arguments, site) if machine.facts is not None else None
    if filled is not None:
        return filled
    if name.startswith("keras."):
        made = keras_models.call_keras(machine, name, arguments, site)
        if made is not NotImplemented:
            return made
    if name.startswith(_PACKAGES) and layer_spec(name) is not None:
        return keras_layers.make_layer(machine, name, arguments, site)
    if _LAYERS_ALONE.fullmatch(name):
        return Ref(keras_layers.foreign_layer(machine, name.rpartition(".")[2], arguments, site))
    if name.startswith(("keras_hub.models.", "keras_nlp.models.")):
        made = make_model(machine, name, arguments, site)
        if made is not NotImplemented:
            return made
    if name.startswith("keras_cv.models."):
        made = call_backbone(machine, name, arguments, site)
        if made is not NotImplemented:
            return made
    made = datasets.call_maker(machine, name, arguments, site)
    if made is not NotImplemented:
        return made
    operated = call_operation(machine, name, arguments, site)
    if operated is not NotImplemented:
        return operated
    if name in _WRITING_FUNCTIONS and arguments.positional:
        machine.havoc(arguments.positional[0].value)
    _hand_over_functions(machine, arguments)
    entry = library_function(name)
    if name in _NOTED:
        _note_made(machine, name, _by_position(arguments), arguments, site)
    if entry is not None:
        return _call_library(machine, entry, (), arguments)
    last = name.rpartition(".")[2]
    if not leaves_arguments_alone(name):
        call_unknown(machine, arguments)
    if last[:1].isupper() or _INITIALIZERS.match(name):
        given = _by_position(arguments)
        _note_made(machine, name, given, arguments, site)
        return Instance(name, given)
    return UNKNOWN


_NOTED = frozenset(
    {
        "numpy.argmax",
        "keras.utils.to_categorical",
        *(
            f"{module}.{name}"
            for module in ("keras.utils", "keras.preprocessing")
            for name in (
                "image_dataset_from_directory",
                "text_dataset_from_directory",
                "audio_dataset_from_directory",
            )
        ),
    }
)
"""Functions whose calls rules look at."""


def _by_position(arguments: CallArguments) -> dict[str, Value]:
    """Arguments by keyword, positional ones under their digits, ``**`` where more may hide in a star."""
    given = {str(index): item.value for index, item in enumerate(arguments.positional)}
    given.update({key: item.value for key, item in arguments.keywords.items()})
    return given if arguments.complete else {**given, "**": UNKNOWN}


def _super(machine: Machine, arguments: CallArguments) -> Value:
    """``super()`` in a method: the class is that of the method, the object its first parameter."""
    if len(arguments.positional) == 2:
        cls, instance = (given.value for given in arguments.positional)
        return Super(instance, cls) if isinstance(cls, ClassObject) else UNKNOWN
    method = machine.active[-1] if machine.active else None
    if method is None or method.owner is None or not method.parameters.params:
        return UNKNOWN
    binding = machine.binding(method.parameters.params[0].name.value)
    return UNKNOWN if binding is None else Super(binding.value, method.owner)


def _note_made(
    machine: Machine, symbol: str, given: Mapping[str, Value], arguments: CallArguments, site: Site
) -> None:
    if machine.imported:
        return
    places = {str(index): place(item) for index, item in enumerate(arguments.positional)}
    places.update({key: place(item) for key, item in arguments.keywords.items()})
    machine.trace.made.append(
        Made(
            symbol,
            {key: machine.plain(value) for key, value in given.items()},
            places,
            site,
            certain=machine.uncertain == 0,
            guarded=machine.guards > 0,
            chain=tuple(machine.call_sites),
        )
    )


def _partial(arguments: CallArguments) -> Instance:
    given = {str(index): item for index, item in enumerate(arguments.positional)}
    return Instance(
        "functools.partial", {**given, **arguments.keywords, **({} if arguments.complete else {"**": 1})}
    )


_INITIALIZERS = re.compile(r"keras\.initializers\.[A-Z]\w+$|tf(?:\.compat\.v1)?\.(?:\w+\.)?\w+_initializer$")


def _initial(machine: Machine, arguments: CallArguments) -> Value:
    """``initializer(shape, dtype)``: a tensor of that shape."""
    bound = bind_names(("shape", "dtype"), arguments)
    shape = machine.plain(bound["shape"].value) if "shape" in bound else UNKNOWN
    dtype = bound["dtype"].value if "dtype" in bound else None
    named = dtype if isinstance(dtype, str) else "float32" if dtype is None and arguments.complete else ""
    if isinstance(shape, tuple) and all(isinstance(size, int) or size is UNKNOWN for size in shape):
        return Tensor(TensorSpec(shape, named))
    return Tensor(TensorSpec(UNRANKED, named))


def _call_instance(machine: Machine, callee: Instance, arguments: CallArguments, site: Site) -> Value:
    if _INITIALIZERS.match(callee.symbol):
        return _initial(machine, arguments)
    if callee.symbol.startswith("keras.losses."):
        # In a training loop of the program's own, with labels and predictions.
        _note_made(machine, f"{callee.symbol}.__call__", _by_position(arguments), arguments, site)
    if callee.symbol != "functools.partial":
        if not leaves_arguments_alone(callee.symbol):
            return call_unknown(machine, arguments, site)
        on_tensor = arguments.positional and isinstance(arguments.positional[0].value, Tensor)
        return unknown_operation(machine, arguments, site) if on_tensor else UNKNOWN
    function: Given = callee.arguments["0"]
    first = [given for key, given in callee.arguments.items() if key.isdigit() and key != "0"]
    named = {key: given for key, given in callee.arguments.items() if not key.isdigit() and key != "**"}
    merged = CallArguments(
        (*first, *arguments.positional),
        {**named, **arguments.keywords},
        arguments.complete and "**" not in callee.arguments,
    )
    return call(machine, function.value, merged, site)


# --- Methods ------------------------------------------------------------------------------------------------


def _call_method(machine: Machine, method: BoundMethod, arguments: CallArguments, site: Site) -> Value:
    owner, name = method.owner, method.name
    if method.function is not None:
        return call_function(machine, method.function, arguments, site, owner)
    if isinstance(owner, OneOf):
        callees = [get_attribute(machine, alternative, name) for alternative in owner.alternatives]
        return _call_alternatives(machine, callees, arguments, site)
    if is_text(owner):
        return text_method(machine, owner, name, arguments)
    if isinstance(owner, ArraySpec):
        entry = library_function(f"ndarray.{name}")
        if name == "resize":
            machine.write_array(owner, ArraySpec(UNRANKED, owner.dtype, source=owner.source))
        elif name in _WRITING_METHODS:
            machine.havoc(owner)
        return UNKNOWN if entry is None else _call_library(machine, entry, (owner,), arguments)
    if isinstance(owner, (Frame, Column)):
        _hand_over_functions(machine, arguments)
        return call_frame_method(machine, owner, name, arguments)
    if isinstance(owner, Dataset):
        return datasets.call_dataset_method(machine, owner, name, arguments, site)
    if isinstance(owner, Super):
        return call_base_method(machine, owner, name, arguments, site)
    if isinstance(owner, Tensor):
        return call_tensor_method(machine, owner, name, arguments, site)
    if isinstance(owner, Instance) and owner.symbol == NAMES:
        if name not in {"get", "keys", "values", "items", "copy"}:
            machine.forget_names()
        return UNKNOWN
    if owner == TEXT_FILE:
        return file_method(machine, name)
    if isinstance(owner, Instance) and f"{owner.symbol}.{name}" in STANDARD:
        return STANDARD[f"{owner.symbol}.{name}"](machine, arguments)
    if isinstance(owner, Instance):
        entry = library_function(f"{owner.symbol}.{name}")
        if entry is None and owner.symbol.startswith("tf.lookup."):
            found = call_operation(machine, f"{owner.symbol}.{name}", arguments, site)
            return UNKNOWN if found is NotImplemented else found
        if entry is not None:
            return _call_library(machine, entry, (machine.plain(owner),), arguments)
        return UNKNOWN if leaves_arguments_alone(owner.symbol) else call_unknown(machine, arguments)
    thing = machine.thing(owner)
    if isinstance(thing, ListObject):
        return list_method(machine, owner, thing, name, arguments)
    if isinstance(thing, DictObject):
        return dict_method(machine, owner, thing, name, arguments)
    if isinstance(thing, SetObject):
        return set_method(machine, owner, thing, name, arguments)
    if isinstance(thing, ParserObject):
        return call_parser_method(machine, owner, thing, name, arguments)
    node = machine.node(owner)
    if name == "add_weight" and isinstance(node, Layer):
        return add_weight(machine, node, arguments)
    if isinstance(node, Model):
        return model_methods.call_model_method(machine, node, name, arguments, site)
    if isinstance(node, Layer):
        if name == "compute_mask" and arguments.positional and not machine.traced:
            return compute_mask(machine, node, arguments.positional[0].value, site)
        return call_layer_method(machine, node, name, arguments)
    return call_unknown(machine, arguments)
