"""Everything that is told of prompts: cases that hold, marks that agree, promises that lists break."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from catalog.tracks import Territory
from eval.prompts.cases import WEAK, Case, Home, JudgedCase, by_field, failures, judge_case, read_case, weak_kinds
from eval.prompts.labelled import LabelledPrompt, labelled
from eval.prompts.readings import ReadPrompt, by_group, by_mark, in_normal_form
from eval.prompts.wish_checks import CheckedList
from eval.queries import DatasetError, json_lines
from eval.reporting.tables import ResultTable
from recommender.playlist_recommender import PlaylistRecommender
from recommender.training.parts import Progress

_SHOWN: Final = 100  # characters of a prompt


class BrokenWishError(RuntimeError):
    """A list breaks a wish that must hold, or is short without saying so."""


def read_prompts(paths: Iterable[Path]) -> list[Case | LabelledPrompt]:
    """Read files of cases and of labelled prompts; these are of the language that names the file, unless they say another.

    Raises DatasetError naming the file and line of what is neither.
    """
    found: list[Case | LabelledPrompt] = []
    for path in paths:
        for line, row in json_lines(path):
            try:
                if not {"checks", "text"} & row.keys():
                    raise ValueError("it has neither the checks of a case nor the text of a labelled prompt")
                found.append(read_case(row) if "checks" in row else labelled(row, path.stem))
            except ValueError as error:
                raise DatasetError(f"{path}, line {line}: {error}") from error
    return found


@dataclass(frozen=True)
class PromptReport:
    """What was found: judged cases, read prompts, how many cases no home was given for by the home they name, and of every list
    that was asked for, with its prompts, whether it keeps its promises. `tables` tell the rest.
    """

    cases: Sequence[JudgedCase]
    read: Sequence[ReadPrompt]
    left_out: Mapping[str, int]
    promises: Sequence[tuple[str, CheckedList]]
    tables: Sequence[ResultTable]

    @property
    def broken(self) -> list[str]:
        """The promises that lists break, a sentence each."""
        return [f"{said[:_SHOWN]!r}: {sentence}" for said, found in self.promises for sentence in found.broken]

    def summary(self) -> list[str]:
        """Return what was found, in sentences."""
        held, lists = sum(not one.broken for one in self.cases), [found for _, found in self.promises]
        return [
            *([f"{held:,} of {len(self.cases):,} cases hold ({held / len(self.cases):.2f})."] if self.cases else []),
            f"In {len(lists):,} lists of {sum(found.tracks for found in lists):,} tracks {sum(found.checked for found in lists):,} "
            f"wishes that must hold were checked: {len(self.broken):,} are broken, of {sum(found.unknown for found in lists):,} the "
            "catalog does not know.",
        ]

    def remarks(self) -> list[str]:
        """Return in sentences what the tables do not say."""
        weak = ", ".join(weak_kinds(self.cases))
        return [
            *([f"Kinds of which less than {WEAK:.0%} hold: {weak}"] if weak else []),
            *(f"{count:,} cases are left out: no --home is named {name}" for name, count in self.left_out.items()),
            *self.broken,
        ]


def judge_prompts(
    folders: Mapping[str, Path],
    prompts: Sequence[Case | LabelledPrompt],
    territory: Territory,
    progress: Progress,
) -> PromptReport:
    """Ask homes, by name: cases the one that they name, all else the first.

    Raises what opening a home does: BundleError, ConsentSettingsError or StoreError.
    """
    with ExitStack() as stack, progress("Answering prompts", len(prompts)) as advance:
        homes = {
            name: Home(stack.enter_context(closing(PlaylistRecommender.open(folder))), territory)
            for name, folder in folders.items()
        }
        first = next(iter(homes.values()))
        cases, read, left_out = list[JudgedCase](), list[ReadPrompt](), Counter[str]()
        for prompt in prompts:
            advance(1)
            if isinstance(prompt, LabelledPrompt):
                plain = in_normal_form(prompt)
                read.append(ReadPrompt(plain, *first.read(plain.text, plain.after)))
            elif (home := homes.get(prompt.home, None if prompt.home else first)) is not None:
                cases.append(judge_case(prompt, home))
            else:
                left_out[prompt.home] += 1
        promises = [promise for home in homes.values() for promise in home.promises()]
    return PromptReport(cases, read, left_out, promises, _tables(cases, read, progress))


def _tables(cases: Sequence[JudgedCase], read: Sequence[ReadPrompt], progress: Progress) -> list[ResultTable]:
    """Return every table that has something to tell; each of thousands of marks takes seconds."""
    makers: list[Callable[[], ResultTable]] = []
    if cases:
        makers += [partial(by_field, cases, "kind"), partial(by_field, cases, "language")]
    if read:
        languages = partial(by_group, read, "language", lambda one: {one.prompt.language})
        makers += [partial(by_mark, read), languages, partial(by_group, read, "kind", lambda one: one.kinds)]
    if any(one.broken for one in cases):
        makers.append(partial(failures, cases))
    tables = []
    with progress("Counting", len(makers)) as advance:
        for make in makers:
            tables.append(make())
            advance(1)
    return tables
