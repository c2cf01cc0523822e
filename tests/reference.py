"""`python -m tests.reference FOLDER` writes a page of every public name from its docstring; whatever pdoc warns of is an error."""

import sys
import warnings
from pathlib import Path
from pkgutil import iter_modules

import pdoc

import recommender

MODULES = (
    *("recommender", "eval", "!eval.commands", "!eval.notebooks", "!eval.prompts.tagging"),
    *("api.client", "catalog"),
)
"""What others import; the modules after `!` are run, not imported, or need torch."""


def write_reference(folder: Path) -> None:
    """Write the pages. Raises UserWarning or RuntimeWarning for what cannot be documented."""
    # pdoc does not see names that are imported when asked for, nor, where there are such names, the modules beside them.
    vars(recommender).update({name: getattr(recommender, name) for name in recommender.__all__})
    recommender.__all__ += [module.name for module in iter_modules(recommender.__path__)]
    with warnings.catch_warnings():
        warnings.filterwarnings("error", module="pdoc")
        # `array[int]` means nothing to Python 3.11.
        warnings.filterwarnings("ignore", "Error parsing type annotation array", module="pdoc")
        # Pydantic's dataclasses name a module that only type checkers have.
        warnings.filterwarnings("ignore", ".*PydanticDataclass", module="pdoc")
        warnings.filterwarnings("ignore", "Suppressed execution")  # of what tells the processor's kind
        pdoc.pdoc(*MODULES, output_directory=folder)


if __name__ == "__main__":
    write_reference(Path(sys.argv[1]))
