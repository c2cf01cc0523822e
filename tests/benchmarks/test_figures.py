"""The page of figures is what was read from the commands' outputs, and each of its commands exists."""

import importlib.util
import io
import re
import shlex
import sys
from contextlib import redirect_stdout, suppress
from functools import cache

import pytest

from tests.benchmarks.figures import PAGE, ROOT, Figure, page, read_figures
from tests.nightly import PARTS

FIGURES = read_figures()


def figure(**changed: str | tuple[str, ...]) -> Figure:
    told = {"command": "true", "reads": ("([0-9.]+) ms", "([0-9]+) lost"), "told": "{} ms; {}"}
    asked = {"bounds": ("<= 1.5 ms", "== 0")}
    return Figure("Room", "name", "a promise", **(told | asked | changed))  # type: ignore[arg-type]


@cache
def help_of(module: str, *command: str) -> str:
    """What a module says when it is asked for help."""
    said = io.StringIO()
    package = bool(importlib.util.find_spec(module).submodule_search_locations)  # type: ignore[union-attr]
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), suppress(SystemExit):
        patch.setattr(sys, "argv", [module, *command, "--help"])
        importlib.import_module(f"{module}.__main__" if package else module).main()
    return said.getvalue()


def assert_exists(command: str) -> None:
    match shlex.split(command):
        case ["taskset", "-c", _, *rest]:
            assert_exists(shlex.join(rest))
        case ["make", "nightly", part]:
            assert part.removeprefix("PART=") in PARTS
        case ["make", target, *_]:
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        case ["python", "-m", module, *rest]:
            assert importlib.util.find_spec(module), module
            words = [rest[0]] if module == "eval" else []
            said = help_of(module, *words)
            assert [word for word in rest if word.startswith("--") and word not in said] == []
        case other:
            pytest.fail(f"{other} is no command that a figure is taken by")


@pytest.mark.parametrize("command", sorted({one for found in FIGURES for one in found.command.split(" && ")}))
def test_the_command_of_every_figure_exists_with_its_options(command: str) -> None:
    assert_exists(command)


def test_the_page_is_what_was_read_from_outputs_and_nobody_wrote_in_it() -> None:
    assert PAGE.read_text("utf-8") == page(FIGURES)


def test_every_figure_was_taken_and_says_when_and_of_which_code() -> None:
    assert [found.name for found in FIGURES if not (found.values and found.date and found.commit)] == []


def test_a_figure_has_a_place_for_each_group_that_is_read() -> None:
    for found in FIGURES:
        groups = sum(re.compile(pattern).groups for pattern in found.reads)
        assert found.told.count("{}") == groups >= len(found.bounds), found.name


def test_values_are_read_in_their_order_and_what_is_not_there_is_named() -> None:
    assert figure().values_in("3 lost after 1.25 ms") == ("1.25", "3")
    with pytest.raises(SystemExit, match=r"name: the output of `true` has no '\(\[0-9\]\+\) lost'"):
        figure().values_in("1.25 ms")


def test_what_falls_short_of_what_was_asked_is_marked() -> None:
    met, missed = figure(values=("1.5", "0")), figure(values=("1,600", "0"))
    assert (met.is_missed, missed.is_missed, figure(values=("1", "1")).is_missed) == (False, True, True)
    assert met.asked == "at most 1.5 ms, 0"
    assert "| **1,600 ms; 0** |" in page([missed])
    assert "| 1.5 ms; 0 |" in page([met])


def test_bars_in_commands_leave_the_table_whole() -> None:
    row = page([figure(command="true | cat", values=("1", "0"))]).splitlines()[-1]
    assert row.count("|") - row.count("\\|") == 7
