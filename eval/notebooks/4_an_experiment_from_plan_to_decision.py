# %% [markdown]
"""
# 4 · An experiment, from plan to decision

Two variants answer, listeners like what they like, and somebody has to decide. This notebook plans an experiment, looks at it
while it runs, decides, and breaks it on purpose in every way that should stop a decision.

The log is **planted**: the tracks are the demo's, listeners and their likes are drawn. So it is known what is true, and every
step can be held against it. With a log of your own, leave out what writes one and name your home.
"""

# %%
import shutil
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import altair as alt
import numpy as np
import pyarrow as pa

from catalog.settings import load_consent_settings
from catalog.stores import CATALOG_FILE
from eval.experiments.comparing import ALPHA, Deals, boundary
from eval.experiments.deciding import analyse
from eval.experiments.planning import plan, plan_table, words
from eval.experiments.trial import DAY, parse_metric, read_trial
from eval.notebooks.planted import Planted, permitted_tracks, planted_log, write_log
from eval.notebooks.workspace import Prose, home_in_use, quietly
from eval.reporting.charts import BLUE, VERMILION, WIDTH
from eval.reporting.experiment_page import history_plot, share_plot, units_plot
from eval.reporting.tables import ResultTable

# %%
alt.renderers.enable("svg")  # pictures need no network and no extension to be seen

LIFT = 1.25  # what is planted: the variant "names" is liked a quarter more
METRIC = parse_metric("like")

home = Path(tempfile.mkdtemp())  # a home beside the demo's, whose log is not ours to change
shutil.copy(home_in_use() / CATALOG_FILE, home)
planted = Planted(listeners=1200, before=14, days=14, lift=LIFT)
policy = load_consent_settings(home).policy("strict")
tracks = permitted_tracks(home, planted, policy)[:600]
Prose(f"{planted.listeners:,} listeners, {len(tracks)} tracks that the policy *strict* permits all the time.")

# %% [markdown]
# ## Before: what can be found, and how long does it take?
#
# A difference that is smaller than chance makes is not found, however long one stares at it. What chance makes is known
# before anything starts: from the log. A listener who asks forty times says less than forty listeners who ask once, so
# **listeners vary, not answers**; and what a listener did before tells much of what they will do, so it is taken off (CUPED).

# %%
calm = replace(planted, before=0, days=28, lift=1.0)
write_log(home, *planted_log(calm, tracks, policy.identity))
plans = plan(home, METRIC, [1, 1], quietly)
plan_table(METRIC, plans, LIFT - 1)

# %%
Prose(words(METRIC, plans, LIFT - 1))

# %%
finds = [
    {"days": one.days, "looks": looks, "lift": 100 * one.detectable(always=looks != "one look, planned")}
    for one in plans
    for looks in ("one look, planned", "any look")
]
alt.Chart(alt.InlineData(values=finds)).mark_line(point=True, strokeWidth=2).encode(
    x=alt.X("days:Q", scale=alt.Scale(type="log", nice=False), title="days"),
    y=alt.Y("lift:Q", title="smallest lift that is found (%)"),
    color=alt.Color("looks:N", scale=alt.Scale(range=[VERMILION, BLUE]), title=None, legend=alt.Legend(orient="top")),
    strokeDash=alt.StrokeDash("looks:N", title=None),
).properties(width=WIDTH, height=220)

# %% [markdown]
# Who looks once, at the end, finds the smallest lift. Who wants to stop early has to pay for looking: the upper line.
#
# ## It runs
#
# The variants stand in a file of `HOME/experiments`, which a server reads without a restart.

# %%
Prose(
    """
    name = "more names"
    version = 1
    layer = "ranking"

    [variants.control]

    [variants.names]
    settings = {names = 4.0}
"""
)

# %% [markdown]
# Fourteen days later, what was answered and what followed lies in the log.

# %%
answers, events = planted_log(planted, tracks, policy.identity)
write_log(home, answers, events)
found = analyse(home, quietly)
found.units_table()

# %% [markdown]
# ## Who was in?
#
# First of all: were listeners shared out as planned? If not, something decides who is counted (a crash, a bot, a filter), and
# it may have decided the result as well. Then no number below is worth reading.

# %%
units_plot(found)

# %% [markdown]
# ## Looking while it runs
#
# The band holds at **every** look: it may be watched daily, and the experiment stopped on the day that zero is outside. The
# true lift was 25 %.

# %%
history_plot(found, "names")

# %% [markdown]
# ## What differs

# %%
share_plot(found)

# %%
found.metrics_table()

# %% [markdown]
# ## What must not break

# %%
found.guardrails_table()

# %% [markdown]
# ## The decision

# %%
Prose(f"**{found.words}**")

# %% [markdown]
# ## Breaking it on purpose
#
# The same log, broken in one way after the other. Each of them must be caught by the guardrail that bears its name.

# %%
names = np.array(answers["variant"].to_pylist()) == "names"
some = np.arange(len(events))
place = answers.column_names.index("timings_ms")
slow = [
    [("rank", step[0][1] * (1.5 if one else 1))]
    for step, one in zip(answers["timings_ms"].to_pylist(), names, strict=True)
]
where = answers.column_names.index("tracks")
leaky = [
    ["nobody-licensed-it", *held[1:]] if one and turn % 100 == 0 else held
    for turn, (held, one) in enumerate(zip(answers["tracks"].to_pylist(), names, strict=True))
]
broken = {
    "two thirds get the variant": planted_log(replace(planted, share=0.65), tracks, policy.identity),
    "the variant takes half as long again": (
        answers.set_column(place, answers.schema.field(place), pa.array(slow, answers.schema.field(place).type)),
        events,
    ),
    "the variant returns what is not licensed": (
        answers.set_column(where, answers.schema.field(where), pa.array(leaky, answers.schema.field(where).type)),
        events,
    ),
    "one event in twenty comes twice": (
        answers,
        pa.concat_tables([events, events.filter(pa.array(some % 20 == 0))]).sort_by("at"),
    ),
    "one event in ten comes late": (
        answers,
        pa.concat_tables([events.filter(pa.array(some % 10 != 0)), events.filter(pa.array(some % 10 == 0))]),
    ),
}
rows = []
for what, log in broken.items():
    write_log(home, *log)
    judged = analyse(home, quietly, metrics=[METRIC])
    caught = ", ".join(sorted({one.name for one in judged.guardrails if one.broken}))
    rows.append({"broken on purpose": what, "caught by": caught, "decision": judged.decision.name.lower()})
ResultTable("Each is caught by the guardrail that names it", rows)

# %% [markdown]
# ## Why not just look until it is significant?
#
# Because chance gets another try at every look. Here the listeners are dealt to two **equal** variants a thousand times, and
# each of these experiments is looked at daily. With the interval of one look, more and more of them cry wolf; the bounds for any
# look stay below 5 % together.

# %%
write_log(home, answers, events)
trial = read_trial(home)
rng = np.random.default_rng(0)
dealt = rng.random((1000, len(trial.variant))) < 0.5
alarmed = {"the interval of one look": np.zeros(1000, bool), "bounds for any look": np.zeros(1000, bool)}
cried = []
for day in range(1, planted.days + 1):
    sums = trial.sums(METRIC, int(trial.at.min()) + day * DAY)
    there = sums[:, 1] > 0
    control, treatment, error = Deals(sums[there]).judged(dealt[:, there])
    for how, errors in zip(alarmed, (1.96, boundary(int(there.sum()))), strict=True):
        alarmed[how] |= np.abs(treatment - control) > errors * error
        cried.append({"looks": day, "how": how, "alarms": 100 * float(alarmed[how].mean())})
lines = (
    alt.Chart(alt.InlineData(values=cried))
    .mark_line(point=True, strokeWidth=2)
    .encode(
        x=alt.X("looks:Q", title="looks, one a day"),
        y=alt.Y("alarms:Q", title="equal variants told apart (%)"),
        color=alt.Color(
            "how:N", scale=alt.Scale(range=[BLUE, VERMILION]), title=None, legend=alt.Legend(orient="top", labelLimit=0)
        ),
        strokeDash=alt.StrokeDash("how:N", title=None),
    )
)
promised = (
    alt.Chart(alt.InlineData(values=[{"promised": 100 * ALPHA}])).mark_rule(strokeDash=[4, 3]).encode(y="promised:Q")
)
(lines + promised).properties(width=WIDTH, height=220)

# %%
last = {row["how"]: row["alarms"] for row in cried[-2:]}
started = trial.answers["at"][0]
told = ", ".join(f"with {how} {share:.1f} %" for how, share in last.items())
shutil.rmtree(home)
Prose(
    f"From {started:%d %B} to {started + timedelta(days=planted.days):%d %B}, after {planted.days} looks, of a thousand "
    f"experiments on equal variants these were wrong: {told}. Decide by the bounds for any look, or look once."
)
