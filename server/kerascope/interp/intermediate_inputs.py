"""Models that begin in the middle of another: ``keras.Model(inputs=base.get_layer("mixed3").output, outputs=…)``.

Keras makes an ``InputLayer`` in the place of each such input and calls the layers in between once more, on what the
new inputs bring. Source: ``clone_graph_nodes`` in ``keras/src/models/functional.py`` and in
``tf_keras/src/engine/functional_utils.py``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import TensorSpec
from kerascope.graph.names import automatic_name
from kerascope.graph.nodes import Call, Layer, Nest, Tensor, flatten, map_nest
from kerascope.graph.order import topological_calls
from kerascope.interp.machine import Machine
from kerascope.layers.base import Arguments
from kerascope.layers.catalogue import layer_spec
from kerascope.syntax.units import Site


def is_intermediate(tensor: Any) -> bool:
    """Whether a tensor came out of a layer that was called on others."""
    return (
        isinstance(tensor, Tensor)
        and tensor.call is not None
        and any(True for _ in flatten(tensor.call.inputs))
    )


def begin_at(machine: Machine, inputs: Nest, outputs: Nest, site: Site) -> tuple[Nest, Nest]:
    """``inputs`` and ``outputs`` of the model that Keras makes; ``outputs`` must be reached from ``inputs`` alone."""
    copies: dict[tuple[int, int], Tensor] = {}

    def key(tensor: Tensor) -> tuple[int, int]:
        return id(tensor.call), tensor.index

    for tensor in flatten(inputs):
        copies[key(tensor)] = new_input(machine, tensor.spec, site) if is_intermediate(tensor) else tensor
    again: dict[int, Call] = {}

    def copied(tensor: Any) -> Any:
        if not isinstance(tensor, Tensor) or tensor.call is None:
            return tensor
        if key(tensor) not in copies:
            call, mask = again.get(id(tensor.call), tensor.call), copied(tensor.mask)
            copies[key(tensor)] = Tensor(tensor.spec, call, tensor.index, mask=mask)
        return copies[key(tensor)]

    for call in topological_calls(inputs, outputs):
        again[id(call)] = replace(
            call, inputs=map_nest(copied, call.inputs), masks=map_nest(copied, call.masks)
        )
    return map_nest(copied, inputs), map_nest(copied, outputs)


def new_input(machine: Machine, spec: TensorSpec, site: Site) -> Tensor:
    """The tensor of an ``InputLayer`` of Keras's own making.

    Keras 3 names it after the tensor, whose number in the process is not followed.
    """
    address = machine.fresh()
    machine.state.heap[address] = Layer(
        id=address,
        class_name="InputLayer",
        spec=layer_spec("InputLayer"),
        arguments=Arguments({"batch_shape": spec.shape, "dtype": spec.dtype or UNKNOWN}),
        sites={},
        site=site,
        name=UNKNOWN if machine.major == 3 else automatic_name("InputLayer", 2, machine.state.counters),
        weights=(),
        built=True,
    )
    tensor = Tensor(spec, Call(address, (), spec, site))
    machine.state.calls[address] = (tensor, tensor)
    return tensor
