"""Tables of ``tf.lookup``: a value for each key.

Source: ``tensorflow/python/ops/lookup_ops.py``.
"""

from __future__ import annotations

from kerascope.domain.specs import TensorSpec
from kerascope.operations.base import Bound, Nest, Operation, Transfer, tensor, unknown_rows


def looked_up(dtype: str) -> Transfer:
    """A value in place of each key."""

    def transfer(args: Bound) -> Nest:
        return TensorSpec(tensor(args["x"]).shape, dtype)

    return transfer


def _cases(table: str) -> tuple[str, ...]:
    return (
        f"{table}.lookup(t(None, dtype='string'))",
        f"{table}.lookup(t(None, 4, 3, dtype='string'))",
        f"{table}.lookup(t(5, dtype='string'))",
    )


OPERATIONS: tuple[Operation, ...] = (
    # Of which type the values are, its own initializer says.
    Operation("tf.lookup.StaticHashTable.lookup", "keys: x, name=None", looked_up(""), {2: unknown_rows}),
    Operation(
        "tf.lookup.StaticVocabularyTable.lookup",
        "keys: x, name=None",
        looked_up("int64"),
        {2: unknown_rows},
        _cases("StaticVocabularyTable"),
    ),
)
