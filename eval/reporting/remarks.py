"""Sentences about a run: its description, and warnings about the validity of its numbers."""

from collections.abc import Iterator, Mapping
from itertools import islice
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

FEWEST_CLUSTERS = 6
"""Clusters from which a difference can be shown: fewer all fall on one side by chance in more than 5 % of cases (2 / 2^n)."""

FEWEST_TRACKS = 10
"""Tracks from more than which the first ten places can differ."""

ORDINARY_UNDATED = 0.05
"""Share of plays without a date up to which a split by time loses nothing that counts."""

MOST_REASONS = 3
"""Reasons for which tracks are withheld that a sentence tells; the report has all."""

_THEN = {
    "relevant": "they count as missed",
    "user_id": "nothing is known of them",
    "playlist_id": "nothing is held out",
}


def description(about: Mapping[str, Any], controls: Mapping[str, Any]) -> list[str]:
    """Return what was run, in sentences."""
    judged = f"{counted(about['queries'], 'query', 'queries')} in {counted(about['clusters'], 'cluster')}"
    if about["nothing_to_find"]:
        judged += f" ({about['nothing_to_find']:,} more have nothing left to find)"
    among = f" of {about['candidates']:,} candidates" if about["candidates"] is not None else ""
    lines = [
        f"{judged}; every system ranks the same {about['ranked']:,} tracks{among}, permitted in {about['territory']} "
        f"under {about['policy']} for {about['commercial_model']}",
        f"{about['wanted_outside']:.1%} of the wanted tracks are not among them and count as missed"
        + (_outside(about["checked"]) if "checked" in about else ""),
    ]
    if unchanged := about.get("unchanged"):
        lines.append(f"{', '.join(unchanged)} changes nothing of the product, and is not judged beside it")
    held = about["held_out"]
    if any(held.values()):
        parts = [counted(held["plays"], "play"), counted(held["playlists"], "playlist")]
        if held["texts"]:
            parts.append(f"artists' tags in the texts of {counted(held['texts'], 'track')}")
        since = about.get("checked", {}).get("split", {}).get("since", "")
        lines.append(
            f"nothing was learned from what is judged: {', '.join(parts)} were held out"
            + (f", among them all from {since} on" if since else "")
        )
    if asking := about.get("undated_listeners"):
        new = about["unheard_listeners"]
        lines.append(
            f"{counted(asking, 'listener asks', 'listeners ask')} without `as_of`: nothing is learned from them, and whatever "
            "they played at any time, but for what is wanted, is known when they ask"
            + (f" ({new:,} played nothing else, and ask as new listeners)" if new else "")
        )
    if touched := _leaked_queries(controls):
        lines.append(
            "among them who held almost all that "
            f"{f'one of {touched:,} queries' if touched > 1 else 'one query'} wants, by chance or as a copy"
        )
    return lines


def warnings(about: Mapping[str, Any], controls: Mapping[str, Any]) -> Iterator[str]:
    """Yield what would make the numbers mean less than they seem to, each with its remedy; none is good."""
    if "checked" in about:  # a run of before 0.5.0 does not tell
        yield from of_queries(about["checked"], about["refused"])
        if silent := [system for system, count in about["empty"].items() if count > about["queries"] / 2]:
            yield (
                f"EMPTY: {', '.join(silent)} found nothing for most of the {about['queries']:,} queries: they have neither the "
                "words nor the listening that it goes by; compare on queries that have"
            )
    if perfect := about.get("perfect"):
        yield (
            f"PERFECT: {', '.join(perfect)} put what is wanted first for all {about['queries']:,} queries, which no system does "
            "that has not seen the answers; see that it learns from the laboratory alone"
        )
    if leaked := about["leaked"]:
        some = ", ".join(f"{name!r} ({reason})" for name, reason in list(leaked.items())[:3])
        yield (
            f"CONSENT LEAKED: of what is withheld {counted(len(leaked), 'track')} came back, {some}; "
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
            f"LEAK: of {counted(about['queries'], 'query', 'queries')} {touched:,} {'wants' if touched == 1 else 'want'} what one listener or playlist in the catalog "
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


def of_queries(checked: Mapping[str, Any], refused: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Yield what in queries would mislead whoever judges by them, each with its remedy.

    `checked` is what `eval.checking.check` found, `refused` why systems refused prompts, by query id.
    """
    yield from (
        f"REFUSED: {line}; mend those prompts, or leave them out" for line in refusals(checked["queries"], refused)
    )
    yield from (
        f"UNKNOWN: of {counted(names['of'], 'name')} in `{field}` the home does not have {names['unknown']:,}: "
        f"{with_near(names['first'])}{', ...' if names['unknown'] > len(names['first']) else ''}; {_THEN.get(field, 'they are passed over')}: correct them, or leave them out"
        for field, names in checked["unknown"].items()
    )
    yield from (line for misleads, line in _misleading(checked, checked["split"]) if misleads)


def _misleading(checked: Mapping[str, Any], split: Mapping[str, Any]) -> Iterator[tuple[bool, str]]:
    """Yield what would make a verdict mean nothing, each behind whether it is so."""
    undated = split["undated"] > ORDINARY_UNDATED * (split["earlier"] + split["later"] + split["undated"])
    yield from (
        (
            bool(checked["unread"]),
            f"UNREAD: queries have no field {with_near(checked['unread'])}; correct the names (--strict refuses such a "
            "file)",
        ),
        (
            checked["nothing"] > checked["queries"],
            f"LEFT OUT: {counted(checked['nothing'], 'query', 'queries')}, and only {checked['queries']:,} are judged: those name no relevant "
            "track with a gain above 0, or like, dislike or exclude them all; see that `relevant` is what is meant",
        ),
        (
            checked["unreachable"] > checked["queries"] / 2,
            f"UNREACHABLE: of {counted(checked['queries'], 'query', 'queries')} {checked['unreachable']:,} can be given nothing of "
            "what is wanted, whatever a system does; take another policy, territory, catalog or other candidates",
        ),
        (
            checked["clusters"] < FEWEST_CLUSTERS,
            f"FEW: of {counted(checked['clusters'], 'cluster')} no difference is more than chance, and intervals are too narrow (of "
            f"one, without any width); bring queries of {FEWEST_CLUSTERS} clusters at least",
        ),
        (
            checked["questions"] == 1 < checked["queries"],
            f"SAME: all {checked['queries']:,} queries ask the same, so that a system answers them with one list; see that "
            "`prompt`, `liked` and `user_id` are what is meant",
        ),
        (
            checked["copies"] > 0,
            f"COPIES: what one of another cluster asks and wants, {counted(checked['copies'], 'query does', 'queries do')} too, so that intervals are "
            "too narrow; leave them out, or give them one `cluster`",
        ),
        (
            checked["ranked"] <= FEWEST_TRACKS,
            f"SMALL: only {counted(checked['ranked'], 'track is', 'tracks are')} ranked, and ten places hold them all whatever a system does; "
            "rank more, with other candidates, policy or territory",
        ),
        (
            checked["wanted"] > checked["queries"] * checked["ranked"] / 2,
            f"MOST: a query wants {checked['wanted'] / max(checked['queries'], 1):,.0f} tracks on average of "
            f"{checked['ranked']:,} that are ranked, so that chance finds them; see that `relevant` is what is meant",
        ),
        (
            split["instants"] > 1
            or (split["instants"] == 1 and (undated or not (split["earlier"] and split["later"]))),
            f"SPLIT: {_how_split(split)}; {split['earlier']:,} plays before {split['since']} are learned from, "
            f"{split['later']:,} from then on and {split['undated']:,} without a date are held out; import plays with their "
            "dates (column `at`), and give one `as_of`, between them",
        ),
    )


def _how_split(split: Mapping[str, Any]) -> str:
    if not split["later"]:
        return "`as_of` lies after the last play, so that it holds out nothing that has a date"
    if not split["earlier"]:
        return "`as_of` lies before every dated play, so that nothing is left to learn from"
    if split["instants"] > 1:
        return f"the first of {split['instants']:,} `as_of` counts for all queries"
    return "many plays have no date, and are lost to what is learned"


def refusals(queries: int, refused: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return in sentences which systems refused how many of `queries`; `refused` says why, by system and query id."""
    return [
        f"{system} refused {len(reasons):,} of {counted(queries, 'query', 'queries')} and finds nothing for them "
        f"(the first is {next(iter(reasons))!r}: {next(iter(reasons.values()))})"
        for system, reasons in refused.items()
        if reasons
    ]


def with_near(names: Mapping[str, str | None]) -> str:
    """Return wrong names, each with what it was likely meant for."""
    return ", ".join(f"{name!r} (did you mean {near!r}?)" if near else repr(name) for name, near in names.items())


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with what it counts, in the singular or the plural (by default with an s)."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def _outside(checked: Mapping[str, Any]) -> str:
    most = ", ".join(f"{reason} {count:,}" for reason, count in islice(checked["withheld"].items(), MOST_REASONS))
    parts = {
        "unknown to the catalog": checked["unknown"].get("relevant", {"unknown": 0})["unknown"],
        f"withheld ({most}{', ...' if len(checked['withheld']) > MOST_REASONS else ''})": sum(
            checked["withheld"].values()
        ),
        "no candidates": checked["no_candidate"],
    }
    told = ", ".join(f"{count:,} {why}" for why, count in parts.items() if count)
    return f" (of {checked['wanted']:,}: {told})" if told else ""


def _leaked_queries(controls: Mapping[str, Any]) -> int:
    return len({leak["query_id"] for leak in controls["leaks"]})
