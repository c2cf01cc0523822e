"""The notebooks, executed with a real kernel on the demo's home, as an analyst would."""

import ast
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jupytext
import pytest
from nbclient import NotebookClient

from eval.notebooks.pages import PICTURE, TABLE, TEXT, write_notebook_page

FOLDER = Path(__file__).resolve().parents[2] / "eval" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("[0-9]*.py"))
EXECUTED = NOTEBOOKS if os.environ.get("EVERY_NOTEBOOK") else NOTEBOOKS[:4]
"""The last one learns for two minutes: `make nightly PART=notebooks` executes it too."""

LONGEST_S = 240
"""What a cell is given before it counts as hanging; all notebooks together take a minute on two cores."""

PAGES = FOLDER.parents[1] / ".notebooks"
"""Where the pages of the notebooks are left, to be looked at; git ignores it."""

AT_LEAST = {"1_a_prompt": (5, 5), "2_judging": (4, 6), "3_what": (6, 4), "4_an": (5, 5), "5_a_ranker": (3, 6)}
"""Pictures and tables, by the beginning of the name."""

Outputs = Sequence[Any]


def outputs_of(notebook: Path, directory: Path) -> Outputs:
    """Execute a notebook in a directory, and leave its page; an error in a cell is one here."""
    content = jupytext.read(notebook, fmt="py:percent")
    place = {"metadata": {"path": str(directory)}}
    NotebookClient(content, timeout=LONGEST_S, kernel_name="python3", resources=place).execute()
    PAGES.mkdir(exist_ok=True)
    write_notebook_page(content, PAGES / f"{notebook.stem}.html")
    return [output for cell in content.cells if cell.cell_type == "code" for output in cell.outputs]


def shown(outputs: Outputs, kind: str) -> list[str]:
    return [output.data[kind] for output in outputs if kind in output.get("data", {})]


@pytest.fixture(scope="module", autouse=True)
def _at_the_demo(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONSONANCE_HOME", str(demo_home))
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))  # nobody's own settings and history
        yield


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture(scope="module", params=EXECUTED, ids=lambda path: path.stem)
def executed(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture(scope="module")
def outputs(executed: Path, tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    """What a notebook shows when it is run, once for all tests: the first where it lies, the others where nothing is."""
    return outputs_of(executed, FOLDER if executed == NOTEBOOKS[0] else tmp_path_factory.mktemp("elsewhere"))


def test_the_places_of_the_notebooks_to_come_are_free() -> None:
    assert [path.name[:2] for path in NOTEBOOKS] == ["1_", "2_", "3_", "4_", "5_"]


def test_a_notebook_is_a_percent_source_that_jupytext_writes_back_as_it_is(notebook: Path) -> None:
    text = notebook.read_text("utf-8")
    content = jupytext.reads(text)
    assert text == jupytext.writes(content, "py:percent")
    assert {cell.cell_type for cell in content.cells} == {"markdown", "code"}
    assert content.cells[0].source.startswith(f"# {notebook.name[0]} · ")


def test_a_notebook_defines_no_function_and_no_class(notebook: Path) -> None:
    """What it needs twice is in `eval`."""
    defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    assert not [node for node in ast.walk(ast.parse(notebook.read_text("utf-8"))) if isinstance(node, defined)]


def test_a_notebook_runs_without_printing_or_warning(outputs: Outputs) -> None:
    assert not [output for output in outputs if output.output_type not in ("execute_result", "display_data")]


def test_a_notebook_shows_pictures_and_tables(executed: Path, outputs: Outputs) -> None:
    pictures, tables = next(least for name, least in AT_LEAST.items() if executed.name.startswith(name))
    assert len(shown(outputs, PICTURE)) >= pictures
    assert len(shown(outputs, TABLE)) >= tables


def test_what_a_notebook_shows_is_for_reading_and_needs_no_network(outputs: Outputs) -> None:
    assert len(outputs) == sum(len(shown(outputs, kind)) for kind in (PICTURE, TABLE, TEXT))
    assert not [table for table in shown(outputs, TABLE) if "<script" in table]


def test_the_page_of_a_notebook_shows_what_the_notebook_shows(executed: Path, outputs: Outputs) -> None:
    page = (PAGES / f"{executed.stem}.html").read_text("utf-8")
    assert page.count("<img ") == len(shown(outputs, PICTURE))
    assert all(table in page for table in shown(outputs, TABLE))
    assert f"<h1>{executed.name[0]} · " in page


def test_a_notebook_comes_to_what_the_product_answers_and_leaves_nothing_where_it_lies(
    executed: Path, outputs: Outputs
) -> None:
    conclusion = "exactly the list that the product answers with" if executed == NOTEBOOKS[0] else ""
    assert any(conclusion in text for text in shown(outputs, TEXT))
    assert not list(FOLDER.glob("*.ipynb"))
