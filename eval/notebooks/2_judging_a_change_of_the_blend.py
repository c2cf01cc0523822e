# %% [markdown]
"""
# 2 · Judging a change of the blend

The product blends channels, and somebody wants to change the blend. Is that better? Not if the difference is within
chance, not if one kind of prompt pays for the others, and not if the set of prompts is too small to tell.

The change here is to **leave one channel out**; name another one below and run again. For a change of the code, write a
run before and one after it (`python -m eval run --out`), read both with `Run.read`, and go on as here.
"""

# %%
from dataclasses import replace

import altair as alt
import numpy as np

from catalog.stores import open_store
from eval.datasets import load_dataset
from eval.measures.significance import compare_all, holm
from eval.notebooks.workspace import Prose, home_in_use, quietly
from eval.prompts.kinds import PromptKind
from eval.reporting.charts import BLUE, NO_DIFFERENCE, VERMILION, WIDTH
from eval.reporting.comparing import compare_runs
from eval.reporting.measured import PRIMARY
from eval.reporting.plots import difference_plot, kind_plot, metric_plot
from eval.reporting.results import LEAST_OF_A_KIND, comparison_table
from eval.reporting.tables import PValue, ResultTable
from eval.running import RunSettings, run
from eval.systems.lineup import PRODUCT
from recommender.blending import CHANNELS

# %%
alt.renderers.enable("svg")  # pictures need no network and no extension to be seen

CHANGE = "popularity"  # or another channel
CHANGED = f"{PRODUCT}-without-{CHANGE}"
home = home_in_use()
Prose(f"The product is judged without *{CHANGE}*. Its channels are {', '.join(CHANNELS)}.")

# %% [markdown]
# ## The prompts
#
# The demo's own prompts are titles of playlists, listeners who want something new, themes, and artists. These are 60 of
# them, drawn by a fixed seed, so that the notebook takes half a minute; take all of them, or a file of your own
# (`eval.queries.read_queries`), before you decide anything.

# %%
everything = load_dataset("demo", home)
queries = [everything[row] for row in np.random.default_rng(7).permutation(len(everything))[:60]]
Prose(f"{len(queries)} of {len(everything)} prompts.")

# %% [markdown]
# ## Before: is the product worth changing?
#
# Every system ranks the same permitted tracks, and none has learned from what is judged. A product that a search by words
# (*bm25*) or by meaning (*dense*) keeps up with has other problems than its blend.

# %%
before = run(home, queries, RunSettings(("bm25", "dense", PRODUCT)), quietly)
before.summary()

# %%
metric_plot(before)

# %% [markdown]
# Numbers mean less than they seem to where a system has seen the answers, or where what is wanted comes from another
# source than the rest. The run looks for that by itself; each warning names its remedy.

# %%
Prose("\n".join(f"* {warning}" for warning in before.warnings()) or "Nothing was found that would fool us.")

# %% [markdown]
# ## After: the same prompts again
#
# The second run ranks with the product and with the changed one. The product itself did not change between the two runs,
# so it must not differ from itself: what this table shows is how much the laboratory alone moves.

# %%
after = run(home, queries, RunSettings((PRODUCT,), without=(CHANGE,)), quietly)
compare_runs(before, after)

# %% [markdown]
# ## The difference, prompt by prompt
#
# The intervals of two systems may overlap although one is better on nearly every prompt. So the *differences* are
# averaged, and their interval is the one to read: left of zero the change harms, right of zero it helps.

# %%
difference_plot(after, PRODUCT, systems=[CHANGED])

# %%
after.against(PRODUCT, systems=[CHANGED])

# %% [markdown]
# ## Which kinds of prompts move
#
# A mean can hide that one kind of prompt pays for the others. With few prompts of a kind the intervals are wide; a
# kind that differs here is a reason to look, not yet to decide.

# %%
kind_plot(after, systems=[PRODUCT, CHANGED])

# %%
old, new = after.column(PRODUCT, PRIMARY), after.column(CHANGED, PRIMARY)
clusters = np.array(after.facts("cluster"))
of_kind = {kind.value: np.array([kind in said for said in after.facts("kinds")]) for kind in PromptKind}
moved = {
    kind: compare_all({PRODUCT: old[rows], CHANGED: new[rows]}, PRODUCT, clusters[rows].tolist())[CHANGED]
    for kind, rows in of_kind.items()
    if rows.sum() >= LEAST_OF_A_KIND
}
corrected = holm([one.p_value for one in moved.values()])
comparison_table(
    f"{PRIMARY}: {CHANGED} less {PRODUCT}, by kind of prompt",
    "kind",
    {kind: replace(one, p_holm=float(p)) for (kind, one), p in zip(moved.items(), corrected, strict=True)},
    after.better(PRIMARY),
)

# %% [markdown]
# ## What else the change moves
#
# Relevance is bought with something: fewer artists, the same popular tracks for everybody, lists that are not full. What
# leaks must be 0 for both.

# %%
after.summary(
    [PRIMARY, "recall@100", "coverage@10", "artist_diversity@10", "novelty@10", "fill@10", "leakage@10"],
    [PRODUCT, CHANGED],
)

# %% [markdown]
# ## Reading the prompts that lose and win most
#
# Numbers say that something changed, lists say what. Tracks that were wanted are ticked; each list is cut after five.

# %%
with open_store(home) as store:
    titles: dict[str, str] = {track.track_id: f"{track.title}, {track.artist}" for track in store.all_tracks()}
wanted = {query.query_id: query.wanted for query in queries}
listed = {
    (system, query_id): "; ".join(f"{'✓ ' if one in wanted[query_id] else ''}{titles[one]}" for one in tracks[:5])
    for system in (PRODUCT, CHANGED)
    for query_id, tracks in after.lists[system].items()
}
order = np.argsort(new - old, kind="stable")
ids, prompts = after.facts("query_id"), after.facts("prompt")
ResultTable(
    f"The four prompts that lose most without {CHANGE}, and the four that win most",
    [
        {
            "prompt": prompts[row],
            "difference": float(new[row] - old[row]),
            PRODUCT: listed[PRODUCT, ids[row]],
            CHANGED: listed[CHANGED, ids[row]],
        }
        for row in (*order[:4].tolist(), *order[-4:].tolist())
        if new[row] != old[row]
    ],
    f"difference of {PRIMARY}",
)

# %% [markdown]
# ## What these prompts can detect
#
# A set of prompts is a measuring instrument with a resolution: below the line, a true difference is found less often than
# in four cases of five. The resolution grows with the square root of the number of prompts.

# %%
found = after.compared(PRODUCT)[CHANGED]
unit = "prompts" if found.clusters == len(old) else "clusters of prompts"
sizes = found.clusters * np.geomspace(0.25, 16, 25)
curve = alt.Chart(
    alt.InlineData(
        values=[
            {"prompts": size, "detectable": found.detectable * (found.clusters / size) ** 0.5}
            for size in sizes.tolist()
        ]
    )
)
marks = alt.Chart(
    alt.InlineData(
        values=[{"prompts": found.clusters, "detectable": found.detectable, "seen": abs(found.difference.value)}]
    )
)
resolution = alt.Y("detectable:Q", title=f"difference of {PRIMARY}")
below = found.detectable < abs(found.difference.value)  # the name stands apart from the line that was seen
number = alt.X("prompts:Q", title=unit, scale=alt.Scale(type="log", nice=False))
alt.layer(
    curve.mark_line(color=BLUE, strokeWidth=2).encode(x=number, y=resolution),
    marks.mark_point(color=BLUE, filled=True, size=90, opacity=1).encode(x=number, y=resolution),
    marks.mark_text(
        color=BLUE, text="this set", align="right" if below else "left", dx=-8 if below else 8, dy=14 if below else -8
    ).encode(x=number, y=resolution),
    marks.mark_rule(color=VERMILION, strokeDash=[6, 3], strokeWidth=2).encode(y="seen:Q"),
    marks.mark_text(color=VERMILION, align="right", x=WIDTH - 4, dy=-7, text="the difference that was seen").encode(
        y="seen:Q"
    ),
    width=WIDTH,
    height=200,
)

# %% [markdown]
# ## The verdict

# %%
(verdict,) = (str(row["verdict"]) for row in after.against(PRODUCT, systems=[CHANGED]).rows)
difference = found.difference
told = (
    f"Without {CHANGE}, {PRIMARY} moves by **{difference.value:+.3f}** (95 %: {difference.low:+.3f} to "
    f"{difference.high:+.3f}; p {PValue(found.p_value)}): better on {found.better} {unit}, worse on {found.worse}, the same "
    f"on {found.equal}."
)
meant = {
    "better": "That is more than chance: on prompts like these **the blend is better without it**.",
    "worse": "That is more than chance: on prompts like these **the blend is worse without it**.",
    NO_DIFFERENCE: "**No difference is shown.** That does not prove that there is none: this set finds a true difference "
    f"of {found.detectable:.3f} in four cases of five, and smaller ones less often."
    if found.better or found.worse
    else "**Nothing moved.** Prompts for which the channel has something to say may be missing: add some.",
}
Prose(
    f"{told}\n\n{meant[verdict]}\n\nOne change was judged, decided on beforehand. Who tries five and reports the best has "
    "to correct for it: put all of them into one run (`without=CHANNELS`), and p is Holm's."
)
