"""HTML report of a run: findings in words, plots, and beneath them every number.

The page needs nothing from elsewhere and is forbidden to ask for it; the same run makes the same bytes. Whatever comes from
data is put in place as text, never as markup, and no script runs but the page's own, which are named by their checksums.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape
from math import isinf, isnan
from pathlib import Path
from statistics import median
from typing import Any

import altair as alt

from eval.measures.beyond_accuracy import MAJOR_SHARE
from eval.measures.consent_measures import ANSWERS
from eval.reporting.charts import Figures
from eval.reporting.comparing import NOT_KEPT, finding
from eval.reporting.page import article, folded, listed, said, side_by_side, table_of
from eval.reporting.plots import (
    COMPARED,
    ablation_plot,
    best_first,
    difference_plot,
    exposure_plot,
    featured,
    kind_plot,
    latency_plot,
    metric_plot,
    policy_cost_plot,
    policy_plot,
    shown,
    tradeoff_plot,
    turn_plot,
)
from eval.reporting.remarks import counted, refusals
from eval.reporting.results import LEAST_OF_A_KIND, Run, whose
from eval.reporting.run_files import replace_files
from eval.reporting.tables import Cell, ResultTable


def write_report(run: Run, path: Path) -> None:
    """Write the page of a run: the old file is there until the new one is whole. Raises OSError where it cannot be."""
    # What a notebook set for its own plots is not the page's.
    with alt.theme.enable("none"):
        page = _Report(run).page()
    replace_files({path: page.encode(errors="replace")})


class _Report:
    """The page of one run, and the plots that its sections have put into it so far."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.measure = run.headline[0]
        self.reference = run.reference
        self.systems = best_first(run, self.measure)
        self.others = [name for name in self.systems if name != self.reference]
        self.figures = Figures()
        self.figure = self.figures.figure

    def page(self) -> str:
        about = self.run.about
        title = f"{counted(len(self.run.systems), 'system')} on {counted(about['queries'], 'query', 'queries')}"
        sections = {
            "Summary": self.summary(),
            "Relevance": self.relevance(),
            "Differences": self.differences(),
            "Kinds of prompts and turns": self.prompts(),
            "Channels": self.channels(),
            "Consent": self.consent(),
            "Who is heard": self.exposure(),
            "Beside relevance": self.beside(),
            "Sources": self.sources(),
            "Time": self.time(),
            "Worst prompts": self.worst(),
            "Settings": table_of(self.run.settings(), "words"),
        }
        made = {name: self.run.made.get(name) or NOT_KEPT for name in ("date", "command", "commit")}
        origin = (
            f"Made: {made['date']}. Command: {made['command']}. Version {about.get('identity', {}).get('version', NOT_KEPT)}, "
            f"commit {made['commit']}. "
            f"Catalog {about['catalog']}, bundle {about['bundle']}, consent epoch {about['consent_epoch']}. Beside the run's "
            "other files, per_query.parquet has every measure of every query, metrics.json every mean with its interval, "
            "run.jsonl every list."
        )
        return self.figures.page(title, self.opening(), sections, origin)

    def opening(self) -> str:
        refused = refusals(self.run.about["queries"], self.run.about.get("refused", {}))
        warnings = "".join(f"<li>{escape(line)}</li>" for line in self.run.warnings())
        return (
            f'<p class="lead">{escape(". ".join([finding(self.run, self.run.headline).removesuffix("."), *refused, ""]).strip())}</p>'
            + "".join(said(f"{line[:1].upper()}{line[1:]}.") for line in self.run.description())
            + (f'<ul class="warnings" role="alert">{warnings}</ul>' if warnings else "")
        )

    def summary(self) -> str:
        about = self.run.about
        macro = [f"macro/{measure}" for measure in self.run.headline if about["clusters"] < about["queries"]]
        return table_of(self.run.summary(self.run.headline, self.systems)) + self.means(
            "The same over the means of clusters", macro
        )

    def relevance(self) -> str:
        left_out = len(best_first(self.run, self.measure)) - len(shown(self.run, self.measure))
        note = f" Of the blends of two systems, the lesser {left_out:,} are in the tables only." if left_out else ""
        return said(f"Means over queries with 95 % intervals, best first.{note}") + side_by_side(
            self.figure(metric_plot(self.run, measure), measure) for measure in self.run.headline
        )

    def differences(self) -> str:
        if not self.others:
            return said("Only one system was run; name more with --systems to compare it with.")
        return (
            said(
                f"What each system has more or less than {self.reference} on the same queries. It counts as better or worse "
                "where chance makes such a difference in less than 5 % of cases, corrected for all that was compared (Holm), "
                "channels left out as well."
            )
            + self.figure(
                difference_plot(self.run, self.reference, self.measure), f"{self.measure}, less {self.reference}"
            )
            + table_of(self.run.against(self.reference, self.measure))
        )

    def prompts(self) -> str:
        run, measure = self.run, self.measure
        figures, tables, notes = [], [], []
        among = ", ".join(featured(run, COMPARED))
        for what, table, plot in (
            ("kind of prompt", run.by_kind(measure, self.systems), kind_plot),
            ("turn", run.by_turn(measure, self.systems), turn_plot),
        ):
            if what == "turn" and len(set(run.facts("turn"))) == 1:
                notes.append("All queries are of the same turn, so there is nothing to tell by turn.")
            elif table.rows:
                figures.append(
                    self.figure(plot(run, measure), f"{measure} of {among} by {what}, and how many queries there are")
                )
                tables.append(
                    folded(
                        f"By {what}, all systems in numbers",
                        self.by_system(table, lambda row: f"{next(iter(row.values()))} ({row['queries']:,})"),
                    )
                )
            else:
                notes.append(f"No {what} has {LEAST_OF_A_KIND} queries, which is the least to tell anything by.")
        return side_by_side(figures) + "".join(map(said, notes)) + "".join(tables)

    def channels(self) -> str:
        if not self.run.ablations:
            return said("No channel was left out; run with --without all to see what each is worth.")
        return self.figure(
            ablation_plot(self.run, self.measure), f"{self.measure} without each channel, less with all of them"
        ) + folded("In numbers", self.run.ablation(list(dict.fromkeys([self.measure, self.run.headline[-1]]))))

    def consent(self) -> str:
        about, run = self.run.about, self.run
        served = [by_query for name, by_query in run.lists.items() if name not in about.get("lists", {})]
        returned = sum(len(ids) for by_query in served for ids in by_query.values())
        leaked = [{"track": track_id, "withheld for": reason} for track_id, reason in about["leaked"].items()]
        withheld = [{"reason": reason, "wanted": count} for reason, count in about["wanted_withheld"].items()]
        blocking = about["overblocking"]
        page = (
            said(
                f"{counted(len(leaked), 'withheld track')} among the {returned:,} places returned"
                + (": it leaked." if leaked else ": nothing leaked.")
            )
            + (table_of(ResultTable("What leaked", leaked)) if leaked else "")
            + said(
                f"Systems rank among tracks that were permitted beforehand: held against the records of a sample, "
                f"{_share(blocking['share'])} of what consent allows was left out of them by mistake (at most "
                f"{_share(blocking['at_most'])} of the catalog, with 95 % confidence), and "
                f"{counted(blocking['let_through'], 'track')} was left for the decision on each list to stop."
            )
            + said(f"{_share(about['wanted_outside'])} of the wanted tracks could not be returned to anybody.")
            + self.means(
                "Places filled, and leaked, by system",
                [measure for measure in run.measures if measure.startswith(("fill@", "leakage@"))],
            )
        )
        if withheld:
            page += folded("Why wanted tracks are withheld", ResultTable("", withheld, "once for each query"))
        if not run.policies:
            return page + said("What policies cost in relevance was not measured; run with --policies all.")
        figures = (
            self.figure(policy_plot(run), "relevance by policy, and how many tracks it permits"),
            self.figure(policy_cost_plot(run), "relevance lost, query by query; right of 0 it costs"),
        )
        return page + side_by_side(figures) + folded("In numbers", run.policy_table())

    def exposure(self) -> str:
        whole = sorted({name for of_system in self.run.whole.values() for name in of_system})
        return self.figure(
            exposure_plot(self.run),
            "share of exposure that the most exposed tracks have: the further left a curve, the fewer are heard",
        ) + self.means(
            f"Coverage, Gini, share of the long tail and of independent labels (those of at most {MAJOR_SHARE:.0%} of the tracks)",
            whole,
        )

    def beside(self) -> str:
        stems = ("novelty@", "diversity@", "artist_diversity@", "calibration@", "wishes@")
        names = [measure for measure in self.run.measures if measure.startswith(stems)]
        figures = [
            self.figure(
                tradeoff_plot(self.run, name, self.measure),
                f"{self.measure} against {name}; names that would overlap are shown by pointing",
            )
            for stem in stems[:2]
            for name in [name for name in names if name.startswith(stem)][:1]
        ]
        tables = [
            self.means(f"The first {depth}, in numbers", [name for name in names if name.endswith(f"@{depth}")])
            for depth in dict.fromkeys(name.partition("@")[2] for name in names)
        ]
        return side_by_side(figures) + "".join(tables)

    def sources(self) -> str:
        table = self.run.traits(self.systems)
        if not table.rows:
            return said("Nothing that is wanted is among what could be returned, so there are no shares to compare.")
        told = sum(bool(row["source"]) for row in table.rows)
        give = f"{told:,} {'gives' if told == 1 else 'give'}" if told else "none of them gives"
        return said(
            f"Of {counted(len(table.rows), 'trait')} of rows that say nothing about the music, those in which the wanted tracks "
            f"differ most from the pool, {give} away where rows come from."
        ) + folded(
            table.title,
            self.by_system(
                replace(table, title=""),
                lambda row: f"{row['rows that are']}{' (a source)' if row['source'] else ''}",
                "pool",
                "wanted",
            ),
        )

    def time(self) -> str:
        if not self.run.timings:
            return said("No times were kept; run with --timings to see how long answers take, and take-downs to count.")
        return (
            self.figure(
                latency_plot(self.run), "milliseconds of an answer: the median, and a line to the 95th percentile"
            )
            + folded("All systems in numbers", self.run.latency_table())
            + said(self.revocations())
        )

    def revocations(self) -> str:
        lag = self.run.timings["revocations"]
        milliseconds, held = lag["milliseconds"], sum(lag["still_held"])
        if never := sum(value is None or isinf(value) for value in milliseconds):
            return (
                f"Of {counted(len(milliseconds), 'take-down')} {never:,} did not count in any of {ANSWERS:,} answers."
            )
        still = f"{counted(held, 'later answer')} still held it" if held else "no later answer still held it"
        return (
            f"After {counted(len(milliseconds), 'take-down')} the first answer without the track was complete within "
            f"{median(milliseconds):,.0f} ms at the median and {max(milliseconds):,.0f} ms at most; {still}."
        )

    def worst(self) -> str:
        return "".join(
            f"<details><summary>The worst prompts of {escape(name)}</summary>"
            f"{''.join(map(_failure, (one for one in self.run.worst if one['system'] == name)))}</details>"
            for name in [self.reference, *self.others[:1]]
        )

    def means(self, title: str, measures: Sequence[str]) -> str:
        """Return a folded table of measures of all systems, where there are any; the first table says what intervals are."""
        return folded(title, replace(self.run.summary(measures, self.systems), note="")) if measures else ""

    def by_system(self, table: ResultTable, name: Callable[[Mapping[str, Cell]], str], *before: str) -> ResultTable:
        """Return a table of many systems with a row for each (and for the columns `before` them): they are too many to
        stand side by side, on paper above all. `name` makes the name of a column from what was a row.
        """
        first = "of" if before else "system"
        return ResultTable(
            table.title,
            [{first: one, **{name(row): row[one] for row in table.rows}} for one in (*before, *self.systems)],
            table.note,
        )


def _failure(one: Mapping[str, Any]) -> str:
    told = [f"after: {' / '.join(one['history'])}"] if one["history"] else []
    told.append(f"{one['metric']} {one['value']:.3f}, query {one['query_id'] + whose(one, ', listener {}')}")
    return article(one["prompt"], told, [listed(what, one[what]) for what in ("wanted", "returned")])


def _share(value: float | None) -> str:
    return "an unknown share" if value is None or isnan(value) else f"{value:.1%}"
