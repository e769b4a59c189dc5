"""What a user can set: unknown keys, types, and which place wins."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from kerascope.cli.settings import Settings
from kerascope.engine.options import (
    BadOption,
    Options,
    configuration_file,
    merge_options,
    read_configuration,
)
from kerascope.lsp.server import Server


def configure(folder: Path, text: str) -> Path:
    """Puts a ``pyproject.toml`` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "pyproject.toml"
    file.write_text(text, encoding="utf-8")
    return file


# --- Keys and values --------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["kears", "fail_onn", "Keras", "", "reports", "version"])
def test_an_unknown_key_is_named_and_so_are_its_place_and_the_known_ones(key: str) -> None:
    with pytest.raises(BadOption) as caught:
        merge_options(Options(), {key: "x"}, "pyproject.toml")
    assert f"`{key}`" in str(caught.value)
    assert str(caught.value).startswith("pyproject.toml: ")
    for item in fields(Options):
        assert item.name.replace("_", "-") in str(caught.value)


GOOD: list[tuple[str, Any, Any]] = [
    ("keras", "2", "2"),
    ("keras", "3.3.3", "3.3.3"),
    ("keras", 3, "3"),
    ("python", "env/bin/python", "env/bin/python"),
    ("backend", "jax", "jax"),
    ("select", ["KS", "kc201"], ("KS", "KC201")),
    ("select", "KS, kc201", ("KS", "KC201")),
    ("select", [], ()),
    ("ignore", ["KL421"], ("KL421",)),
    ("possible", True, True),
    ("oracle", False, False),
    ("fail-on", "never", "never"),
    ("fail_on", "warning", "warning"),
]
BAD: list[tuple[str, Any]] = [
    ("keras", "1"),
    ("keras", "4.0"),
    ("keras", "newest"),
    ("keras", ""),
    ("keras", True),
    ("keras", ["3"]),
    ("python", 3),
    ("python", True),
    ("backend", "theano"),
    ("backend", 1),
    ("select", 201),
    ("select", [201]),
    ("ignore", {"KC201": True}),
    ("possible", "yes"),
    ("oracle", "no"),
    ("possible", 1),
    ("fail-on", "hint"),
    ("fail-on", True),
]


@pytest.mark.parametrize(("key", "value", "kept"), GOOD)
def test_each_key_takes_its_own_type(key: str, value: Any, kept: Any) -> None:
    assert getattr(merge_options(Options(), {key: value}, "here"), key.replace("-", "_")) == kept


@pytest.mark.parametrize(("key", "value"), BAD)
def test_a_value_of_another_type_is_refused_with_its_key(key: str, value: Any) -> None:
    with pytest.raises(BadOption, match=f"^here: `{key}`"):
        merge_options(Options(), {key: value}, "here")


def test_every_key_is_tried_with_good_and_bad_values() -> None:
    known = {item.name for item in fields(Options)}
    assert {key.replace("-", "_") for key, _, _ in GOOD} == known
    assert {key.replace("-", "_") for key, _ in BAD} == known


def test_every_key_is_described() -> None:
    assert all(item.metadata["description"].endswith(".") for item in fields(Options))


def test_what_is_merged_keeps_what_is_not_given() -> None:
    base = merge_options(Options(), {"keras": "2", "select": ["KS"]}, "here")
    merged = merge_options(base, {"select": ["KC"]}, "there")
    assert (merged.keras, merged.select, base.select) == ("2", ("KC",), ("KS",))


def test_codes_are_chosen_by_their_beginnings_and_ignored_ones_win() -> None:
    options = merge_options(Options(), {"select": ["KS", "KC2"], "ignore": ["KS101", "KC20"]}, "here")
    codes = ("KS101", "KS102", "KC201", "KC213", "KL421")
    assert [options.reports(code) for code in codes] == [False, True, False, True, False]
    assert all(Options().reports(code) for code in codes)


# --- Files ------------------------------------------------------------------------------------------------


def test_the_nearest_file_with_our_table_counts(tmp_path: Path) -> None:
    outer = configure(tmp_path, "[tool.kerascope]\nkeras = '2'\n")
    inner = configure(tmp_path / "a" / "b", "[tool.kerascope]\nkeras = '3'\n")
    configure(tmp_path / "a", "[tool.other]\nkeras = '2'\n")
    (tmp_path / "a" / "b" / "c").mkdir()
    assert configuration_file(tmp_path / "a" / "b" / "c" / "x.py") == inner
    assert configuration_file(tmp_path / "a" / "b") == inner
    assert configuration_file(tmp_path / "a" / "x.py") == outer
    assert configuration_file(tmp_path / "x.py") == outer


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for text in ("[tool.kerascope\n", "[tool]\nkerascope = 3\n"):
        file = configure(tmp_path, text)
        with pytest.raises(BadOption, match=r"pyproject\.toml"):
            read_configuration(file)
    file.write_bytes(b"[tool.kerascope]\nkeras = '\xe9'\n")
    with pytest.raises(BadOption, match=r"pyproject\.toml"):
        read_configuration(file)
    assert read_configuration(configure(tmp_path, "[project]\nname = 'x'\n")) == {}


# --- Which place wins -------------------------------------------------------------------------------------


def test_the_command_line_wins_over_the_file_key_by_key(tmp_path: Path) -> None:
    configure(tmp_path, "[tool.kerascope]\nkeras = '2'\nfail-on = 'warning'\nselect = ['KS']\n")
    options = Settings({"keras": "3", "fail-on": "never"}).for_path(tmp_path / "x.py")
    assert (options.keras, options.fail_on, options.select) == ("3", "never", ("KS",))
    assert Settings({}).for_path(tmp_path / "x.py").keras == "2"


def test_each_file_of_one_command_has_its_own_folders_options(tmp_path: Path) -> None:
    configure(tmp_path, "[tool.kerascope]\nkeras = '2'\n")
    configure(tmp_path / "new", "[tool.kerascope]\nkeras = '3'\n")
    settings = Settings({})
    for _ in range(2):  # the second answer comes from memory
        assert settings.for_path(tmp_path / "x.py").keras == "2"
        assert settings.for_path(tmp_path / "new" / "x.py").keras == "3"


def test_the_file_wins_over_the_editors_settings_key_by_key(tmp_path: Path) -> None:
    server = Server()
    server.editor_settings = {"keras": "3", "possible": True, "select": ["KC"]}
    path = str(tmp_path / "x.py")
    assert server._options(path).keras == "3"
    configure(tmp_path, "[tool.kerascope]\nkeras = '2'\nselect = ['KS']\n")
    options = server._options(path)
    assert (options.keras, options.select, options.possible) == ("2", ("KS",), True)


def test_a_bad_key_of_a_file_is_named_with_the_file(tmp_path: Path) -> None:
    configure(tmp_path, "[tool.kerascope]\nkears = '2'\n")
    with pytest.raises(BadOption, match=r"pyproject\.toml: unknown key `kears`"):
        Settings({}).for_path(tmp_path / "x.py")
