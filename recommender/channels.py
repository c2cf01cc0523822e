"""Candidate generation: each channel retrieves and scores candidates in its own way, all among the eligible tracks."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import chain, islice

import numpy as np

from catalog.arrays import Mask, Positions, Scores, Vectors
from catalog.consent import Permitted
from catalog.sorted_sets import union
from catalog.tracks import Position
from recommender.blending import Channel, RankerSettings
from recommender.indexes.lexical import IN_NAMES, LexicalIndex
from recommender.indexes.tag_reader import TagView
from recommender.model import Model
from recommender.prompts.reading import PromptQuery
from recommender.prompts.wishes import ALIKE, NAMED, WishKind
from recommender.references import MOST_NAMED, Listener, References
from recommender.scored_tracks import NO_TRACKS, ScoredTracks, top_k
from recommender.tracks.features import TrackFeatures
from recommender.tracks.texts import content_words, decayed, words
from recommender.tracks.versions import names_a_version

EXAMPLES_LEAN = 0.5
"""How far examples draw a prompt's vector to their centre, in its own lengths."""

ALIKE_SHARE = 0.2
"""The share of the candidates that sinks for being most like a track that is not liked."""

AROUND = 4
"""What is withheld is counted among so many times the list's tracks at most: a cluster of spam may lie before all others."""

REACH = 1.5
"""So many times the nearest tracks that hold enough eligible ones on average are asked for, to be nearly sure of enough."""

_PLAINNESS = 0.3
"""How much of a name's score hangs on how little else a track says of itself."""

WANTED_NAMES, ABOUT = 0.5, 0.5
"""How much a word counts in names that is a wanted artist's, or says what songs shall be about or which version of them."""

_OF_EXAMPLE = 0.5
"""What the name of an example counts beside a wanted one."""

_STEM = re.compile(r"(\w{3,}?)(?:(?<=(\w))\2)?(?:ing|s)")
"""An English word that ends as verbs and plurals do, and what others of its stem begin with: "running", "run"."""

MOST_AROUND = 2000
"""Nearest tracks asked for at most in one scan that serves two purposes; beyond, sorting costs more than a second scan."""


def query_vectors(
    model: Model, queries: Sequence[PromptQuery], examples: Sequence[Iterable[Position]]
) -> list[Vectors | None]:
    """Return one unit query vector a query: its topic and, decayed, that of earlier turns, plus the mean tag vector of `examples`.

    Their own vectors stand in where they bear no tags: those lie near whatever shares a word with their names.

    None for a query with neither. The texts of several queries are encoded in one batch: an encoder that computes in float32
    may then differ in the last bits from one query alone, whose texts are encoded one by one, and remembered.
    """
    weighed = [
        [
            (text, weight)
            for text, weight in decayed(
                [*map(", ".join, query.context), query.sentence or query.topic], since=query.since
            )
            if text
        ]
        for query in queries
    ]
    texts = [text for turns in weighed for text, _ in turns]
    batches = [[text] for text in texts] if len(queries) == 1 else [texts]
    encoded = chain.from_iterable(model.encoder.encode(batch) for batch in batches if batch)
    vectors: list[Vectors | None] = []
    for turns, seeds in zip(weighed, map(sorted, examples), strict=True):
        total = np.zeros(model.encoder.dimensions, dtype=np.float32)
        if turns:
            weights = np.array([weight for _, weight in turns], np.float32)
            total += _unit(weights @ np.stack(list(islice(encoded, len(turns)))))
        if seeds:
            total += EXAMPLES_LEAN * _centre(model, seeds)
        vectors.append(_unit(total) if turns or seeds else None)
    return vectors


def most_like(model: Model, disliked: Sequence[Position], found: Positions) -> Mask:
    """Return a mask of the fifth of `found` that is most similar to any disliked track, bool of shape (len(found),)."""
    if not (len(disliked) and len(found)):
        return np.zeros(len(found), dtype=bool)
    centres = np.stack([_centre(model, [one]) for one in disliked])
    closeness = (model.vectors.vectors_at(found.tolist()) @ centres.T).max(axis=1)
    return np.asarray(closeness >= np.quantile(closeness, 1 - ALIKE_SHARE))


def _centre(model: Model, tracks: Sequence[Position]) -> Vectors:
    """Return the unit vector of what tracks are tagged with, or where they bear no tags the centre of their own."""
    tagged = model.names.tags.profile(tracks)
    return _unit(model.vectors.vectors_at(tracks).mean(axis=0) if tagged is None else tagged)


def _unit(vector: Vectors) -> Vectors:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), dtype=np.float32)


def example_tracks(model: Model, references: References) -> list[Position]:
    """Return up to 50 example tracks of a prompt, the most popular first: those it names as examples, else those by artists it wants."""
    positions = references.tracks_of(ALIKE)
    positions = positions if len(positions) else references.tracks_of(frozenset({WishKind.ARTIST}))
    order = np.lexsort((positions, -model.features.popularity[positions]))
    return list(map(Position, positions[order][:MOST_NAMED].tolist()))


def unfiltered_neighbours(
    model: Model, vector: Vectors | None, least: int, k: int, eligible: Permitted
) -> ScoredTracks:
    """Return the `AROUND * least` nearest neighbours, permitted or not, to count what consent keeps out of them.

    Where such a scan is due, or cheaper than one inside the eligible tracks, they are so many that `k` eligible ones are
    probably among them: the dense channel takes those and needs no scan of its own, which in an exact index takes twice as
    long with half of the tracks permitted.
    """
    if vector is None:
        return NO_TRACKS
    reach = REACH * k * len(model) / max(eligible.count, 1)
    wide = (least > 0 or not model.vectors.filters_freely) and reach <= MOST_AROUND
    return model.vectors.nearest_of_all(vector, max(least, min(AROUND * least, MOST_AROUND), int(reach) if wide else 0))


def near_words(
    references: References, nearest: ScoredTracks, least: int, fitting: Mask, permitted: Permitted
) -> Positions:
    """Return the tracks among which withheld ones are counted: the nearest neighbours and those named, permitted or not.

    They go as far as `least` permitted ones are among them, as in a list of that length, but to no more than `AROUND` times as
    many. Only those that would be in place (`fitting`, bool of shape (tracks,)): of the rest, wishes keep them out.
    """
    near = nearest.positions[fitting[nearest.positions]][: AROUND * least]
    may_play = np.zeros(len(fitting), dtype=bool)
    may_play[: len(permitted.mask)] = permitted.mask[: len(fitting)]
    near = near[: int(np.searchsorted(np.cumsum(may_play[near]), least)) + 1]
    named = references.tracks_of(NAMED) if least else near[:0]
    return union(near, named[fitting[named]])


def denied_tracks(considered: Positions, permitted: Permitted) -> list[Position]:
    """Return which of some tracks are not permitted."""
    mask = permitted.mask
    return [one for one in considered.tolist() if one >= len(mask) or not mask[one]]


def search_channels(
    model: Model,
    references: References,
    vector: Vectors | None,
    nearest: ScoredTracks,
    listener: Listener,
    eligible: Permitted,
    k: int,
    not_learned: Positions,
    by_name: Positions,
    settings: RankerSettings,
) -> Mapping[str, Channel]:
    """Search every enabled channel; return those that found candidates, by name, with up to `k` eligible candidates each.

    The tracks at `not_learned` may be found by what is said of them, but not by what was learned of them; those of `by_name`
    not by a vector, which lies near whatever shares its words.
    Tags speak of the candidates that the others found, and so does popularity, which adds, where those are fewer than `k`, the
    most popular of the rest: with or without a weight, for lists must be full.
    """
    features, query = model.features, references.query
    channels: dict[str, Channel] = {}
    if vector is not None and settings.dense:
        around = nearest[eligible.mask[nearest.positions]]
        if len(around) < min(k, eligible.count):  # where the unfiltered neighbours hold them, they are the same
            around = model.vectors.search(vector, k + min(k, len(by_name)), eligible.bitmap)
        dense = around[~np.isin(around.positions, by_name)][:k]
        closeness = partial(_closeness, model, vector)
        channels["dense"] = Channel(dense, _remembered(max(nearest, dense, key=len), closeness))
    if settings.lexical and (terms := lexical_terms(references)):
        channels["lexical"] = _share_of_best(model.lexical.score(terms), k, eligible, features)
    if settings.names and any(wishes for wishes, _ in references.turns):
        channels["names"] = _share_of_best(_named(references, model.lexical), k, eligible, features)
    for name, scores in _learned(model, listener, settings).items():
        scores[not_learned[not_learned < len(model)]] = 0
        channels[name] = _share_of_best(scores, k, eligible, features)
    of_topic, of_names = _strengths(query)
    for name, strength in (("dense", of_topic), ("lexical", of_topic), ("names", of_names)):
        if name in channels and strength < 1:
            channels[name] = _faded(channels[name], strength)
    channels = {name: channel for name, channel in channels.items() if len(channel.found)}
    found = union(*(one.found.positions for one in channels.values()))
    if settings.tags and vector is not None and model.tag_view is not None and len(found):
        channels["tags"] = _faded(_tags_met(model.tag_view, vector, found), of_topic)
    deep_cuts = any(wish.kind is WishKind.POPULARITY and wish.value == "low" for wish in query.wishes)
    popular = found[np.lexsort((found, features.popularity[found] if deep_cuts else -features.popularity[found]))]
    if len(found) < k:
        rest = eligible.mask
        rest[found] = False
        popular = np.concatenate([popular, features.most_popular(rest, k - len(found), least=deep_cuts)])
    if len(popular):

        def log_popularity(positions: Positions) -> Scores:
            return 1 - features.log_popularity[positions] if deep_cuts else features.log_popularity[positions]

        channels["popularity"] = Channel(ScoredTracks(popular, log_popularity(popular)), log_popularity)
    return channels


def _strengths(query: PromptQuery) -> tuple[float, float]:
    """Return the weights, 0 to 1, of the newest subjects and of the newest names, relative to the newest turn that has either.

    "Some Tina Turner" after "slow ballads" is Tina Turner first.
    """
    subjects, names = [*query.context, query.subjects], [*query.mentioned, query.named]
    weights = [weight for _, weight in decayed(subjects, since=query.since)]
    newest = [
        max((w for w, said in zip(weights, turns, strict=True) if said), default=0.0) for turns in (subjects, names)
    ]
    best = max(newest) or 1.0
    examples = any(wish.kind in ALIKE for wish in query.named)
    return 1.0 if examples else newest[0] / best or 1.0, newest[1] / best or 1.0


def _faded(channel: Channel, strength: float) -> Channel:
    found = ScoredTracks(channel.found.positions, np.asarray(channel.found.scores * np.float32(strength), np.float32))
    return Channel(
        found, lambda positions: np.asarray(channel.score(positions) * np.float32(strength), dtype=np.float32)
    )


def _closeness(model: Model, vector: Vectors, positions: Positions) -> Scores:
    """Return cosine similarities clipped at 0: opposite is no worse than unrelated."""
    return np.asarray(np.maximum(model.vectors.vectors_at(positions.tolist()) @ vector, 0), dtype=np.float32)


def _remembered(known: ScoredTracks, score: Callable[[Positions], Scores]) -> Callable[[Positions], Scores]:
    """Cache known scores, clipped at 0, in front of a scoring function."""
    if not len(known):
        return score
    order = np.argsort(known.positions)
    positions_known, scores_known = known.positions[order], np.maximum(known.scores[order], 0)

    def scored(positions: Positions) -> Scores:
        place = np.minimum(np.searchsorted(positions_known, positions), len(positions_known) - 1)
        scores = scores_known[place]
        missing = positions_known[place] != positions
        if missing.any():
            scores[missing] = score(positions[missing])
        return scores

    return scored


def _share_of_best(scores: Scores, k: int, eligible: Permitted, features: TrackFeatures) -> Channel:
    """Make a channel of one score a track, as shares of the best eligible track's score."""
    found = top_k(scores * eligible.mask, k, features.popularity)
    top = np.float32(found.scores[0] if len(found) else 1)
    return Channel(found, lambda positions: np.asarray(np.maximum(scores[positions], 0) / top, dtype=np.float32))


def _tags_met(view: TagView, vector: Vectors, found: Positions) -> Channel:
    """Make a channel of how the tags of what other channels found meet a prompt, as shares of the best score."""
    scores = view.score(vector, found)
    top = np.float32(scores.max(initial=0) or 1)
    tagged = ScoredTracks(found, scores / top)[np.lexsort((found, -scores))]

    def met(positions: Positions) -> Scores:
        return np.asarray(view.score(vector, positions) / top, dtype=np.float32)

    return Channel(tagged[tagged.scores > 0], _remembered(tagged, met))


def _named(references: References, lexical: LexicalIndex) -> Scores:
    """Return name-match scores of tracks that the prompt wants by name: up to 1, decayed for earlier turns', else 0.

    Of an artist's tracks those count most that say the least beside the name: "Beat It", not "Beat It 2008 (Karaoke)". Those of
    an example count half: a list like somebody begins with one of theirs.
    """
    scores = np.zeros(references.size, dtype=np.float32)
    for wishes, weight in references.turns:
        for wish in wishes:
            positions = references.tracks(wish)
            worth = np.full(len(positions), weight if wish.kind in NAMED else _OF_EXAMPLE * weight, dtype=np.float32)
            if wish.kind in (WishKind.ARTIST, WishKind.LIKE_ARTIST) and len(positions):
                said = lexical.score(dict.fromkeys((IN_NAMES + word for word in words(wish.value)), 1.0))[positions]
                worth *= 1 - _PLAINNESS + _PLAINNESS * said / max(float(said.max()), 1e-9)
            scores[positions] = np.maximum(scores[positions], worth)
    return scores


def _learned(model: Model, listener: Listener, settings: RankerSettings) -> dict[str, Scores]:
    """Return collaborative scores of every track by channel; 0 for tracks that the listener names already."""
    scores: dict[str, Scores] = {}
    if settings.neighbours and model.neighbours is not None and listener.items:
        # Whoever plays one thing all day does not want more of it than of the rest.
        items = {item: min(weight, 1.0) for item, weight in listener.items.items()}
        scores["neighbours"] = model.neighbours.score(items, listener.artist_share)
    if settings.collaborative and model.collaborative is not None and listener.user_factors is not None:
        scores["collaborative"] = model.collaborative.score(listener.user_factors, listener.artist_share)
    for column in scores.values():
        column[list(listener.known)] = 0
    return scores


def titled(model: Model, references: References) -> Positions:
    """Return the tracks whose names hold a word of a subject, or one of its stem ("Run" for running), and were not asked for by it.

    What a song shall be about, and which version of it, may be said in its title; what is wanted by name is asked for.
    """
    query = references.query
    about = words(" ".join(query.about))
    subjects = {word for word in _subject_words(query) if word not in about and not names_a_version(word)}
    stems = {IN_NAMES + match[1] for match in map(_STEM.fullmatch, subjects) if match}
    terms = {*chain.from_iterable(map(model.lexical.beginning, stems)), *(IN_NAMES + word for word in subjects)}
    return _unasked(model, references, model.lexical.holding(terms))


def found_by_name_alone(model: Model, references: References, in_titles: Positions) -> Positions:
    """Return the tracks of those `titled` whose tags do not say it too, and those that share a word with an example's name.

    A vector of a text lies near whatever shares its words: "running music" near "Running", and whoever is like Billie Eilish
    near "Billie Jean".
    """
    tagged = model.lexical.holding(_subject_words(references.query))
    alike = " ".join(wish.value for wish in references.query.wishes if wish.kind is WishKind.LIKE_ARTIST)
    of_names = {IN_NAMES + word for word in content_words(alike)}
    untagged = in_titles[~np.isin(in_titles, tagged, kind="sort")]
    return union(untagged, _unasked(model, references, model.lexical.holding(of_names)))


def _subject_words(query: PromptQuery) -> set[str]:
    return {word for turn in (*query.context, query.subjects) for word in content_words(" ".join(turn))}


def _unasked(model: Model, references: References, positions: Positions) -> Positions:
    """Return which of some tracks are not asked for by name, nor by what a song shall be about."""
    asked = union(
        model.lexical.holding(IN_NAMES + word for word in words(" ".join(references.query.about))),
        *(references.tracks(wish) for wishes, _ in references.turns for wish in wishes),
    )
    return positions[~np.isin(positions, asked, kind="sort")]


def lexical_terms(references: References) -> dict[str, float]:
    """Return lexical query terms with weights, 1 for this prompt and decayed for earlier turns: subjects among tags, titles among names.

    That is titles, what a song shall be about, and artists that are wanted: whoever says "Whitney" may mean Whitney Houston.
    """
    query = references.query
    excluded = {word for phrase in query.excluded_words for word in content_words(phrase)}
    terms: dict[str, float] = {}

    def look_for(texts: Iterable[str], weight: float, where: str = "") -> None:
        for word in content_words(" ".join(texts)):
            if word not in excluded:
                terms[where + word] = max(terms.get(where + word, 0.0), weight)

    for subjects, weight in decayed([*query.context, query.subjects], since=query.since):
        look_for(subjects, weight)
        look_for(filter(names_a_version, content_words(" ".join(subjects))), ABOUT * weight, IN_NAMES)
    for wishes, weight in references.turns:
        look_for((str(wish.value) for wish in wishes if wish.kind is WishKind.ARTIST), WANTED_NAMES * weight, IN_NAMES)
    look_for(query.about, ABOUT, IN_NAMES)
    look_for(query.titles, 1.0, IN_NAMES)
    return terms
