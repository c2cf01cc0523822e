"""What a run keeps of its judgments, for others: measures of an analyst's own, and the files of trec_eval."""

import re
from collections.abc import Callable, Mapping, Sequence
from math import isinf
from numbers import Real
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa

from eval.queries import DatasetError, Gains, Query
from eval.reporting.run_files import replace_files

Measure = Callable[[Sequence[str], Query], float]
"""Measures a list of track ids, best first; NaN where it is not defined. Of the query it sees id, prompt and what was `wanted`."""


def scores_by(
    name: str, function: Measure, per_query: pa.Table, lists: Mapping[str, Mapping[str, Sequence[str]]], gains: Gains
) -> list[float]:
    """Apply a measure to every list of a run, in the order of the rows of `per_query`.

    Raises DatasetError where the run kept no gains, and ValueError naming measure, system and query where the function raises
    or returns anything but a finite number or NaN.
    """
    found: list[float] = []
    for system, query_id, prompt in zip(
        *(per_query.column(name).to_pylist() for name in ("system", "query_id", "prompt")), strict=True
    ):
        if query_id not in gains:
            raise DatasetError("the run does not keep what was wanted, an earlier version wrote it; run it again")
        try:
            # Copies: a function that sorts or clears what it gets would change the run, and what is written of it.
            told: object = function([*lists[system][query_id]], Query(query_id, prompt, dict(gains[query_id])))
            if isinstance(told, bool) or not isinstance(told, Real):
                raise TypeError(f"it returns {told!r:.60}, a {type(told).__name__}")
            score = float(told)
        except Exception as error:  # whatever a function of somebody's own raises, they have to know for which list
            raise ValueError(
                f"the measure {name!r} fails for {system}, query {query_id!r} ({type(error).__name__}: {error}); return a "
                "number, or NaN where there is none"
            ) from error
        if isinf(score):
            raise ValueError(
                f"the measure {name!r} is infinite for {system}, query {query_id!r}; return a finite number, or NaN"
            )
        found.append(score)
    return found


def write_trec(folder: Path, lists: Mapping[str, Mapping[str, Sequence[str]]], gains: Gains) -> int:
    """Write `qrels.txt` and, for each system, `SYSTEM.run`; return the factor that makes all gains whole numbers.

    The factor is 1, 10, 100 or 1,000, and changes no metric of trec_eval, since each is a ratio of gains. Scores in a run
    count down from its length. Blanks in ids are percent-encoded, because they separate columns. Raises DatasetError for
    gains with more than three decimals, and where the run kept none; OSError.
    """
    if not gains:
        raise DatasetError("the run does not keep what was wanted, an earlier version wrote it; run it again")
    values = {gain for wanted in gains.values() for gain in wanted.values()}
    scale = next(
        (
            one
            for one in (1, 10, 100, 1000)
            if all(abs(one * gain - max(1, round(one * gain))) < 1e-6 for gain in values)
        ),
        None,
    )
    if scale is None:
        raise DatasetError("qrels hold whole numbers; round the gains of the queries to three decimals")
    tables: dict[str, list[tuple[str, ...]]] = {
        "qrels.txt": [
            (query_id, "0", track_id, f"{round(scale * gain)}")
            for query_id, wanted in gains.items()
            for track_id, gain in wanted.items()
        ]
    }
    for system, by_query in lists.items():
        tables[f"{system}.run"] = [
            (query_id, "Q0", track_id, f"{place}", f"{len(ranked) - place + 1}", system)
            for query_id, ranked in by_query.items()
            for place, track_id in enumerate(ranked, 1)
        ]
    folder.mkdir(parents=True, exist_ok=True)
    replace_files(
        {
            folder / name: "".join(f"{' '.join(map(_without_blanks, row))}\n" for row in rows).encode()
            for name, rows in tables.items()
        }
    )
    return scale


def _without_blanks(cell: str) -> str:
    return re.sub(r"[\s%]", lambda found: quote(found[0]), cell)
