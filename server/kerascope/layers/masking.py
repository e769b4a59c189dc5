"""What layers do with masks in Keras 3, where a mask is a tensor of the functional graph with rows of its own.

Source: steps 6 to 8 of ``Layer.__call__`` and ``_set_mask_metadata`` in ``keras/src/layers/layer.py``, and the
``compute_mask`` of each layer. In Keras 2 a mask leaves no row.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

Gives: TypeAlias = Literal[
    "nothing",
    "the same",
    "not zero",
    "not the value",
    "of the steps",
    "either",
    "joined",
    "the first",
    "hidden",
]
"""The mask of what a layer returns.

``the same`` hands on what came, ``not zero`` and ``not the value`` are made by ``Embedding`` and ``Masking``,
``of the steps`` is handed on where all steps are returned, ``either`` and ``joined`` are those of sums and
concatenations, ``the first`` is that of a list's first tensor, and of ``hidden`` ones nothing is known.
"""


class Masking(NamedTuple):
    """Whether ``call`` takes a mask (it has the parameter ``mask``), and which one the output has."""

    takes: bool = False
    gives: Gives = "nothing"


UNMASKED: Final = Masking()
PASSES: Final = Masking(gives="the same")
TAKES: Final = Masking(takes=True)
TAKES_AND_PASSES: Final = Masking(takes=True, gives="the same")
RECURRENT: Final = Masking(takes=True, gives="of the steps")
