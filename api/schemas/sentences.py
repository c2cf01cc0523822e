"""One line about a list: what most of its tracks are, of what was asked for."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from api.schemas.tracks import TrackResponse
from recommender.playlists import Interpretation

_UNTOLD: Final = frozenset(
    {"length", "minutes", "arc", "topic", "per_artist", "per_album", "novelty", "new_artists", "size_than"}
)
"""What speaks of the list's form, of who listens, or in words that are looked for by their meaning alone."""

_ENERGY: Final = {"low": "calm", "medium": "", "high": "lively"}


def sentence_of(asked: Sequence[Interpretation], tracks: Sequence[TrackResponse]) -> str:
    """Say in one line what a list is, such as "Calm jazz without vocals, mostly from the 1960s"; "" where nothing is known.

    A wish is told where it holds for every track, or more than half of them say that they meet it; so are their moods, and
    the decade of more than half of them.
    """
    if not tracks:
        return ""
    told = [wish for wish in asked if wish.kind not in _UNTOLD and _holds(wish, tracks)]
    what = [str(wish.value) for wish in told if wish.kind == "tag"]
    how = [_ENERGY[str(wish.value)] for wish in told if wish.kind == "energy"]
    how += _usual((mood.lower() for track in tracks for mood in set(track.moods)), len(tracks))
    rest = [wish.said for wish in told if wish.kind not in ("tag", "energy", "instrumental")]
    without = "".join(f" with{'out' if wish.value else ''} vocals" for wish in told if wish.kind == "instrumental")
    decade = _usual((f"the {track.year // 10 * 10}s" for track in tracks if track.year), len(tracks))
    rest += [f"mostly from {decade[0]}"] if decade and all("years" not in wish.kind for wish in told) else []
    if not (what or any(how) or without or rest):
        return ""
    subject = " and ".join(what) or "music"
    adjectives = ", ".join(word for word in dict.fromkeys(how) if word and word not in subject)
    sentence = ", ".join([f"{adjectives} {subject}{without}".strip(), *rest])
    return sentence[:1].upper() + sentence[1:]


def _holds(wish: Interpretation, tracks: Sequence[TrackResponse]) -> bool:
    """Return whether a wish holds for the whole list, or more than half of its tracks say so."""
    if wish.hard:
        return not wish.unverified
    meeting = sum(any(_says(why.code, why.values, wish) for why in track.why) for track in tracks)
    return 2 * meeting > len(tracks)


def _says(code: str, values: Sequence[str], wish: Interpretation) -> bool:
    if code == "tagged":
        return wish.kind == "tag" and any(f" {wish.value} " in f" {tag.lower()} " for tag in values)
    return code == "meets" and list(values) == [wish.kind, str(wish.value)]


def _usual(said: Iterable[str], of: int) -> list[str]:
    """Return what is said of more than half of so many tracks, the most frequent first."""
    return [one for one, count in Counter(said).most_common() if 2 * count > of]
