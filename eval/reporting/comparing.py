"""What differs: within a run, in a sentence, and from one run to another, with everything else that they differ in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import inf, isnan

import numpy as np

from catalog.arrays import Numbers
from eval.measures.significance import Comparison, MetricValue, compare_all, holm, intervals
from eval.queries import DatasetError, as_tuple
from eval.reporting.measured import PRIMARY, SIGNIFICANT, form_of
from eval.reporting.results import Run, comparison_table
from eval.reporting.tables import PValue, ResultTable

NOT_KEPT = "not kept"
"""What stands for an identity in folders of versions that kept none."""

SURROUNDINGS = ("territory", "policy", "commercial_model", "catalog", "bundle", "consent_epoch", "ranked")
IDENTITY = ("queries", "candidates", "version", "sources")
"""What two runs should have in common, of `about` and of its `identity`, for a comparison to be about their systems."""

NAMED = 3

Pair = tuple[str, str]


def finding(run: Run, measures: str | Sequence[str] = PRIMARY) -> str:
    """Return in a sentence how the reference did, the largest difference from it that holds, and the best other system.

    It is by the first of `measures`, with Holm's correction over systems and ablations. Where nothing holds by that one, the
    largest difference by any of them is told, corrected over measures too. A gain goes before any loss; losses are told of
    variants and ablations only, for that baselines are worse is what the best of them says. Raises ValueError for a measure
    that was not taken.
    """
    measure, *others = as_tuple(measures)
    reference = run.reference
    compared = run.compared(reference, measure)
    family = {(measure, name): one for name, one in compared.items()}
    held = {name for name, one in compared.items() if one.p_holm <= SIGNIFICANT}
    told = [f"{reference} reaches {measure} {_interval(run.value(reference, measure))}"]
    if compared and not held:
        told.append(
            f"no difference in {measure} is shown between it and "
            f"{f'any of the {len(compared)}' if len(compared) > 1 else 'the one'} that it was compared with"
        )
        family |= {(other, name): one for other in others for name, one in run.compared(reference, other).items()}
        corrected = holm([one.p_value for one in family.values()])
        family = {key: replace(family[key], p_holm=p) for key, p in zip(family, corrected.tolist(), strict=True)}
    if (largest := _largest(run, family)) is not None:
        by, name = largest
        changed = f"without {run.ablations[name]}" if name in run.ablations else f"with {name}"
        difference, p = family[largest].difference.value, PValue(family[largest].p_holm)
        moved = f"{abs(difference):.3f} {'higher' if difference > 0 else 'lower'}"
        told.append(f"{changed} {by} is {moved} (p {p} after Holm over {len(family)})")
    sign = -1 if run.better(measure) == "less" else 1
    values = {name: sign * run.value(name, measure).value for name in run.systems if name != reference}
    best = max(values, key=lambda name: -inf if isnan(values[name]) else values[name], default=None)
    if best is not None and largest != (measure, best):
        (row,) = comparison_table("", "system", {best: compared[best]}, run.better(measure)).rows
        verdict = f"{best} is {row['verdict']}" if best in held else row["verdict"]
        told.append(f"the best of the others, {best}, reaches {_interval(run.value(best, measure))}: {verdict}")
    return f"{'; '.join(told)}."


def _largest(run: Run, family: Mapping[tuple[str, str], Comparison]) -> tuple[str, str] | None:
    """Return the measure and the system of the largest gain that holds, else of the largest loss by a change of the product."""
    gains = {
        (measure, name): (-1 if run.better(measure) == "less" else 1) * one.difference.value
        for (measure, name), one in family.items()
        if one.p_holm <= SIGNIFICANT
    }
    telling = [key for key, gain in gains.items() if gain > 0 or key[1].startswith(f"{run.reference}-")]
    return max(telling, key=lambda key: (gains[key] > 0, abs(gains[key])), default=None)


def compare_runs(a: Run, b: Run, measure: str = PRIMARY, pair: Pair | None = None) -> ResultTable:
    """Return for each system and ablation that two runs share, or for one `pair`, how it changed from `a` to `b`.

    Variants and ablations of the product that only `b` has are compared with the product of `a`.
    Queries that both judged are compared; they are the same where id and prompt are. The note says what else differs
    between the runs. Raises DatasetError where they share no system or no query, and where the same query had other
    gains, for the difference would be that of the gains; ValueError for a system or measure that one of them has not.
    """
    of_a, of_b = ((*run.systems, *run.ablations) for run in (a, b))
    changes = [name for name in of_b if name not in of_a and a.reference in of_b and name.startswith(f"{a.reference}-")]
    both = [(name, name) for name in of_a if name in of_b]
    pairs = [pair] if pair else [*both, *((a.reference, name) for name in changes)]
    queries_a, queries_b = (list(zip(run.facts("query_id"), run.facts("prompt"), strict=True)) for run in (a, b))
    row_of = {query: row for row, query in enumerate(queries_b)}
    rows_a = [row for row, query in enumerate(queries_a) if query in row_of]
    rows_b = [row_of[queries_a[row]] for row in rows_a]
    if not pairs or not rows_a:
        raise DatasetError(
            "the two runs share no query and system to compare; run the same --queries with the same --systems twice"
        )
    _check_gains(a, b, [queries_a[row][0] for row in rows_a])
    plain, macro = form_of(measure)
    clusters = [a.facts("cluster")[row] for row in rows_a]
    first, second = (
        np.stack([run.column(of_pair[place], plain)[rows] for of_pair in pairs], axis=1)
        for place, (run, rows) in enumerate(((a, rows_a), (b, rows_b)))
    )
    differences = second - first
    names = [one if one == other else f"{other} less {one}" for one, other in pairs]
    # One reference of zeros and a difference for each system: Holm corrects over the systems.
    columns: dict[str, Numbers] = {"": np.zeros(len(rows_a)), **dict(zip(names, differences.T, strict=True))}
    ids = [queries_a[row][0] for row in rows_a]
    refused = {
        name: len((a.refused(one) | b.refused(other)).intersection(ids))
        for name, (one, other) in zip(names, pairs, strict=True)
    }
    table = comparison_table(
        f"{measure}: the second {'system' if pair else 'run'} less the first",
        "system",
        compare_all(columns, "", clusters, macro),
        a.better(measure),
        refused,
    )
    # Means of the queries that are compared: a measure may be defined for a query in one of the runs only.
    means = [
        intervals(np.where(np.isnan(differences), np.nan, scores), clusters, np.full(len(pairs), macro))
        for scores in (first, second)
    ]
    shared = f"{len(rows_a):,} queries that both runs judged, of {len(queries_a):,} and {len(queries_b):,}"
    return ResultTable(
        table.title,
        [
            {"system": row["system"], "first": before.value, "second": after.value, **row}
            for row, before, after in zip(table.rows, *means, strict=True)
        ],
        "; ".join([*_notes(a, b, pairs, of_all=pair is None), shared, table.note]),
    )


def _notes(a: Run, b: Run, pairs: Sequence[Pair], *, of_all: bool) -> Iterator[str]:
    """Yield what else runs differ in and, where all systems were to be compared, which only one of them has."""
    if differing := ", ".join(_differing(a, b, pairs)):
        yield f"the runs also differ in {differing}"
    for place, which, run in ((0, "first", a), (1, "second", b)):
        alone = {*run.systems, *run.ablations} - {pair[place] for pair in pairs}
        if alone and of_all:
            yield f"only the {which} run has {', '.join(sorted(alone))}: name two to compare, as in A:SYSTEM B:SYSTEM"


def _check_gains(a: Run, b: Run, ids: Sequence[str]) -> None:
    others = [repr(one) for one in ids if a.gains and b.gains and a.gains[one] != b.gains[one]]
    if others:
        raise DatasetError(
            f"of {len(ids):,} queries that both runs judged {len(others):,} had other gains ({', '.join(others[:NAMED])}): "
            "what was wanted changed, and the difference would tell of that; judge both with the same --queries"
        )


def _differing(a: Run, b: Run, pairs: Sequence[Pair]) -> Iterator[str]:
    """Yield what two runs have not in common, or one of them did not keep, with what it is in each."""
    one, other = _surroundings(a), _surroundings(b)
    both = {name: (one[name], other[name]) for name in one}
    for name in (name for name, again in pairs if name == again):
        both[f"settings of {name}"] = a.about["systems"].get(name), b.about["systems"].get(name)
    for name, values in both.items():
        if values[0] != values[1] or NOT_KEPT in values:
            told = _other_queries(a, b) if name == "queries" and NOT_KEPT not in values else "{}, {}".format(*values)
            yield f"{name} ({told})"


def _other_queries(a: Run, b: Run) -> str:
    """Return how many queries only one run has with this id and prompt, and the first of them."""
    one, other = (set(zip(run.facts("query_id"), run.facts("prompt"), strict=True)) for run in (a, b))
    if ids := sorted({query_id for query_id, _ in one ^ other}):
        return f"{len(ids):,} only in one run or with another prompt: {', '.join(map(repr, ids[:NAMED]))}"
    return "of the same ids and prompts, but what they come with or those that are not judged"


def _surroundings(run: Run) -> dict[str, object]:
    kept = run.about.get("identity", {})
    return {
        **{name: run.about[name] for name in SURROUNDINGS},
        **{name: kept.get(name, NOT_KEPT) for name in IDENTITY},
        "commit": run.made.get("commit", NOT_KEPT),
        "gains": "kept" if run.gains else NOT_KEPT,
    }


def _interval(value: MetricValue) -> str:
    return f"{value.value:.3f} ({value.low:.3f} to {value.high:.3f})"
