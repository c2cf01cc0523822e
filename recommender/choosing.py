"""From ranked candidates to a list that the last gate lets through: the best one, another, a drawn or a drafted one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

import numpy as np

from catalog.arrays import Codes, Numbers, Positions
from catalog.tracks import Position
from recommender.blending import joined
from recommender.channels import denied_tracks
from recommender.lists.exploration import Draw, drawn, is_spaced, of_its_own, pool_of
from recommender.lists.interleaving import team_draft
from recommender.lists.kept import with_kept
from recommender.lists.last_gate import LastGate
from recommender.lists.rules import ListRules
from recommender.lists.sequencing import ONE_IN, Aim, distinct_songs, limited, sequenced
from recommender.lists.variations import varied_candidates, worth_of
from recommender.playlists import Drawn
from recommender.prompts.reading import WishKind
from recommender.prompts.wishes import ALIKE
from recommender.stages import Prepared, Ranked


@dataclass(frozen=True, slots=True)
class Chosen:
    """The positions of a list in order, the pool of an exploring draw, and each track's team in an interleaved list."""

    positions: list[Position]
    drawn: Drawn | None = None
    teams: tuple[str, ...] = ()


def chosen_of(ranked: Ranked, gate: LastGate, *, best: bool = False) -> Chosen:
    """Sequence the candidates into a list that the gate lets through.

    Settings that explore draw it with the request's seed, else a seed makes another list about as good as the best, unless
    the `best` is asked for.
    """
    making, request = _Making(ranked, gate), ranked.prepared.request
    if ranked.settings.explore:
        return making.explored()
    candidates = ranked.candidates
    if request.seed and not best:
        aim = making.wanted
        candidates = varied_candidates(
            candidates,
            ranked.blend.scores_of(candidates),
            partial(making.sequence, aim=aim),
            partial(aim.missing, features=ranked.prepared.model.features),
            request.seed,
        )
    return Chosen(making.admitted(candidates))


def drafted(lists: Mapping[str, tuple[Ranked, Sequence[Position]]], gate: LastGate) -> tuple[Ranked, Chosen]:
    """Interleave two lists of one request, by team, and let the last gate decide on the result.

    Each list goes on with the candidates that would follow. Returned with the draft are its candidates, each with what the
    team that is credited with it says of it. Kept tracks are of neither team.
    """
    ranked, _ = next(iter(lists.values()))
    prepared = ranked.prepared
    kept = frozenset(prepared.kept.values())
    rankings = {
        name: [one for one in dict.fromkeys([*chosen, *of.candidates]) if one not in kept]
        for name, (of, chosen) in lists.items()
    }
    teams = team_draft(
        rankings, of_its_own(prepared.request.seed, [one for _, chosen in lists.values() for one in chosen])
    )
    # What holds in each of the lists need not hold in both together.
    order = limited_as_asked(prepared, distinct_songs(np.array([*teams], np.int64), prepared.model.features.song))
    if order:
        blend = joined([(of.blend, [one for one in order if teams[one] == name]) for name, (of, _) in lists.items()])
        ranked = replace(ranked, blend=blend, candidates=order)
    chosen = _Making(ranked, gate).admitted(order)
    return ranked, Chosen(chosen, teams=tuple(teams.get(position, "") for position in chosen))


class _Making:
    def __init__(self, ranked: Ranked, gate: LastGate) -> None:
        self._ranked, self._gate = ranked, gate
        self._prepared, self._features = ranked.prepared, ranked.prepared.model.features
        self._rules = ListRules(gate.standing, self._prepared.policy.max_ai_share)
        self._exempt = _artists_asked_for(self._prepared)
        self._arc = next((wish.value for wish in self._prepared.query.wishes if wish.kind is WishKind.ARC), None)
        self.wanted = self._prepared.aim.beside([*self._prepared.kept.values()], self._features)

    def sequence(self, candidates: Sequence[Position], aim: Aim) -> list[Position]:
        """Make a list of the wanted size out of candidates, the first of them first."""
        return sequenced(
            candidates, aim, self._features, self._ranked.settings.artist_gap, self._exempt, self._rules, self._arc
        )

    def admitted(self, candidates: Sequence[Position]) -> list[Position]:
        """Sequence candidates, and kept tracks into their places, until the gate lets all of the list through."""
        kept, aim = self._prepared.kept, self._prepared.aim

        def with_those_kept(left: Sequence[Position]) -> list[Position]:
            still = {place: position for place, position in kept.items() if position in left[: len(kept)]}
            beside = aim.beside([*still.values()], self._features)
            return with_kept(self.sequence(left[len(still) :], beside), still, self._rules)

        sequence = with_those_kept if kept else partial(self.sequence, aim=aim)
        denied = denied_tracks(self._ranked.considered, self._prepared.permitted)
        return self._gate.admit([*kept.values(), *candidates], denied, sequence)

    def explored(self) -> Chosen:
        """Draw a list out of what the gate admits into a pool; then the gate decides on it once more, as on every list."""
        ranked, rules, aim = self._ranked, self._rules, self.wanted
        candidates, artist = ranked.candidates, self._features.artist
        length = aim.about(self._features.lasting_s[list(candidates)])
        into_pool = partial(pool_of, length=length, artist=artist, exempt=self._exempt, rules=rules)
        pool = self._gate.admit(candidates, (), into_pool)
        strengths = worth_of(candidates, ranked.blend.scores_of(candidates), pool) / ranked.settings.explore
        kinds = [rules.kind(position) for position in pool]  # as they are now: the gate decides once more
        by_row = ListRules(kinds.__getitem__, rules.max_ai_share)
        draw = drawn(strengths, by_row, length, of_its_own(self._prepared.request.seed, pool))
        order = [pool[row] for row in draw.rows]
        taken = frozenset(order)
        chosen = self.admitted([*order, *(position for position in candidates if position not in taken)])
        # Whether chances are told must not hang on what was drawn: else the lists that have some were no fair sample.
        as_asked = aim.minutes is None and self._arc is None and not self._prepared.kept
        free = is_spaced(pool, artist, self._exempt) and by_row.never_end(range(len(pool)), length)
        exact = as_asked and free and chosen == order and len(chosen) == length
        return Chosen(chosen, self._told(pool, strengths, kinds, draw if exact else None))

    def _told(self, pool: Sequence[Position], strengths: Numbers, kinds: Sequence[int], draw: Draw | None) -> Drawn:
        blend = self._ranked.blend
        return Drawn(
            pool=tuple(self._gate.decisions[position].track_id for position in pool),
            strengths=tuple(strengths.tolist()),
            parts=dict(
                zip(blend.channels, blend.parts[:, blend.rows_of(pool)].astype(np.float64).tolist(), strict=True)
            ),
            kinds=tuple(kinds),
            max_ai_share=self._rules.max_ai_share,
            propensities=tuple(np.exp(draw.log_propensities).tolist()) if draw else None,
            # No list is impossible that was drawn: a chance below any double is not told.
            list_propensity=float(np.exp(np.sum(draw.log_propensities))) or None if draw else None,
        )


def _artists_asked_for(prepared: Prepared) -> frozenset[int]:
    """Return the codes of the artists that a conversation asks for by name: their tracks may follow each other."""
    model = prepared.model
    wishes = chain.from_iterable(turn for turn, _ in prepared.references.turns)
    named = [model.names.artists.positions(wish.value) for wish in wishes if wish.kind is WishKind.ARTIST]
    return frozenset(int(model.features.artist[positions[0]]) for positions in named if len(positions))


def limited_as_asked(prepared: Prepared, candidates: list[Position]) -> list[Position]:
    """Apply the prompt's limits by artist and album, and keep one track in ten by an example artist that is not asked for as well."""
    query, names, artist = prepared.query, prepared.model.names, prepared.model.features.artist
    asked = {wish.value for wish in query.wishes if wish.kind is WishKind.ARTIST}
    alike = (wish for wish in query.wishes if wish.kind in ALIKE)
    by = (wish.value if wish.kind is WishKind.LIKE_ARTIST else wish.value[1] for wish in alike)
    groups = [frozenset(names.by(key).tolist()) for key in by if key is not None and key not in asked]
    shares: list[tuple[Codes | Positions, int]] = [
        (artist, wish.value) for wish in query.wishes if wish.kind is WishKind.PER_ARTIST
    ]
    for wish in (wish for wish in query.wishes if wish.kind is WishKind.PER_ALBUM):
        album = names.albums.codes(len(artist))
        # "Greatest Hits" of two artists are two albums.
        shares.append((np.where(album < 0, album, album * (int(artist.max()) + 1) + artist), wish.value))
    if not (groups or shares):
        return candidates
    return limited(candidates, groups, max(1, prepared.aim.most_tracks // ONE_IN), shares)
