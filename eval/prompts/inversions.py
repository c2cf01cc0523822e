"""Whether "A without B" has less of B than "A": pairs of a catalog's own tags and artists, in six languages."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from catalog.arrays import Positions
from catalog.grouping import grouped
from catalog.names import search_form
from catalog.tracks import Territory
from eval.measures.significance import share_of
from eval.reporting.tables import ResultTable
from recommender.playlist_recommender import PlaylistRecommender
from recommender.requests import PlaylistRequest
from recommender.tracks.texts import words
from recommender.training.parts import Progress

LEAST_TRACKS: Final = 50

_LEAST_NAMES: Final = 2

FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": (
        "{a} without {b}",
        "{a}, no {b}",
        "{a} but not {b}",
        "{a} except {b}",
        "{a}, anything but {b}",
        "{a} excluding {b}",
        "{a}, skip the {b}",
        "{a} and please leave out {b}",
    ),
    "de": ("{a} ohne {b}", "{a}, bloß kein {b}", "{a} außer {b}"),
    "fr": ("{a} sans {b}", "{a}, pas de {b}", "{a} sauf {b}"),
    "es": ("{a} sin {b}", "{a}, nada de {b}", "{a} excepto {b}"),
    "it": ("{a} senza {b}", "{a}, niente {b}", "{a} tranne {b}"),
    "pt": ("{a} sem {b}", "{a}, nada de {b}", "{a} exceto {b}"),
}


@dataclass(frozen=True, slots=True)
class Inversion:
    """A prompt for A and none of B, and what share of the list B has, 0 to 1: for A alone (`before`), and for the prompt."""

    language: str
    prompt: str
    before: float
    after: float


def judge_inversions(
    recommender: PlaylistRecommender, territory: Territory, pairs: int, seed: int, progress: Progress
) -> list[Inversion]:
    """Ask for A, a tag, and for A without B, a tag or artist; half of the pairs have a B that comes for A alone.

    Raises ValueError where the catalog has too few tags and artists of `LEAST_TRACKS` tracks.
    """
    chance = random.Random(seed)  # noqa: S311 - chance, no secret
    borne, tags = _borne(recommender)
    if not tags or len(borne) < _LEAST_NAMES:
        raise ValueError(f"fewer than {_LEAST_NAMES} tags and artists of this catalog have {LEAST_TRACKS} tracks")

    def listed(prompt: str) -> Positions:
        found = recommender.recommend(PlaylistRequest(prompt, territory, withheld=False, relax=False)).tracks
        return np.array(
            list(recommender.catalog.positions_of([one.track.track_id for one in found]).values()), np.int64
        )

    def share(of: Positions, name: str) -> float:
        return float(np.isin(of, borne[name]).mean()) if len(of) else 0.0

    judged: list[Inversion] = []
    with progress("Asking for one thing without another", pairs) as advance:
        for number in range(pairs):
            wanted = chance.choice(tags)
            alone = listed(wanted)
            others = [name for name in borne if not set(words(name)) & set(words(wanted))]
            there = [name for name in others if share(alone, name) > 0] if number % 2 else []
            unwanted = chance.choice(there or others)
            language = chance.choice(list(FORMS))
            prompt = chance.choice(FORMS[language]).format(a=wanted, b=unwanted)
            judged.append(Inversion(language, prompt, share(alone, unwanted), share(listed(prompt), unwanted)))
            advance(1)
    return judged


def inversions_table(judged: Sequence[Inversion]) -> ResultTable:
    """Return, by language, how often B is in the list for A alone, is more in the list without it, and is still there at all."""
    groups = {**grouped((one.language, one) for one in judged), "all": judged}
    return ResultTable(
        "A without B",
        [
            {
                "language": language,
                "pairs": len(of),
                "B comes for A": share_of(sum(one.before > 0 for one in of), len(of)),
                "more B without it": share_of(sum(one.after > one.before for one in of), len(of)),
                "still some B": share_of(sum(one.after > 0 for one in of), len(of)),
            }
            for language, of in groups.items()
        ],
    )


def _borne(recommender: PlaylistRecommender) -> tuple[dict[str, Positions], list[str]]:
    """Return the tracks of each tag and artist of enough of them, and which of these are tags."""
    names, artists = recommender.model.names, recommender.model.features.artist
    borne = {key: names.tags.bearing(key) for key in names.tags.keys}
    borne = {key: of for key, of in borne.items() if len(of) >= LEAST_TRACKS}
    tags = list(borne)
    _, first, counts = np.unique(artists, return_index=True, return_counts=True)
    for track in recommender.catalog.tracks(first[counts >= LEAST_TRACKS].tolist()):
        borne.setdefault(search_form(track.artist), names.by(search_form(track.artist)))
    return {name: of for name, of in borne.items() if words(name)}, [name for name in tags if words(name)]
