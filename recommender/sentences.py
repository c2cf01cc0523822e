"""What an answer says beside its list: a sentence in English for each code, and what its values put into it.

`{placeholders}` take the values in their order. `{tracks}` and `{most}` are numbers, `{withheld}` is a `ReasonCode`, and
`{wishes}`, always the last, is all the values that are left.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from catalog.consent import REASONS, ReasonCode

NOT_UNDERSTOOD: Final[Mapping[str, str]] = {
    "nothing_read": "no wish is read from it; the list would be the same without it",
    "unclear": "what it asks for is not known",
    "no_list": "no list can follow from it",
    "no_effect": "nothing in it changes the list",
    "no_years": "no years are read from it",
    "no_number": "no number is read from it",
    "no_arc": "a list can build up, calm down, or rise to a peak in its middle",
    "tempo_beyond": "music has 20 to 400 beats a minute",
    "tracks_beyond": "a list has 1 to {most} tracks",
    "minutes_beyond": "a list lasts 1 to {most} minutes",
    "not_for_ai": "music is not chosen for being made with AI; what of it may play is a setting",
    "word_unknown": "this word is not known here; it was looked for by its meaning",
    "word_searched": "no tag of the catalog says so; it was looked for in texts and by its meaning",
    "no_tag": "the catalog has no tag of this name; it was looked for by its meaning",
    "no_language": "no language of this name is known",
    "no_artist": "the catalog has no artist of this name",
    "no_title": "the catalog has no title of this name",
    "no_album": "the catalog has no album of this name",
    "no_label": "the catalog has no label of this name",
    "near_artists": "the catalog has no artist of this name; close to it are {near}",
    "near_labels": "the catalog has no label of this name; close to it are {near}",
    "no_track": "the catalog has no track of this id",
    "nothing_dropped": "nothing of it was read, so nothing is dropped",
    "not_kept": "it does not keep its place: {withheld}",
    "no_example": "it does not count as an example: {withheld}",
    "not_learned": "it does not count as an example: somebody refused that we learn from it",
    "no_history": "nothing is known of what this listener plays",
    "id_taken": "it is the id of another answer already; this one has an id of its own",
    "no_country": "the proxy in front of this server named no country; the server's own counts",
    "not_trusted": (
        "only a key of scope `personal` opens a listener's history (or CONSONANCE_TRUST_CALLERS, for every caller)"
    ),
}
"""Why something in a request did not count."""

CONTRADICTIONS: Final[Mapping[str, str]] = {
    "instrumental": "music is either sung or instrumental",
    "explicit": "lyrics are either clean or explicit",
    "novelty": "a track is either known or new to the listener",
    "popularity": "a track is either much played or known to few",
    "length": "a list has one length",
    "minutes": "a list has one duration",
    "arc": "a list takes one course",
    "apart": "nothing is both",
    "length_or_minutes": "a number of tracks and a duration seldom agree; the duration decides",
    "sung": "what is instrumental is sung in no language",
    "opposed": "it is both wanted and not wanted",
    "field": "what is set beside the words decides",
    "example_excluded": "it is given as an example, and not to be played: it is an example, and is not played",
}
"""Why two things of a request cannot hold together."""

SHORTFALLS: Final[Mapping[str, str]] = {
    "unreadable": "consent could not be read, so nothing is recommended; try again later",
    "nothing": "nothing may play here and now",
    "nothing_fits": "nothing that may play here and now fits {wishes}",
    "one": "only one track may play here and now",
    "one_fits": "only one track that may play here and now fits {wishes}",
    "few": "only {tracks} tracks may play here and now",
    "few_fit": "only {tracks} tracks that may play here and now fit {wishes}",
    "copies": "only {tracks} tracks may play here and now, and copies of one song count once",
    "copies_fit": "only {tracks} tracks that may play here and now fit {wishes}, and copies of one song count once",
}
"""Why a list is shorter than was asked for."""

NUMBERS: Final = frozenset({"tracks", "most"})
"""The placeholders that are numbers."""


def said(sentence: str, values: Sequence[str]) -> str:
    """Return a sentence of these tables with its values put in."""
    return sentence.format_map({name: _written(name, given) for name, given in placed(sentence, values).items()})


def placed(sentence: str, values: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return what each placeholder of an English sentence stands for: one value, or all that are left for `wishes`."""
    names = re.findall(r"{(\w+)}", sentence)
    return {
        name: tuple(values[place:] if name == "wishes" else values[place : place + 1])
        for place, name in enumerate(names)
    }


def _written(name: str, values: Sequence[str]) -> str:
    if name in NUMBERS:
        return f"{int(values[0]):,}"
    if name == "withheld":
        meaning = REASONS[ReasonCode(values[0])].meaning.rstrip(".")
        return meaning[:1].lower() + meaning[1:]
    quoted = [f"\u201c{value}\u201d" for value in values] if name == "wishes" else list(values)
    return " and ".join(filter(None, [", ".join(quoted[:-1]), *quoted[-1:]]))
