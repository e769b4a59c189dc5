"""Datasets: making them out of values, running the program's functions over them, and what a model is fed.

``libraries/tf_data.py`` knows the methods that need no function of the program.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Tri
from kerascope.domain.specs import ArraySpec, Dataset, Frame, Symbol, arrays_in, join_nests, map_arrays
from kerascope.interp.binding import bind_names
from kerascope.interp.data_tensors import as_tensor_data, data_of_tensors, tensors_of_data
from kerascope.interp.machine import CallArguments, Given, Machine
from kerascope.interp.values import (
    BoundMethod,
    DictObject,
    Function,
    InstanceObject,
    ListObject,
    OneOf,
    Ref,
    Value,
)
from kerascope.libraries.base import WEAK_INT, dtype_name, some_of
from kerascope.libraries.base import CallArguments as LibraryArguments
from kerascope.libraries.catalogue import library_function
from kerascope.libraries.tf_data import PREFIX
from kerascope.syntax.units import Site

GENERATOR: Final = "generator"
LIST_GENERATOR: Final = "generator that yields lists"
NOT_CALLED: Final = "builtins.generator_function."
"""What stands before the name of a generator function that is given to a model as it is."""

PY_DATASET: Final = "PyDataset"
_INDEX: Final = ArraySpec((), WEAK_INT)

_SEQUENCES: Final = frozenset(
    {"keras.utils.Sequence", "keras.utils.PyDataset", "keras.utils.data_utils.Sequence",
     "keras.utils.all_utils.Sequence"}
)  # fmt: skip


# --- Making -------------------------------------------------------------------------------------------------


def call_maker(machine: Machine, name: str, arguments: CallArguments, site: Site) -> Value:
    """``tf.data.Dataset.from_…``; ``NotImplemented`` for any other function."""
    maker = _MAKERS.get(name)
    return NotImplemented if maker is None else maker(machine, arguments)


def _nest(machine: Machine, value: Value, depth: int = 0) -> Any:
    """Values as ``tf.data`` nests them: tuples and dictionaries are nests, a list is one tensor."""
    if isinstance(value, tuple) and depth < 8:
        return tuple(_nest(machine, part, depth + 1) for part in value)
    thing = machine.thing(value)
    if isinstance(thing, DictObject):
        if not thing.exact or depth >= 8:
            return UNKNOWN
        return {key: _nest(machine, part, depth + 1) for key, part in thing.items.items()}
    plain = machine.plain(value)
    if isinstance(plain, Frame) and plain.columns is None:
        return as_tensor_data(plain)
    if isinstance(plain, dict):
        return {key: as_tensor_data(part) for key, part in plain.items()}
    if plain is UNKNOWN or plain is None:
        return UNKNOWN
    return as_tensor_data(plain)


def _rows(array: Any) -> Any:
    if not isinstance(array, ArraySpec):
        return UNKNOWN
    return array if array.shape is UNRANKED else array.with_shape(array.shape[1:])


def _leaves_mapped(function: Callable[[Any], Any], nest: Any) -> Any:
    if isinstance(nest, tuple):
        return tuple(_leaves_mapped(function, part) for part in nest)
    if isinstance(nest, dict):
        return {key: _leaves_mapped(function, part) for key, part in nest.items()}
    return function(nest)


def _source(nest: Any, default: str) -> str:
    return next(
        (leaf.source for leaf in arrays_in(nest) if isinstance(leaf, ArraySpec) and leaf.source), default
    )


def _from_slices(machine: Machine, arguments: CallArguments) -> Value:
    given = bind_names(("tensors",), arguments).get("tensors")
    whole = _nest(machine, given.value) if given is not None else UNKNOWN
    sizes = [
        leaf.shape[0]
        for leaf in arrays_in(whole)
        if isinstance(leaf, ArraySpec) and isinstance(leaf.shape, tuple) and leaf.shape
    ]
    steps: Dim = next((size for size in sizes if isinstance(size, int)), UNKNOWN)
    source = _source(whole, "tf.data.Dataset.from_tensor_slices")
    return Dataset(_leaves_mapped(_rows, whole), batched=Tri.NO, steps=steps, source=source)


def _from_tensors(machine: Machine, arguments: CallArguments) -> Value:
    given = bind_names(("tensors",), arguments).get("tensors")
    whole = _nest(machine, given.value) if given is not None else UNKNOWN
    return Dataset(whole, steps=1, source=_source(whole, "tf.data.Dataset.from_tensors"))


def _from_generator(machine: Machine, arguments: CallArguments) -> Value:
    bound = bind_names(("generator", "output_types", "output_shapes", "args", "output_signature"), arguments)
    signature = machine.plain(bound["output_signature"].value) if "output_signature" in bound else None
    if signature is not None:
        element = _leaves_mapped(_from_spec, signature)
    else:
        types = machine.plain(bound["output_types"].value) if "output_types" in bound else UNKNOWN
        shapes = bound["output_shapes"].value if "output_shapes" in bound else None
        element = _typed(machine, types, shapes)
    return Dataset(element, source="tf.data.Dataset.from_generator")


def _from_spec(spec: Any) -> Any:
    symbol = getattr(spec, "symbol", "")
    if symbol not in {"tf.TensorSpec", "tf.RaggedTensorSpec"}:
        return UNKNOWN
    shape = spec.arguments.get("shape", spec.arguments.get("0", UNKNOWN))
    dtype = dtype_name(spec.arguments.get("dtype", spec.arguments.get("1")), "float32")
    known = symbol == "tf.TensorSpec" and isinstance(shape, tuple)
    return ArraySpec(_axes(shape) if known else UNRANKED, dtype or _string(spec.arguments))


def _string(arguments: Any) -> str:
    given = arguments.get("dtype", arguments.get("1"))
    return "string" if isinstance(given, Symbol) and given.name.endswith(".string") else ""


def _axes(shape: tuple[Any, ...]) -> tuple[Dim, ...]:
    return tuple(dim if dim is None or type(dim) is int else UNKNOWN for dim in shape)


def _typed(machine: Machine, types: Any, shapes: Value) -> Any:
    plain = machine.plain(shapes)
    if isinstance(types, tuple):
        parts = plain if isinstance(plain, tuple) and len(plain) == len(types) else (None,) * len(types)
        return tuple(_typed_leaf(kind, shape) for kind, shape in zip(types, parts, strict=True))
    if isinstance(types, dict):
        held = plain if isinstance(plain, dict) else {}
        return {key: _typed_leaf(kind, held.get(key)) for key, kind in types.items()}
    return _typed_leaf(types, plain)


def _typed_leaf(kind: Any, shape: Any) -> Any:
    if not isinstance(kind, (Symbol, str)):
        return UNKNOWN
    shape = shape.arguments.get("0", UNKNOWN) if getattr(shape, "symbol", "") == "tf.TensorShape" else shape
    known = isinstance(shape, tuple) and all(dim is None or type(dim) is int for dim in shape)
    name = "string" if isinstance(kind, Symbol) and kind.name.endswith(".string") else dtype_name(kind)
    return ArraySpec(_axes(shape) if known else UNRANKED, name)


_MAKERS: Final[dict[str, Callable[[Machine, CallArguments], Value]]] = {
    "tf.data.Dataset.from_tensor_slices": _from_slices,
    "tf.data.Dataset.from_tensors": _from_tensors,
    "tf.data.Dataset.from_generator": _from_generator,
}


# --- Methods ------------------------------------------------------------------------------------------------


def call_dataset_method(
    machine: Machine, dataset: Dataset, name: str, arguments: CallArguments, site: Site
) -> Value:
    """``dataset.name(…)``."""
    handler = _WITH_FUNCTIONS.get(name)
    if handler is not None:
        return handler(machine, dataset, arguments, site)
    entry = library_function(PREFIX + name)
    if entry is None:
        return Dataset(UNKNOWN, dataset.kind, source=dataset.source) if name in _OTHER_DATASETS else UNKNOWN
    plain = LibraryArguments(
        (dataset, *(machine.plain(given.value) for given in arguments.positional)),
        {key: machine.plain(given.value) for key, given in arguments.keywords.items()},
        arguments.complete,
    )
    return entry.returns(plain)


_OTHER_DATASETS: Final = frozenset(
    {"group_by_window", "scan", "random", "sample_from_datasets", "bucket_by_sequence_length"}
)


def _mapped(machine: Machine, dataset: Dataset, arguments: CallArguments, site: Site) -> Value:
    """``dataset.map(function)``: the function is run once, on tensors, as TensorFlow traces it."""
    bound = bind_names(("map_func",), arguments)
    if "map_func" not in bound:
        return replace(dataset, element=UNKNOWN)
    element = _applied(machine, bound["map_func"], dataset.element, site)
    if isinstance(element, Dataset):
        return replace(dataset, element=UNKNOWN)
    return replace(dataset, element=element)


def _applied(machine: Machine, function: Given, element: Any, site: Site) -> Any:
    """What a function of the program returns for one element; a tuple is spread over its parameters."""
    if element is UNKNOWN:
        return UNKNOWN
    parts = element if isinstance(element, tuple) else (element,)
    given = CallArguments(tuple(Given(tensors_of_data(machine, part), function.site) for part in parts))
    before = machine.state.fork()
    machine.traced += 1
    try:
        result = machine.call(function.value, given, site)
        made = data_of_tensors(machine, result)
    finally:
        machine.traced -= 1
    # Where the function is sure to raise, what follows is not to be lost with it.
    machine.state = machine.state if machine.state.alive else before
    return made


def _flat_mapped(machine: Machine, dataset: Dataset, arguments: CallArguments, site: Site) -> Value:
    bound = bind_names(("map_func",), arguments)
    inner = _applied(machine, bound["map_func"], dataset.element, site) if "map_func" in bound else UNKNOWN
    if not isinstance(inner, Dataset):
        return Dataset(UNKNOWN, dataset.kind, source=dataset.source)
    return replace(inner, steps=UNKNOWN, source=inner.source or dataset.source)


def _filtered(machine: Machine, dataset: Dataset, arguments: CallArguments, site: Site) -> Value:
    fewer = map_arrays(
        lambda a: replace(a, facts=replace(some_of(a.facts), one_hot=a.facts.one_hot)), dataset.element
    )
    return replace(dataset, element=fewer, steps=None if dataset.steps is None else UNKNOWN)


def _transformed(machine: Machine, dataset: Dataset, arguments: CallArguments, site: Site) -> Value:
    """``dataset.apply(function)``: the function gets the dataset itself."""
    bound = bind_names(("transformation_func",), arguments)
    if "transformation_func" not in bound:
        return UNKNOWN
    given = CallArguments((Given(dataset, site),))
    return machine.call(bound["transformation_func"].value, given, site)


def _iterated(machine: Machine, dataset: Dataset, arguments: CallArguments, site: Site) -> Value:
    return dataset


_WITH_FUNCTIONS: Final[dict[str, Callable[[Machine, Dataset, CallArguments, Site], Value]]] = {
    "map": _mapped,
    "flat_map": _flat_mapped,
    "interleave": _flat_mapped,
    "filter": _filtered,
    "apply": _transformed,
    "as_numpy_iterator": _iterated,
    "reset": lambda machine, dataset, arguments, site: None,
    "next": lambda machine, dataset, arguments, site: step_of(machine, dataset),
}


# --- Attributes and steps -----------------------------------------------------------------------------------


def dataset_attribute(dataset: Dataset, name: str) -> Value:
    """``dataset.name``: what is known of it, else a method."""
    if name in _DATA_ATTRIBUTES:
        return UNKNOWN
    return BoundMethod(dataset, name)


_DATA_ATTRIBUTES: Final = frozenset(
    {"class_names", "file_paths", "element_spec", "samples", "n", "num_classes", "class_indices", "classes",
     "batch_size", "labels", "filenames", "filepaths", "image_shape", "target_size"}
)  # fmt: skip


def step_of(machine: Machine, dataset: Dataset) -> Value:
    """What one step of an iteration gives: eager data, whose open axes have some size."""

    def eager(array: ArraySpec) -> ArraySpec:
        facts = replace(some_of(array.facts), one_hot=array.facts.one_hot)
        if array.shape is UNRANKED:
            return replace(array, facts=facts)
        return replace(array, shape=tuple(UNKNOWN if d is None else d for d in array.shape), facts=facts)

    return _in_heap(machine, map_arrays(eager, dataset.element))


def _in_heap(machine: Machine, nest: Any) -> Value:
    if isinstance(nest, tuple):
        return tuple(_in_heap(machine, part) for part in nest)
    if isinstance(nest, dict):
        return machine.allocate(DictObject({key: _in_heap(machine, part) for key, part in nest.items()}))
    return nest


# --- What a model is fed --------------------------------------------------------------------------------------


def fed_dataset(machine: Machine, value: Value, site: Site) -> Dataset | None:
    """The dataset that ``fit`` makes of a value: one already, or an object of the program with ``__getitem__``."""
    if isinstance(value, Dataset):
        return value
    if isinstance(value, OneOf) and all(isinstance(part, Dataset) for part in value.alternatives):
        joined: Any = value.alternatives[0]
        for other in value.alternatives[1:]:
            joined = join_nests(joined, other)
        return joined if isinstance(joined, Dataset) else None
    thing = machine.thing(value)
    if isinstance(thing, InstanceObject) and any(base in _SEQUENCES for base in thing.cls.library_bases()):
        return _sequence_dataset(machine, value, thing, site)
    return None


def _sequence_dataset(machine: Machine, value: Ref, thing: InstanceObject, site: Site) -> Dataset:
    """What ``__getitem__`` of a ``Sequence`` or ``PyDataset`` gives for some index."""
    method = machine.class_attribute(thing.cls, "__getitem__")
    if not isinstance(method, Function):
        return Dataset(UNKNOWN, PY_DATASET, Tri.YES)
    before = machine.state.fork()
    try:
        result = machine.call(
            BoundMethod(value, "__getitem__", method), CallArguments((Given(_INDEX, site),)), site
        )
        element = batch_of(machine, result)
    finally:
        machine.state = before
    return Dataset(element, PY_DATASET, Tri.YES, source=f"{thing.cls.name}.__getitem__")


def batch_of(machine: Machine, value: Value, depth: int = 0) -> Any:
    """One batch that the program makes itself, as a nest of arrays; batches may be of other sizes than this one."""
    if isinstance(value, ArraySpec):
        opened = value.shape if value.shape is UNRANKED or not value.shape else (None, *value.shape[1:])
        return replace(value, shape=opened, facts=replace(some_of(value.facts), one_hot=value.facts.one_hot))
    if isinstance(value, tuple) and depth < 6:
        return tuple(batch_of(machine, part, depth + 1) for part in value)
    if isinstance(value, OneOf):
        first, *rest = (batch_of(machine, part, depth + 1) for part in value.alternatives)
        for other in rest:
            first = join_nests(first, other)
        return first
    thing = machine.thing(value)
    if isinstance(thing, DictObject) and thing.exact and depth < 6:
        return {key: batch_of(machine, part, depth + 1) for key, part in thing.items.items()}
    if isinstance(thing, ListObject) and thing.items is not None and depth < 6:
        parts = tuple(batch_of(machine, part, depth + 1) for part in thing.items)
        return parts if all(isinstance(part, ArraySpec) for part in parts) else UNKNOWN
    return UNKNOWN


def unpacked(dataset: Dataset) -> tuple[Any, Any, Any]:
    """Inputs, targets and sample weights of one step; ``None`` for what there is not.

    Source: ``unpack_x_y_sample_weight`` in keras/src/trainers/data_adapters/data_adapter_utils.py, which Keras 2 has in
    tf_keras/src/engine/data_adapter.py.
    """
    element = dataset.element
    if element is UNKNOWN:
        return UNKNOWN, UNKNOWN, UNKNOWN
    if not isinstance(element, tuple):
        return element, None, None
    if len(element) > 3 or not element:
        return UNKNOWN, UNKNOWN, UNKNOWN
    return (*element, None, None)[:3]


# --- Generators -----------------------------------------------------------------------------------------------


def generator_of(machine: Machine, function: Function, run: Callable[[], Value]) -> Value:
    """What a generator function returns: a dataset of what its body yields. ``run`` runs the body once."""
    before = machine.state.fork()
    outer, machine.yields = machine.yields, []
    try:
        run()
        found = machine.yields
        elements = [batch_of(machine, value) for value in found]
        lists = [isinstance(machine.thing(value), ListObject) for value in found]
    finally:
        machine.yields = outer
        machine.state = before
    if not elements:
        return UNKNOWN
    element = elements[0]
    for other in elements[1:]:
        element = join_nests(element, other)
    if all(lists):
        return Dataset(UNKNOWN, LIST_GENERATOR, source=f"{function.name}()")
    return Dataset(element, GENERATOR, source=f"{function.name}()")
