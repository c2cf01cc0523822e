"""Check of queries against the home that they are asked of: what they name that is not there, and what no verdict rests on.

A wrong id is no miss of a system. What is found is told with every run; where most of what is wanted is not in the catalog,
there is no run.
"""

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import chain, islice
from typing import Any

from catalog.instants import instant_text, microseconds
from catalog.stores import CatalogStore
from eval.evaluation import EvaluationError
from eval.measures.consent_measures import Decide, wanted_withheld
from eval.queries import Query, near_field
from eval.reporting.remarks import with_near
from eval.systems.lists import GivenLists
from eval.systems.system import Pool

NAMED = 3
"""Names of a field that are told, the first that the home does not have."""

NEIGHBOURS = 50
"""Names to each side in the alphabet among which a near one is looked for: in all of a large catalog it would take seconds."""

MOST_UNKNOWN = 0.5
"""The share of what is wanted up to which it may be unknown: of more, numbers tell of the file and not of the systems."""

_NUMBER = re.compile(r"\d+")


def check(
    queries: Sequence[Query], pool: Pool, store: CatalogStore, decide: Decide, *, allow_unknown: bool = False
) -> dict[str, Any]:
    """Check what queries name against the pool and the listening of a home's `store`, and count what would mislead.

    Returns, as a run keeps it: `queries` that want something, in `clusters`, those with `nothing` to find, how many different
    `questions` they ask, `copies` of what another cluster asks and wants, those `unreachable` of which nothing wanted can be
    returned; how many tracks are `ranked` and `wanted`, and why wanted ones are not ranked: `withheld` by reason,
    `no_candidate`, or `unknown["relevant"]`. `unknown` has for each field with names that the home does not have how many
    they are (`unknown`), `of` how many, and the `first` with what is near; `unread` the fields that queries do not have, with
    what is near; `split` how many `instants` queries give as `as_of`, the first (`since`, "" without one), and the plays
    `earlier` and `later` than that or `undated`.

    Raises EvaluationError where the catalog does not know more than half of what is wanted, unless `allow_unknown`.
    """
    judged = [query for query in queries if query.wanted]
    outside = [[track_id for track_id in query.wanted if track_id not in pool] for query in judged]
    withheld = {reason.value: count for reason, count in wanted_withheld(outside, decide).items()}
    found = {
        "relevant": _unknown([track_id for query in judged for track_id in query.wanted], pool.positions),
        **{
            field: _unknown([track_id for query in queries for track_id in getattr(query, field)], pool.positions)
            for field in ("liked", "disliked", "exclude", "decoys")
        },
        "candidates": _unknown(pool.candidates or (), pool.positions),
        "user_id": _unknown(
            [query.user_id for query in queries if query.user_id is not None],
            (row[0] for row in chain(store.track_plays(), store.artist_plays())),
        ),
        "playlist_id": _unknown(
            [query.playlist_id for query in queries if query.playlist_id is not None],
            (row[0] for row in store.playlists()),
        ),
    }
    relevant = found["relevant"]
    if relevant["unknown"] > MOST_UNKNOWN * relevant["of"] and not allow_unknown:
        raise EvaluationError(
            f"the catalog does not know {relevant['unknown']:,} of the {relevant['of']:,} tracks that queries want: "
            f"{with_near(relevant['first'])}; correct `relevant`, or judge all the same with --allow-unknown "
            "(RunSettings.allow_unknown)"
        )
    asked = {(query.asked, frozenset(query.wanted.items()), query.cluster) for query in judged}
    return {
        "queries": len(judged),
        "clusters": len({query.cluster for query in judged}),
        "nothing": len(queries) - len(judged),
        "questions": len({one[0] for one in asked}),
        "copies": len(asked) - len({one[:2] for one in asked}),
        "unreachable": sum(len(ids) == len(query.wanted) for ids, query in zip(outside, judged, strict=True)),
        "ranked": int(pool.mask.sum()),
        "wanted": relevant["of"],
        "withheld": withheld,
        "no_candidate": sum(map(len, outside)) - relevant["unknown"] - sum(withheld.values()),
        "unknown": {field: one for field, one in found.items() if one["unknown"]},
        "unread": {name: near_field(name) for query in queries for name in query.unread},
        "split": _split(queries, store),
    }


def check_lists(name: str, lists: GivenLists, pool: Pool) -> GivenLists:
    """Return the lists unchanged. Raises EvaluationError if more than half of their tracks are unknown, unless they allow it."""
    found = _unknown([track_id for listed in lists.by_query.values() for track_id in listed], pool.positions)
    if found["unknown"] > MOST_UNKNOWN * found["of"] and not lists.allow_unknown:
        raise EvaluationError(
            f"the catalog does not know {found['unknown']:,} of the {found['of']:,} tracks that {name} lists: "
            f"{with_near(found['first'])}; name the home that has them, correct `track_id`, or judge all the same with "
            "--allow-unknown (GivenLists.allow_unknown)"
        )
    return lists


def _unknown(names: Sequence[str], known: Iterable[str]) -> dict[str, Any]:
    """Return how many of some names are not known, and the first of them; without names, what is known is not gone through."""
    among = set(known) if names else set()
    missing = [name for name in names if name not in among]
    ordered = sorted(sorted(among), key=str.casefold) if missing else []
    return {
        "unknown": len(missing),
        "of": len(names),
        "first": {name: _near(name, ordered) for name in islice(dict.fromkeys(missing), NAMED)},
    }


def _near(name: str, ordered: Sequence[str]) -> str | None:
    """Return what is likeliest meant of the neighbours in the alphabet, None where none of them is near."""
    place = bisect(ordered, name.casefold(), key=str.casefold)
    around = ordered[max(0, place - NEIGHBOURS) : place + NEIGHBOURS]
    # Two numbers of a series say nothing of each other.
    apart = [one for one in around if _NUMBER.sub("0", one) != _NUMBER.sub("0", name)]
    return next(iter(get_close_matches(name, apart, n=1)), None)


def _split(queries: Sequence[Query], store: CatalogStore) -> dict[str, Any]:
    instants = {query.as_of for query in queries if query.as_of is not None}
    first = min(instants, default=None)
    since = microseconds(first) if first else 0
    plays = chain(store.track_plays(), store.artist_plays()) if instants else ()
    counts = Counter("undated" if at == 0 else "earlier" if at < since else "later" for _, _, _, at in plays)
    return {
        "instants": len(instants),
        "since": instant_text(first) if first else "",
        **{part: counts[part] for part in ("earlier", "later", "undated")},
    }
