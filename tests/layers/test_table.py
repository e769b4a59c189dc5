"""docs/layers.md lists every layer of the catalogue, and no disagreement."""

from __future__ import annotations

import re
from pathlib import Path

from kerascope.layers.catalogue import ALIASES, CATALOGUE, layer_spec
from kerascope.layers.unsupported import UNSUPPORTED

PAGE = Path(__file__).resolve().parents[2] / "docs" / "layers.md"
ROW = re.compile(r"^\| (\w+) \| ([23]) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)


def test_table_lists_every_layer() -> None:
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    listed = {(name, int(major)) for name, major, *_ in rows}
    assert listed == {(name, major) for name, spec in CATALOGUE.items() for major in spec.majors}


def test_table_adds_up() -> None:
    for name, major, *numbers in ROW.findall(PAGE.read_text(encoding="utf-8")):
        tried, agreed, refused, unknown, disagreed = map(int, numbers)
        assert disagreed == 0, f"{name}, Keras {major}"
        assert tried == agreed + unknown
        assert refused <= agreed


def test_page_tells_what_is_left_out() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name, reason in UNSUPPORTED.items():
        assert f"| `{name}` | {reason} |" in page


def test_aliases_lead_to_layers() -> None:
    for alias, name in ALIASES.items():
        assert layer_spec(alias) is CATALOGUE.get(name)
    assert layer_spec("NoSuchLayer") is None
