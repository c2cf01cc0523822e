"""Sentences about a run: its description, and warnings about the validity of its numbers."""

from collections.abc import Iterator, Mapping
from typing import Any

ORDINARY_LEAKS = 0.05
"""Share of queries up to which it is chance, or copies of playlists, that one listener or playlist holds all they want."""

STRANGE = {
    "withheld": "withheld tracks are listed, and judged as if they could be played",
    "unknown": "tracks are listed that the catalog does not have, and take places",
    "known": "tracks are listed that their queries name as liked, disliked or excluded, and take places",
    "not_asked": "lists are of queries that are not judged, and are passed over",
    "missing": "judged queries have no list, and count as empty ones",
}
"""What is said of given lists that hold what no system would return (`eval.systems.lists.GivenLists.strange`)."""


def description(about: Mapping[str, Any], controls: Mapping[str, Any]) -> list[str]:
    """Return what was run, in sentences."""
    judged = f"{about['queries']:,} queries in {about['clusters']:,} clusters"
    if about["nothing_to_find"]:
        judged += f" ({about['nothing_to_find']:,} more have nothing left to find)"
    among = f" of {about['candidates']:,} candidates" if about["candidates"] is not None else ""
    lines = [
        f"{judged}; every system ranks the same {about['ranked']:,} tracks{among}, permitted in {about['territory']} "
        f"under {about['policy']} for {about['commercial_model']}",
        f"{about['wanted_outside']:.1%} of the wanted tracks are not among them and count as missed",
    ]
    held = about["held_out"]
    if any(held.values()):
        parts = [f"{held['plays']:,} plays", f"{held['playlists']:,} playlists"]
        if held["texts"]:
            parts.append(f"artists' tags in the texts of {held['texts']:,} tracks")
        lines.append(f"nothing was learned from what is judged: {', '.join(parts)} were held out")
    if touched := _leaked_queries(controls):
        lines.append(f"among them who held almost all that one of {touched:,} queries wants, by chance or as a copy")
    return lines


def warnings(about: Mapping[str, Any], controls: Mapping[str, Any]) -> Iterator[str]:
    """Yield what would make the numbers mean less than they seem to, each with its remedy; none is good."""
    if leaked := about["leaked"]:
        some = ", ".join(f"{name!r} ({reason})" for name, reason in list(leaked.items())[:3])
        yield (
            f"CONSENT LEAKED: {len(leaked):,} tracks were returned that are withheld, {some}; "
            "stop serving with this system until it is mended"
        )
    for name, strange in about.get("lists", {}).items():
        if strange:
            told = (
                f"{found['count']:,} {STRANGE[what]} ({', '.join(map(repr, found['some']))})"
                for what, found in strange.items()
            )
            yield f"LISTS: {name} is judged as it is: {'; '.join(told)}"
    if (about["overblocking"]["share"] or 0) > 0:
        yield (
            f"{about['overblocking']['share']:.2%} of what consent allows is left out of the pool by mistake; "
            "compile the permits again"
        )
    touched = _leaked_queries(controls)
    if touched > ORDINARY_LEAKS * about["queries"]:
        first = controls["leaks"][0]
        yield (
            f"LEAK: of {about['queries']:,} queries {touched:,} want what one listener or playlist in the catalog "
            f"holds ({first['kind']} {first['name']!r} has {first['held']} of {first['wanted']} of {first['query_id']!r}); "
            "those were held out as well, but there may be more: name them in the queries (user_id, playlist_id)"
        )
    yield from (
        f"INFORMED: {system} returned {coin['relevant']:,} tracks that a coin made wanted and "
        f"{coin['decoys']:,} that fit as well (chance {coin['p_value']:.1e}): it has seen the answers"
        for system, coin in controls["coins"].items()
        if coin["informed"]
    )
    if found := [trait for trait in controls["traits"] if trait["source"]]:
        shares = ", ".join(
            f"{trait['name']!r} ({trait['wanted']:.0%} against {trait['pool']:.0%})" for trait in found[:3]
        )
        yield (
            f"SOURCE: what is wanted differs from the pool by where rows come from: {shares}. A ranker can learn "
            "that instead of the request; rank among rows of one source with --candidates, or see the shares by system"
        )


def _leaked_queries(controls: Mapping[str, Any]) -> int:
    return len({leak["query_id"] for leak in controls["leaks"]})
