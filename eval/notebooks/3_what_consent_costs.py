# %% [markdown]
"""
# 3 · What consent costs, and where

Every policy withholds something. What does that cost in relevance, which prompts pay for it, and is the promise kept:
nothing withheld is ever returned, nothing permitted is left out by mistake, and a no counts at once?

A run in which nothing is withheld is the measure of what is lost. It exists for measuring only: its lists are kept
nowhere, and nothing in this notebook looks into them.
"""

# %%
from collections import Counter

import altair as alt
import numpy as np

from catalog.consent import REASONS, ReasonCode
from eval.datasets import load_dataset
from eval.notebooks.workspace import Prose, home_in_use, quietly
from eval.reporting.charts import BLUE, ROW, VERMILION, WIDTH, count_plot
from eval.reporting.plots import policy_cost_plot, policy_plot
from eval.reporting.tables import ResultTable
from eval.running import RunSettings, run
from eval.systems.lineup import PRODUCT
from recommender.playlist_recommender import PlaylistRecommender

# %%
alt.renderers.enable("svg")  # pictures need no network and no extension to be seen

TERRITORY, POLICY = "DE", "strict"
home = home_in_use()
recommender = PlaylistRecommender.open(home)
policies = recommender.consent.offered

# %% [markdown]
# ## One run under every policy
#
# 60 of the demo's prompts, drawn by a fixed seed, so that the notebook takes half a minute; take all of them, or a file of
# your own (`eval.queries.read_queries`), before you decide anything.

# %%
everything = load_dataset("demo", home)
queries = [everything[row] for row in np.random.default_rng(7).permutation(len(everything))[:60]]
settings = RunSettings(("bm25", PRODUCT), territory=TERRITORY, policy=POLICY, policies=policies, timings=True)
judged = run(home, queries, settings, quietly)
Prose("\n".join(f"* {line}" for line in (*judged.description(), *judged.warnings())))

# %% [markdown]
# ## How much each policy permits

# %%
count_plot(
    {"in the catalog": judged.about["tracks"]}
    | {
        policy: judged.policies[policy]["permitted"]
        for policy in sorted(policies, key=lambda name: -judged.policies[name]["permitted"])
    },
    f"Tracks permitted in {TERRITORY}, by policy",
    POLICY,
)

# %% [markdown]
# ## Relevance under each policy
#
# The same prompts, ranked with nothing withheld and under each policy; a wanted track that is withheld counts as missed.

# %%
policy_plot(judged)

# %% [markdown]
# What counts is the difference on the same prompt. Right of zero a policy costs relevance; left of zero it *adds* some:
# what it withholds, spam say, stood in the way of what was wanted. An interval that holds zero shows neither.

# %%
policy_cost_plot(judged)

# %%
judged.policy_table()

# %% [markdown]
# ## Why wanted tracks are withheld
#
# A track counts once for every prompt that wants it, by its first reason.

# %%
withheld = judged.about["wanted_withheld"]
most = dict(list(withheld.items())[:12])
others = sum(withheld.values()) - sum(most.values())
count_plot(
    {**most, **({f"{len(withheld) - len(most)} other reasons": others} if others else {})},
    f"Wanted tracks that {POLICY} withholds, by reason",
)

# %% [markdown]
# A reason is not a fate: what would bring the most wanted tracks back is written here, the largest loss first.

# %%
ResultTable(
    "What would change it",
    [
        {"reason": reason, "withheld": count, "it says": told.meaning, "what would change it": told.remedy}
        for reason, count in list(withheld.items())[:5]
        for told in (REASONS[ReasonCode(reason)],)
    ],
)

# %% [markdown]
# ## Which prompts pay
#
# The mean says little about the one prompt that loses all it wanted. Here is the share of its wanted tracks that each
# prompt loses.

# %%
decided = [recommender.decide(list(query.wanted), TERRITORY, settings.commercial_model, POLICY) for query in queries]
refused = [[decision.primary.value for decision in decisions if not decision.allowed] for decisions in decided]
lost = np.array([len(codes) / max(len(decisions), 1) for codes, decisions in zip(refused, decided, strict=True)])
alt.Chart(
    alt.InlineData(values=[{"lost": share} for share in lost.tolist()]),
    width=WIDTH,
    height=160,
).mark_bar(color=BLUE).encode(
    x=alt.X(
        "lost:Q",
        bin=alt.Bin(step=0.1, extent=[0, 1]),
        title="share of the wanted tracks withheld",
        axis=alt.Axis(format="%"),
    ),
    y=alt.Y("count():Q", title="prompts", axis=alt.Axis(tickMinStep=1)),
)

# %%
ResultTable(
    "The prompts that lose the largest share",
    [
        {
            "prompt": queries[row].prompt,
            "query": queries[row].query_id,
            "wanted": len(decided[row]),
            "withheld": float(lost[row]),
            "because of": ", ".join(f"{code} {count}" for code, count in Counter(refused[row]).most_common(3)),
        }
        for row in np.argsort(-lost, kind="stable")[:8].tolist()
        if refused[row]
    ],
)

# %% [markdown]
# ## Is the promise kept: nothing withheld is returned
#
# Every track that any system returned is decided on once more, exactly, from the records. Leakage has to be 0, and so has
# its opposite, what is permitted and yet left out of the search. *fill* says whether lists are as long as they could be.

# %%
judged.summary(["leakage@10", "leakage@100", "fill@10", "fill@100"])

# %%
returned = sum(len(tracks) for by_query in judged.lists.values() for tracks in by_query.values())
left_out = judged.about["overblocking"]
Prose(
    f"**{len(judged.about['leaked'])} withheld tracks** are among the {returned:,} places of all lists, and "
    f"**{left_out['share']:.2%}** of what is permitted is left out by mistake (at most {left_out['at_most']:.2%}, with "
    "95 % confidence)."
)

# %% [markdown]
# ## How soon a no counts
#
# On a copy of the home, the first track of an answer is taken down and the same prompt asked again at once: how long
# until an answer without the track is there? Most of it is the time of an answer. Each line is one take-down, the thick
# one the median.

# %%
revocations = judged.timings["revocations"]
lags = alt.Chart(
    alt.InlineData(values=[{"ms": one} for one in revocations["milliseconds"]]), width=WIDTH, height=2 * ROW
).encode(
    x=alt.X("ms:Q", title="milliseconds from the take-down to the first answer without it", scale=alt.Scale(zero=True))
)
lags.mark_tick(color=BLUE, thickness=2, size=ROW) + lags.mark_tick(color=VERMILION, thickness=3, size=2 * ROW).encode(
    x="median(ms):Q"
)

# %% [markdown]
# ## In short

# %%
metric = judged.policies[POLICY]["metric"]
costs = {policy: found["systems"][PRODUCT]["lost"] for policy, found in judged.policies.items()}
interval = {
    policy: f"{cost['value']:+.3f} (95 %: {cost['low']:+.3f} to {cost['high']:+.3f})" for policy, cost in costs.items()
}
meant = {
    policy: "costs relevance" if cost["low"] > 0 else "adds relevance" if cost["high"] < 0 else "no difference shown"
    for policy, cost in costs.items()
}
slowest, still_held = max(revocations["milliseconds"]), sum(revocations["still_held"])
Prose(
    "\n".join(
        [
            *(f"* **{policy}**: {meant[policy]}; {metric} lost by {PRODUCT}: {interval[policy]}" for policy in costs),
            f"* Of what these prompts want, {POLICY} withholds {judged.policies[POLICY]['wanted_withheld']:.0%}, and at "
            f"least half of it from {np.mean(lost >= 0.5):.0%} of the prompts.",
            f"* Leakage: {len(judged.about['leaked'])} tracks.",
            f"* {still_held} answers that began after one of {len(revocations['still_held'])} take-downs still held the "
            f"track; the slowest clean answer was there after {slowest:.0f} ms.",
        ]
    )
)
