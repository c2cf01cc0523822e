"""Annotated prompts: precision and recall of the wishes read, and whether lists meet them."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, Final

from catalog.names import search_form
from catalog.tracks import Territory
from eval.measures.significance import MetricValue, share_of
from eval.prompts.wish_checks import CheckedList, WishChecker
from eval.queries import DatasetError
from eval.reporting.tables import Cell, ResultTable
from recommender.playlist_recommender import PlaylistRecommender
from recommender.prompts.reading import PromptQuery, WishKind, parse
from recommender.requests import PlaylistRequest, RequestError
from recommender.tracks.tag_names import TagNames
from recommender.training.parts import Progress

HALVES: Final = ("development", "confirmation")
"""The set's parts: the first was looked at while the reader was written, the second was written before and looked at after."""

_SHOWN: Final = 100  # characters of a prompt


class BrokenWishError(RuntimeError):
    """A list breaks a wish that must hold, or is short without saying so."""


@dataclass(frozen=True, slots=True)
class SaidWish:
    """A wish: `kind` as in `WishKind`, or "without" for words that no track shall bear; `text` is what says it."""

    kind: str
    value: Any
    hard: bool
    text: str

    def __str__(self) -> str:
        return f"{'must' if self.hard else 'may'} {self.kind}={json.dumps(self.value, ensure_ascii=False)}"


@dataclass(frozen=True, slots=True)
class WishedPrompt:
    """A prompt of a `kind` ("everyday", "negation", "hostile", ...), the turns before it, and every wish that it makes."""

    kind: str
    prompt: str
    history: tuple[str, ...]
    wishes: tuple[SaidWish, ...]


@dataclass(frozen=True, slots=True)
class SetNames:
    """The names that the prompts of the set speak of; nobody bears them."""

    artists: frozenset[str]
    titles: frozenset[str]
    tags: tuple[str, ...]
    tag_names: TagNames

    def key(self, kind: WishKind, text: str) -> str | None:
        """Return the key of an artist or a title; the set names no album and no label."""
        known = {WishKind.ARTIST: self.artists, WishKind.TITLE: self.titles}.get(kind, frozenset())
        return key if (key := search_form(text)) in known else None

    def near_artist(self, text: str, *, initials: bool) -> str | None:
        """Return None: nobody misspells a name in the set."""

    def tag(self, text: str) -> str | None:
        """Return the key of a tag."""
        return None if (row := self.tag_names.row(text)) is None else self.tags[row]


def set_names() -> SetNames:
    """Return the names of the set."""
    names = json.loads(_packaged("names.json"))
    artists, titles = (frozenset(map(search_form, names[kind])) for kind in ("artists", "titles"))
    return SetNames(artists, titles, tuple(names["tags"]), TagNames(names["tags"]))


def wished_prompts(half: str) -> list[WishedPrompt]:
    """Return the prompts of one of `HALVES`. Raises DatasetError for any other."""
    if half not in HALVES:
        raise DatasetError(f"{half!r} is not a half of the set; there are {' and '.join(HALVES)}")
    return [
        WishedPrompt(
            row["kind"],
            row["prompt"],
            tuple(row.get("history", ())),
            tuple(SaidWish(**wish) for wish in row["wishes"]),
        )
        for row in map(json.loads, _packaged(f"{half}.jsonl").splitlines())
    ]


def _packaged(name: str) -> str:
    return resources.files("eval.prompts").joinpath(name).read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Reading:
    """Comparison of one prompt's reading with its annotation: the wishes that are `right` (kind, value, hardness, words), `missed` and `invented`."""

    prompt: WishedPrompt
    right: tuple[SaidWish, ...]
    missed: tuple[SaidWish, ...]
    invented: tuple[SaidWish, ...]


def read_wishes(prompt: WishedPrompt, names: SetNames) -> Reading:
    """Read a prompt as the product does, and compare with the wishes that it makes."""
    query = parse(prompt.prompt, names, prompt.history)
    # A value as JSON has it: a pair is a list there.
    found = [
        (SaidWish(wish.kind.value, json.loads(json.dumps(wish.value)), wish.hard, wish.text), wish.start)
        for wish in query.wishes
    ]
    found += [(SaidWish("without", phrase, True, phrase), -1) for phrase in query.excluded_words]
    right, missed = [], []
    for wish in prompt.wishes:
        same = next((entry for entry in found if _is_same(wish, *entry, query)), None)
        if same is None:
            missed.append(wish)
        else:
            found.remove(same)
            right.append(wish)
    return Reading(prompt, tuple(right), tuple(missed), tuple(wish for wish, _ in found))


def _is_same(wish: SaidWish, found: SaidWish, start: int, query: PromptQuery) -> bool:
    """Return whether kind, value and hardness agree, and the words that say so overlap."""
    if (wish.kind, wish.value, wish.hard) != (found.kind, found.value, found.hard):
        return False
    said, text = wish.text.lower(), found.text.lower()
    if start < 0:
        return wish.kind == "without" or said in text or text in said
    places = (match.start() for match in re.finditer(f"(?={re.escape(said)})", query.prompt.lower()))
    return any(place < start + len(found.text) and start < place + len(said) for place in places)


@dataclass(frozen=True)
class WishReport:
    """Report over all prompts: their readings, and the checked lists in the same order, None where a request was refused."""

    readings: Sequence[Reading]
    lists: Sequence[CheckedList | None]

    @cached_property
    def hard(self) -> MetricValue:
        """The share of hard wishes that were read right."""
        return share_of(*_hard(self.readings))

    @property
    def broken(self) -> list[str]:
        """What is broken in the lists, a sentence each."""
        return [
            f"{reading.prompt.prompt[:_SHOWN]!r}: {sentence}"
            for reading, found in zip(self.readings, self.lists, strict=False)
            if found is not None
            for sentence in found.broken
        ]

    def summary(self) -> str:
        """Return what was found in one line."""
        lists = [found for found in self.lists if found is not None]
        checked, unknown = sum(found.checked for found in lists), sum(found.unknown for found in lists)
        return (
            f"{self.hard.value:.1%} of hard wishes read right ({self.hard.low:.1%} to {self.hard.high:.1%}); "
            f"{len(lists):,} lists of {sum(found.tracks for found in lists):,} tracks: {checked:,} hard wishes checked, "
            f"{len(self.broken):,} broken, of {unknown:,} the catalog does not know"
        )

    def by_wish(self) -> ResultTable:
        """Return precision and recall for each kind of wish, hard and soft ones apart."""
        right = _counted(reading.right for reading in self.readings)
        said = _counted(reading.prompt.wishes for reading in self.readings)
        invented = _counted(reading.invented for reading in self.readings)
        return ResultTable(
            "Wishes read from the prompts",
            [
                {
                    "wish": f"{'may' if soft else 'must'} {kind}",
                    "in the set": said[soft, kind],
                    "precision": share_of(right[soft, kind], right[soft, kind] + invented[soft, kind]),
                    "recall": share_of(right[soft, kind], said[soft, kind]),
                }
                for soft, kind in sorted(said.keys() | invented.keys())
            ],
        )

    def by_prompt(self) -> ResultTable:
        """Return the share of hard wishes read right, and of prompts in which all is right, for each kind of prompt."""
        kinds = dict.fromkeys(reading.prompt.kind for reading in self.readings)
        rows: list[dict[str, Cell]] = []
        for kind in (*kinds, "all"):
            readings = [reading for reading in self.readings if kind in ("all", reading.prompt.kind)]
            whole = sum(not any(wish.hard for wish in (*r.missed, *r.invented)) for r in readings)
            rows.append(
                {
                    "prompts": kind,
                    "count": len(readings),
                    "hard wishes": _hard(readings)[1],
                    "read right": share_of(*_hard(readings)),
                    "nothing hard wrong": share_of(whole, len(readings)),
                }
            )
        return ResultTable("By kind of prompt", rows)

    def misses(self) -> ResultTable:
        """Return every wish that was missed or invented, with its prompt."""
        return ResultTable(
            "Read wrong",
            [
                {
                    "prompt": " / ".join((*reading.prompt.history, reading.prompt.prompt))[:_SHOWN],
                    "missed": "; ".join(map(str, reading.missed)),
                    "invented": "; ".join(map(str, reading.invented)),
                }
                for reading in self.readings
                if reading.missed or reading.invented
            ],
        )

    def as_json(self) -> dict[str, Any]:
        """Return the whole report as JSON."""
        lists = [found for found in self.lists if found is not None]
        return {
            "hard_read_right": asdict(self.hard),
            "by_wish": _json_rows(self.by_wish()),
            "by_prompt": _json_rows(self.by_prompt()),
            "misses": _json_rows(self.misses()),
            "lists": {
                "prompts": len(self.lists),
                "refused": len(self.lists) - len(lists),
                "tracks": sum(found.tracks for found in lists),
                "checked": sum(found.checked for found in lists),
                "unknown": sum(found.unknown for found in lists),
                "broken": self.broken,
            },
        }


def judge_wishes(home: Path, prompts: Sequence[WishedPrompt], territory: Territory, progress: Progress) -> WishReport:
    """Read every prompt with the set's names, then answer it from the home's catalog and check the list.

    Raises what opening a home does: BundleError, ConsentSettingsError or StoreError.
    """
    names = set_names()
    readings = [read_wishes(prompt, names) for prompt in prompts]
    with closing(PlaylistRecommender.open(home)) as recommender:
        checker = WishChecker(recommender.catalog)
        with progress("Answering prompts", len(prompts)) as advance:
            lists = []
            for prompt in prompts:
                lists.append(_answered(recommender, checker, prompt, territory))
                advance(1)
    return WishReport(readings, lists)


def _answered(
    recommender: PlaylistRecommender, checker: WishChecker, prompt: WishedPrompt, territory: Territory
) -> CheckedList | None:
    request = PlaylistRequest(prompt.prompt, territory, history=prompt.history, withheld=False)
    try:
        return checker.check(recommender.recommend(request))
    except RequestError:
        return None


def _counted(wishes: Iterable[Iterable[SaidWish]]) -> Counter[tuple[bool, str]]:
    """Count wishes by whether they are soft, and kind."""
    return Counter((not wish.hard, wish.kind) for some in wishes for wish in some)


def _hard(readings: Sequence[Reading]) -> tuple[int, int]:
    """Return how many hard wishes were read right, and how many there are."""
    said = (wish for one in readings for wish in one.prompt.wishes)
    return sum(wish.hard for one in readings for wish in one.right), sum(wish.hard for wish in said)


def _json_rows(table: ResultTable) -> list[dict[str, Any]]:
    return [
        {name: asdict(cell) if isinstance(cell, MetricValue) else cell for name, cell in row.items()}
        for row in table.rows
    ]
