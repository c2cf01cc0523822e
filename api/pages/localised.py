"""An answer in a page's language: made anew from kinds, codes and values; what has none, such as an operator's own words, stays."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from api.pages.languages import ENGLISH, Words
from api.schemas.catalog import PolicyResponse
from api.schemas.lists import UNTITLED
from api.schemas.playlists import PlaylistResponse, ShortfallResponse, WishResponse
from api.schemas.sentences import SENTENCE, sentence_of
from api.schemas.tracks import ReasonResponse, TrackResponse
from api.wording import POLICY_DESCRIPTIONS
from recommender.explanations import CLOSEST_RANK, title_of
from recommender.playlists import Interpretation
from recommender.sentences import CONTRADICTIONS, NOT_UNDERSTOOD, NUMBERS, SHORTFALLS, placed

_COMPARISONS: Final = {
    "energy_than": ("calmer", "livelier"),
    "tempo_than": ("slower", "faster"),
    "years_than": ("older", "newer"),
    "popularity_than": ("less_known", "better_known"),
    "song_minutes_than": ("shorter_songs", "longer_songs"),
}
_TOLD: Final = {
    "instrumental": {"True": "instrumental", "False": "vocals"},
    "explicit": {"True": "explicit", "False": "clean"},
    "novelty": {"True": "new", "False": "known"},
}


def localised(playlist: PlaylistResponse, words: Words) -> PlaylistResponse:
    """Return an answer with all that it says in the language of `words`; an English one as it is."""
    return playlist if words.language == ENGLISH else in_language(playlist, words)


def in_language(playlist: PlaylistResponse, words: Words) -> PlaylistResponse:
    """Return an answer with all that it says said anew."""
    wishes = [replace(wish, said=wish_words(wish, words)) for wish in playlist.interpretation]
    return playlist.model_copy(
        update={
            "title": _title(playlist, wishes, words),
            "own_sentence": playlist.own_sentence
            or sentence_of(wishes, playlist.tracks, {name: words.text(f"sentence.{name}") for name in SENTENCE}),
            "interpretation": wishes,
            "tracks": [_track(track, words) for track in playlist.tracks],
            "not_understood": [
                replace(one, because=_sentence(NOT_UNDERSTOOD, "untold", one.code, one.values, words) or one.because)
                for one in playlist.not_understood
            ],
            "contradictions": [
                replace(
                    one,
                    because=_sentence(CONTRADICTIONS, "contradictions", one.code, one.values, words) or one.because,
                    texts=tuple(_field(text, one.texts[0], one.values, words) for text in one.texts),
                    kept=_field(one.kept, one.texts[0], one.values, words),
                )
                for one in playlist.contradictions
            ],
            "shortfall": playlist.shortfall and _shortfall(playlist.shortfall, playlist.interpretation, wishes, words),
        }
    )


def policy_in_language(policy: PolicyResponse, words: Words) -> PolicyResponse:
    """Return a policy as shipped in the language of `words`; an operator's own as they describe it."""
    if policy.description != POLICY_DESCRIPTIONS.get(policy.name):
        return policy
    choice, description = words.say(f"policies.choice_{policy.name}"), words.say(f"policies.{policy.name}")
    return policy.model_copy(update={"choice": choice, "description": description})


def _title(playlist: PlaylistResponse, wishes: Sequence[WishResponse], words: Words) -> str:
    """Say the title of a list that nobody named and no prompt; another is somebody's own words."""
    if playlist.title == UNTITLED:
        return words.say("wishes.shared")
    said = ", ".join(wish.said for wish in playlist.interpretation) or "More like this"
    if playlist.prompt or playlist.title != title_of(said):
        return playlist.title
    return title_of(", ".join(wish.said for wish in wishes) or words.say("wishes.untitled"))


def wish_words(wish: Interpretation, words: Words) -> str:
    """Say a wish in a language; one of a form that this version does not know as it was said."""
    try:
        return _wish(wish.kind.removeprefix("not_"), wish.value, wish, words)
    except (KeyError, TypeError, ValueError):
        return wish.said


def _wish(kind: str, value: Any, wish: Interpretation, words: Words) -> str:
    say, shunned = words.say, wish.kind.startswith("not_")
    prefix = ("no" if wish.hard else "less") if shunned else ""
    match kind:
        case "instrumental" | "explicit" | "novelty":
            return say(f"wishes.{_TOLD[kind][str(value)]}")
        case "length":
            return say("wishes.tracks", value)
        case "minutes" | "per_artist" | "per_album":
            return say(f"wishes.{kind}", value)
        case _ if kind in _COMPARISONS and (isinstance(value, bool) or kind in ("energy_than", "popularity_than")):
            return say(f"wishes.{_COMPARISONS[kind][value is True or (value is not False and value[0] is not None)]}")
        case "years" | "years_than":
            what = _range(
                [None if side is None else f"{side:.0f}" for side in value], words, "years_from", "years_until"
            )
            prefix = prefix.replace("no", "not")
        case "tempo" | "tempo_than":
            sides = [None if side is None else f"{side:.0f}" for side in value]
            what = say("wishes.bpm", range=_range(sides, words, "at_least", "at_most"))
            prefix = "not" if shunned else ""
        case "song_minutes" | "song_minutes_than":
            sides = [None if side is None else words.written(float(side)) for side in value]
            what = say("wishes.song_minutes", range=_range(sides, words, "at_least", "at_most"))
        case "energy" | "popularity" | "arc" | "ai":
            return say(f"wishes.{kind}_{value}")
        case "new_artists":
            return say("wishes.new_artists")
        case "language":
            return say("wishes.not_sung" if shunned else "wishes.sung", language=_language(str(value), words))
        case "voice":
            what = say(f"wishes.voice_{value}")
        case "tag":
            what = wish.text if shunned else str(value)
        case "topic" | "size_than":
            return wish.said
        case "without":
            return say("wishes.no", what=wish.text)
        case _:
            what, prefix = wish.text, "like" if kind.startswith("like_") else prefix
    return say(f"wishes.{prefix}", what=what) if prefix else what


def _range(sides: Sequence[str | None], words: Words, least: str, most: str) -> str:
    low, high = sides
    if low is None or high is None:
        return (
            words.say(f"wishes.{least}", low=low) if low is not None else words.say(f"wishes.{most}", high=high or "")
        )
    return low if low == high else words.say("wishes.between", low=low, high=high)


def _language(code: str, words: Words) -> str:
    return str(words.locale.languages.get(code, code))


def _track(track: TrackResponse, words: Words) -> TrackResponse:
    consent = track.consent
    evidence = [_evidence(one, words) for one in consent.evidence]
    said = [
        _reason(why, track, words) or reason for why, reason in zip(track.why, track.reasons, strict=False)
    ] or track.reasons
    return track.model_copy(
        update={
            "reasons": said,
            "consent": consent.model_copy(update={"human_evidence": evidence or consent.human_evidence}),
        }
    )


def _reason(why: ReasonResponse, track: TrackResponse, words: Words) -> str:
    """Say a reason; "" for one of a code that this version does not know."""
    code, what = why.code, ", ".join(why.values)
    if code == "meets":
        return _met(why.values[0], why.values[1], track, words) if len(why.values) > 1 else ""
    if code == "near":
        code = "closest" if int(what) <= CLOSEST_RANK else "close"
    return words.say(f"reasons.{code}", what=what) if f"reasons.{code}" in words.texts else ""


def _met(kind: str, value: str, track: TrackResponse, words: Words) -> str:
    if kind == "years":
        return words.say("reasons.year", year=str(track.year)) if track.year else words.say("reasons.years_by_tags")
    if kind == "tempo":
        return words.say("reasons.bpm", bpm=f"{track.tempo_bpm:.0f}") if track.tempo_bpm else ""
    if kind == "language":
        return words.say("wishes.sung", language=_language(value, words))
    of_track = {("instrumental", "True"): "reasons.instrumental", ("popularity", value): f"reasons.popularity_{value}"}
    key = of_track.get((kind, value)) or f"wishes.{_TOLD.get(kind, {}).get(value, f'{kind}_{value}')}"
    return words.say(key) if key in words.texts else ""


def _evidence(found: ReasonResponse, words: Words) -> str:
    if found.code == "published":
        year, cutoff = found.values
        return words.say("evidence.published", year=year, cutoff=cutoff)
    source, *facets = found.values
    named = words.listed([words.say(f"facets.{facet}") for facet in facets])
    return words.say(f"evidence.{found.code}", source=_source(source, words), facets=named)


def _source(source: str, words: Words) -> str:
    kind, _, name = source.partition(":")
    key = f"sources.{kind.lower()}"
    known = words.say(key) if key in words.texts else source
    return f"{known} ({name})" if name and known != source else known


def _sentence(
    table: Mapping[str, str],
    section: str,
    code: str,
    values: Sequence[str],
    words: Words,
    anew: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Say a sentence of `recommender.sentences`, with its wishes said `anew`; "" for one without a code."""
    if code not in table:
        return ""
    given: dict[str, Any] = {}
    for name, told in placed(table[code], values).items():
        if name in NUMBERS:
            given[name] = int(told[0])
        elif name == "withheld":
            given[name] = words.say(f"withheld.{told[0]}")
        elif name == "wishes":
            given[name] = words.listed([words.say("wishes.quoted", what=anew.get(one, one)) for one in told])
        else:
            given[name] = told[0]
    return words.say(f"{section}.{code}", **given)


def _field(text: str, first: str, values: Sequence[str], words: Words) -> str:
    """Say the field of a request that decides over its words, the `first` text of its contradiction; another text as it is."""
    if text != first or len(values) != 2:
        return text
    return words.say({"length": "wishes.tracks"}.get(values[0], "wishes.minutes"), float(values[1]))


def _shortfall(
    short: ShortfallResponse, before: Sequence[WishResponse], after: Sequence[WishResponse], words: Words
) -> ShortfallResponse:
    anew = {one.said: other.said for one, other in zip(before, after, strict=True)}
    return replace(
        short,
        because=_sentence(SHORTFALLS, "shortfall", short.code, short.values, words, anew) or short.because,
        relax=tuple(
            replace(one, drop=tuple(replace(wish, said=anew.get(wish.said, wish.said)) for wish in one.drop))
            for one in short.relax
        ),
    )
