"""The labels that a call computes the loss on, those of ``validation_data`` among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kerascope.domain.shapes import Tri
from kerascope.domain.specs import ArraySpec
from kerascope.graph.nodes import Event
from kerascope.syntax.units import Site


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels that are known as an array, and where they are written; ``validation`` if ``fit`` validates on them."""

    array: ArraySpec
    site: Site
    validation: bool = False


def labels_of(event: Event) -> Iterator[Labels]:
    """The labels of one call: ``y``, and in ``fit`` those of ``validation_data``, as far as each is one array."""
    labels = event.arguments.get("y")
    if isinstance(labels, ArraySpec):
        yield Labels(labels, event.sites.get("y", event.site))
    validation = validation_labels(event)
    if validation is not None:
        yield validation


def validation_labels(event: Event) -> Labels | None:
    """The labels of ``fit(validation_data=(x, y))``."""
    parts = validation_parts(event)
    if len(parts) < 2 or not isinstance(parts[1], ArraySpec):
        return None
    site = event.sites.get("validation_data", event.site)
    return Labels(parts[1], element(site, 1, len(parts)) or site, validation=True)


def validation_parts(event: Event) -> tuple[Any, ...]:
    """What ``validation_data`` holds: inputs, labels and perhaps weights; empty where that is not known.

    Both versions of Keras take a tuple of two or three, and a list as well.
    """
    parts = event.arguments.get("validation_data") if event.kind == "fit" else None
    return parts if isinstance(parts, tuple) and len(parts) in (2, 3) else ()


def element(site: Site, index: int, count: int) -> Site | None:
    """An element of a tuple or list that is written out with ``count`` of them."""
    elements = getattr(site.node, "elements", ()) if type(site.node).__name__ in {"Tuple", "List"} else ()
    return Site(site.unit, elements[index].value) if len(elements) == count else None


def computes_on_all(event: Event, *, validation: bool = False) -> bool:
    """Whether a call is sure to compute the loss on every one of its labels.

    ``steps_per_epoch`` and its kin may leave some out, as may a validation that is not made in every epoch.
    """
    arguments = event.arguments
    if not event.complete or arguments.get("epochs", 1) == 0:
        return False
    names = ("validation_steps", "validation_freq") if validation else ("steps_per_epoch", "steps")
    return all(arguments.get(name) is None for name in (*names, "initial_epoch"))


def outside(labels: ArraySpec, least: int, most: int) -> int | None:
    """An end of the labels' range below ``least`` or above ``most``, where some label is certain to lie there."""
    facts = labels.facts
    if facts.integral is not Tri.YES or facts.lo is None or facts.hi is None:
        return None
    attained = facts.attained is Tri.YES
    if facts.hi > most and (attained or facts.lo > most):
        return int(facts.hi)
    if facts.lo < least and (attained or facts.hi < least):
        return int(facts.lo)
    return None
