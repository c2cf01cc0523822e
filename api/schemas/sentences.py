"""One line about a list: what most of its tracks are, of what was asked for."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from api.schemas.tracks import TrackResponse
from recommender.playlists import Interpretation

_UNTOLD: Final = frozenset(
    {"length", "minutes", "arc", "topic", "per_artist", "per_album", "novelty", "new_artists", "size_than"}
)
"""What speaks of the list's form, of who listens, or in words that are looked for by their meaning alone."""

SENTENCE: Final = {
    "core": "{how} {what} {vocals}",
    "music": "music",
    "and": "{first} and {last}",
    "low": "calm",
    "high": "lively",
    "vocals": "with vocals",
    "instrumental": "without vocals",
    "mostly": "mostly from the {decade}s",
}
"""What the sentence is made of, in English; commas part what stands beside each other."""


def sentence_of(
    asked: Sequence[Interpretation], tracks: Sequence[TrackResponse], words: Mapping[str, str] = SENTENCE
) -> str:
    """Say in one line what a list is, such as "Calm jazz without vocals, mostly from the 1960s"; "" where nothing is known.

    A wish is told where it holds for every track, or more than half of them say that they meet it; so are their moods, and
    the decade of more than half of them. `words` are those of another language.
    """
    if not tracks:
        return ""
    told = [wish for wish in asked if wish.kind not in _UNTOLD and _holds(wish, tracks)]
    what = [str(wish.value) for wish in told if wish.kind == "tag"]
    how = [words.get(str(wish.value), "") for wish in told if wish.kind == "energy"]
    how += _usual((mood for track in tracks for mood in dict.fromkeys(map(str.lower, track.moods))), len(tracks))
    rest = [wish.said for wish in told if wish.kind not in ("tag", "energy", "instrumental")]
    sung = [words["instrumental" if wish.value else "vocals"] for wish in told if wish.kind == "instrumental"]
    decade = _usual((str(track.year // 10 * 10) for track in tracks if track.year), len(tracks))
    if decade and all("years" not in wish.kind for wish in told):
        rest.append(words["mostly"].format(decade=decade[0]))
    if not (what or any(how) or sung or rest):
        return ""
    subject = what[0] if what else words["music"]
    for one in what[1:]:
        subject = words["and"].format(first=subject, last=one)
    adjectives = ", ".join(word for word in dict.fromkeys(how) if word and word not in subject)
    core = words["core"].format(how=adjectives, what=subject, vocals=" ".join(sung))
    sentence = ", ".join(" ".join(part.split()) for part in ", ".join([core, *rest]).split(",") if part.strip())
    return sentence[:1].upper() + sentence[1:]


def _holds(wish: Interpretation, tracks: Sequence[TrackResponse]) -> bool:
    if wish.hard:
        return not wish.unverified
    meeting = sum(any(_says(why.code, why.values, wish) for why in track.why) for track in tracks)
    return 2 * meeting > len(tracks)


def _says(code: str, values: Sequence[str], wish: Interpretation) -> bool:
    if code == "tagged":
        return wish.kind == "tag" and any(f" {wish.value} " in f" {tag.lower()} " for tag in values)
    return code == "meets" and list(values) == [wish.kind, str(wish.value)]


def _usual(said: Iterable[str], of: int) -> list[str]:
    """Return what is said of more than half of so many tracks, the most frequent first, then what is said first."""
    return [one for one, count in Counter(said).most_common() if 2 * count > of]
