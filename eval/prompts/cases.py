"""Cases: prompts with checks of what comes back, asked of homes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from math import nan
from pathlib import Path
from typing import Any, Final

from catalog.grouping import grouped
from catalog.tracks import Territory, Track
from eval.measures.significance import MetricValue, share_of
from eval.prompts.checks import Answer, Check, read_check
from eval.prompts.wish_checks import CheckedList, WishChecker
from eval.queries import optional, read_list, read_text, read_texts, required
from eval.reporting.tables import ResultTable
from recommender.playlist_recommender import PlaylistRecommender
from recommender.playlists import Playlist
from recommender.prompts.spans import Span
from recommender.requests import PlaylistRequest, RequestError

_HERE: Final = Path(str(resources.files("eval.prompts")))

OURS: Final = _HERE / "cases.jsonl"

STRANGERS: Final = _HERE / "strangers.jsonl"
"""200 cases in twelve languages by hands that had not seen how prompts are read."""

OUR_WISHES: Final = _HERE / "wishes.jsonl"
"""353 prompts of our own with the wishes in them."""

WEAK, LEAST_OF_A_KIND = 0.6, 5
"""The share of its cases that a kind has to hold, and how many it has to have for that to be asked."""


@dataclass(frozen=True, slots=True)
class Case:
    """A prompt of some `kind`, the earlier ones of its conversation, and what has to be true of the answer.

    `home` names the home that it is for, "" any.
    """

    kind: str
    prompt: str
    checks: tuple[Check, ...]
    history: tuple[str, ...] = ()
    language: str = ""
    home: str = ""


def read_case(row: Mapping[str, Any]) -> Case:
    """Read a row of a file of cases. Raises ValueError, "field: reason", for what is missing or wrong."""
    return Case(
        required(row, "kind", read_text),
        required(row, "prompt", read_text),
        required(row, "checks", lambda value: tuple(map(read_check, read_list(value)))),
        optional(row, "history", read_texts, ()),
        optional(row, "language", read_text, ""),
        optional(row, "home", read_text, ""),
    )


class Home:
    """A home that answers prompts, the same prompt once, and knows its catalog's rows."""

    def __init__(self, recommender: PlaylistRecommender, territory: Territory) -> None:
        self.rows = WishChecker(recommender.catalog)
        self._recommender = recommender
        self._territory = territory
        self._answers: dict[tuple[str, ...], Playlist | None] = {}

    def ask(self, prompt: str, history: Sequence[str] = ()) -> Playlist | None:
        """Return the answer to a prompt after those of `history`, None where it is refused."""
        key = (*history, prompt)
        if key not in self._answers:
            request = PlaylistRequest(prompt, self._territory, history=tuple(history), withheld=False, relax=False)
            try:
                self._answers[key] = self._recommender.recommend(request)
            except RequestError:
                self._answers[key] = None
        return self._answers[key]

    def read(self, prompt: str, history: Sequence[str]) -> tuple[tuple[Span, ...], Playlist | None]:
        """Return the marks that the home's reader puts on a prompt, and the answer to it."""
        return self._recommender.model.reader.read(prompt, history).spans, self.ask(prompt, history)

    def promises(self) -> list[tuple[str, CheckedList]]:
        """Return every list that was asked for, with the prompts that it came for, held to the wishes that it says must hold."""
        answers = [(" / ".join(said), found) for said, found in self._answers.items() if found is not None]
        return [(said, self.rows.check(found)) for said, found in answers]


@dataclass(frozen=True, slots=True)
class JudgedCase:
    """A case, the answer to it (None: refused), and what each of its checks measured, NaN where nothing could be."""

    case: Case
    playlist: Playlist | None
    measured: tuple[float, ...]

    @property
    def broken(self) -> list[str]:
        """The checks that do not hold, each with what was measured."""
        return [
            f"{check.said}: {value:.2f}"
            for check, value in zip(self.case.checks, self.measured, strict=True)
            if not check.holds(value)
        ]

    @property
    def said(self) -> str:
        """The prompt after those before it."""
        return " / ".join((*self.case.history, self.case.prompt))


def judge_case(case: Case, home: Home) -> JudgedCase:
    """Ask a home and run the checks on what comes back."""
    playlist = home.ask(case.prompt, case.history)
    if playlist is None:
        return JudgedCase(case, None, (nan,) * len(case.checks))
    answer = Answer(
        playlist,
        lambda: _tracks(home.ask(case.history[-1], case.history[:-1])) if case.history else [],
        home.rows.tags,
        home.rows.energy_rank,
        lambda prompt: _tracks(home.ask(prompt)),
    )
    return JudgedCase(case, playlist, tuple(check.measured(answer) for check in case.checks))


def by_field(judged: Sequence[JudgedCase], field: str) -> ResultTable:
    """Return the share of cases in which every check holds, by their "kind" or "language"."""
    return ResultTable(
        f"Cases that hold, by {field}",
        [
            {field: name or "not told", "cases": len(of), "hold": _holding(of)}
            for name, of in {**grouped((getattr(one.case, field), one) for one in judged), "all": judged}.items()
        ],
    )


def weak_kinds(judged: Sequence[JudgedCase]) -> list[str]:
    """Return the kinds of `LEAST_OF_A_KIND` cases or more of which less than `WEAK` hold."""
    return [
        kind
        for kind, of in grouped((one.case.kind, one) for one in judged).items()
        if len(of) >= LEAST_OF_A_KIND and _holding(of).value < WEAK
    ]


def failures(judged: Sequence[JudgedCase]) -> ResultTable:
    """Return the cases that do not hold, and what was measured."""
    return ResultTable(
        "Cases that do not hold",
        [
            {"kind": one.case.kind, "prompt": one.said, "measured": "; ".join(one.broken)}
            for one in judged
            if one.broken
        ],
    )


def _holding(judged: Sequence[JudgedCase]) -> MetricValue:
    return share_of(sum(not one.broken for one in judged), len(judged))


def _tracks(playlist: Playlist | None) -> list[Track]:
    return [] if playlist is None else [entry.track for entry in playlist.tracks]
