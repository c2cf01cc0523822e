# %% [markdown]
"""
# 5 · A ranker from yesterday's log

A variant that explores draws its lists with known chances. So its log tells what *other* weights would have brought, without
showing anybody anything, and weights can be learned from it. Both can fool us: a track that was hardly ever shown tells
little, and what is learned from a log looks good in that log. This notebook does both as they should be done, with listeners
that are simulated, so that in the end we can ask them.
"""

# %%
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

import altair as alt
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from eval.counterfactual import counterfactual
from eval.datasets import load_dataset
from eval.measures.significance import MetricValue, intervals
from eval.notebooks.workspace import Prose, home_in_use, quietly
from eval.reporting.charts import BLUE, VERMILION, WIDTH
from eval.reporting.tables import ResultTable
from eval.simulation.listeners import Crowd
from recommender.blending import CHANNELS, RankerSettings
from recommender.playlist_recommender import PlaylistRecommender
from recommender.requests import PlaylistRequest
from recommender.training.counterfactual import ESTIMATORS, LEAST_EFFECTIVE
from recommender.training.feedback import WELCOMED, judge, read_feedback
from recommender.training.learning_from_log import learn_from_log

# %%
alt.renderers.enable("svg")  # pictures need no network and no extension to be seen

EXPLORE = 0.5  # the temperature, in the log-odds that scores are in
ANSWERS, PLACES = 1_000, 10
YESTERDAY = datetime(2026, 3, 1, tzinfo=UTC)
home = home_in_use()
prompts = [query.prompt for query in load_dataset("demo", home) if query.prompt]
Prose(f"{len(prompts)} prompts of the demo are asked by listeners whose tastes come from what the demo's own played.")

# %% [markdown]
# ## Yesterday: a variant explores
#
# Each list is drawn from its best candidates: a place goes to one of those that are left, the better the likelier. What a
# server logs of it, and what followed, is what the columns in `eval/EXPOSURES.md` say; here the two files are written by hand.

# %%
answers, outcomes = [], []
with closing(PlaylistRecommender.open(home)) as recommender:
    crowd = Crowd(recommender.catalog, 1.0, 7)
    rng = np.random.default_rng(0)
    for number, (who, prompt, hours) in enumerate(crowd.visits(ANSWERS, len(prompts))):
        asked = PlaylistRequest(prompts[prompt], user_id=crowd.names[who], length=PLACES, seed=number + 1)
        playlist = recommender.recommend(asked, RankerSettings(explore=EXPLORE))
        shown = [track.track.track_id for track in playlist.tracks]
        drawn = playlist.drawn
        request = {
            "request_id": f"r{number:04}",
            "at": YESTERDAY + timedelta(minutes=number),
            "unit": crowd.names[who],
            "reason": "SPLIT",
            "tracks": shown,
        }
        chances = (
            {}
            if drawn is None
            else {
                "propensities": drawn.propensities,
                "pool": drawn.pool,
                "strengths": drawn.strengths,
                "pool_parts": list(drawn.parts.items()),
                "pool_kinds": drawn.kinds,
                "max_ai_share": drawn.max_ai_share,
            }
        )
        answers.append(request | chances)
        heard = crowd.listen(who, hours, prompts[prompt], shown, rng)
        outcomes += [
            {"request_id": request["request_id"], "kind": one["kind"], "track_id": one["track_id"]} for one in heard
        ]

texts, numbers = pa.list_(pa.string()), pa.list_(pa.float64())
columns = {
    **dict.fromkeys(("request_id", "unit", "reason"), pa.string()),
    "at": pa.timestamp("us", tz="UTC"),
    **dict.fromkeys(("tracks", "pool"), texts),
    **dict.fromkeys(("propensities", "strengths"), numbers),
    "pool_parts": pa.map_(pa.string(), numbers),
    "pool_kinds": pa.list_(pa.int32()),
    "max_ai_share": pa.float64(),
}
yesterday = Path(mkdtemp())
(yesterday / "exposures").mkdir()
pq.write_table(
    pa.Table.from_pylist(answers, pa.schema(columns.items())), yesterday / "exposures/exposures-000001.parquet"
)
pq.write_table(pa.Table.from_pylist(outcomes), yesterday / "exposures/outcomes-000001.parquet")
log = read_feedback(yesterday)
ResultTable(
    "What of the log can be judged by",
    [
        {"answers": count, "what": what}
        for what, count in {"drawn with known chances": len(log.answers), **log.left_out}.items()
    ],
)

# %% [markdown]
# ## What followed
#
# A track counts as welcome where it was played, saved, liked or locked and nothing bad followed. The first places are looked
# at more: who learned from welcomes alone would learn what was shown first. That is why the chance of *this place* is what
# everything is weighed by.

# %%
full = np.array([one.rewards for one in log.answers if len(one.rewards) == PLACES])
welcome = [
    {"place": place + 1, "welcome": one.value, "low": one.low, "high": one.high}
    for place, one in enumerate(intervals(full, [str(row) for row in range(len(full))], np.zeros(PLACES, dtype=bool)))
]
by_place = alt.Chart(alt.InlineData(values=welcome)).encode(x=alt.X("place:O", axis=alt.Axis(labelAngle=0)))
alt.layer(
    by_place.mark_rule(color=BLUE).encode(y=alt.Y("low:Q", title="share that is welcome"), y2="high:Q"),
    by_place.mark_point(color=BLUE, filled=True, opacity=1).encode(y="welcome:Q"),
    width=WIDTH,
    height=180,
)

# %% [markdown]
# ## What other weights would have brought
#
# Four variants are judged. Three draw as warmly as the log did; *the best list* draws nothing, and the log hardly ever shows
# what it would: it is refused instead of guessed.

# %%
targets = {
    "as shipped": RankerSettings(),
    "listening counts double": RankerSettings(collaborative=2.0, neighbours=2.0),
    "words count double": RankerSettings(lexical=2.0, tags=2.0),
}
counterfactual(yesterday, targets, quietly)

# %%
counterfactual(yesterday, {"the best list": RankerSettings()}, quietly, explore=0)

# %% [markdown]
# ## Learning, on the earlier two thirds
#
# What `consonance build --learn-from-log` does: factors by which what was welcome comes first, each shown track weighed by
# one over its chance, from nobody's override and no recording that refuses training.

# %%
with closing(PlaylistRecommender.open(home)) as recommender:
    candidate = learn_from_log(yesterday, recommender.catalog, YESTERDAY + timedelta(days=1), quietly)
learned = candidate.settings
factors = [
    {"channel": name, "factor": value, "whose": whose}
    for whose, settings in (("shipped", RankerSettings()), ("learned", learned))
    for name, value in zip(CHANNELS, [float(getattr(settings, name)) for name in CHANNELS], strict=True)
]
alt.Chart(alt.InlineData(values=factors), width=WIDTH, height=220).mark_point(filled=True, size=80, opacity=1).encode(
    x=alt.X("factor:Q", title="factor beside the shipped weight"),
    y=alt.Y("channel:N", sort=list(CHANNELS), title=None),
    color=alt.Color("whose:N", scale=alt.Scale(domain=["shipped", "learned"], range=[BLUE, VERMILION]), title=None),
)

# %% [markdown]
# ## Judging, on the later third
#
# None of these answers taught anything. The interval to look at is that of the gain: the listeners of one log differ far more
# from each other than two variants do.

# %%
later = [one for one in log.answers if one.at >= candidate.split]
found = {
    name: judge(later, {name: settings}, quietly)[name] for name, settings in {**targets, "learned": learned}.items()
}
gains = [
    {"variant": name, "estimator": which, "gain": one.estimates[which].gain, "low": one.estimates[which].gain_low}
    | {"high": one.estimates[which].gain_high}
    for name, one in found.items()
    for which in ESTIMATORS
    if not one.refused
]
at_gain = alt.Chart(alt.InlineData(values=gains)).encode(
    y=alt.Y("variant:N", sort=list(found), title=None), yOffset=alt.YOffset("estimator:N", sort=list(ESTIMATORS))
)
title = alt.X("low:Q", title="welcomed tracks a list more than logged")
alt.layer(
    alt.Chart(alt.InlineData(values=[{"at": 0}])).mark_rule(strokeDash=[4, 3]).encode(x="at:Q"),
    at_gain.mark_rule().encode(x=title, x2="high:Q", color=alt.Color("estimator:N", sort=list(ESTIMATORS))),
    at_gain.mark_point(filled=True, opacity=1).encode(
        x="gain:Q", color=alt.Color("estimator:N", sort=list(ESTIMATORS))
    ),
    width=WIDTH,
    height=240,
)

# %%
ResultTable(
    "How much the later answers tell of each",
    [
        {
            "variant": name,
            "answers": one.answers,
            "effective": one.effective,
            "gain (dr)": MetricValue(
                *((best.gain, best.gain_low, best.gain_high) if (best := one.estimates.get("dr")) else [np.nan] * 3)
            ),
        }
        for name, one in found.items()
    ],
    f"fewer than {LEAST_EFFECTIVE} effective answers are not judged",
)

# %% [markdown]
# ## May a track spoil the next?
#
# These listeners leave a list after some skips in a row, so what stands before a track matters, which the estimates above
# leave out. With cascades it counts, but their weights grow from place to place: the first three places are judged.

# %%
counterfactual(yesterday, targets, quietly, cascade=True, places=3)

# %% [markdown]
# ## Tomorrow: asking the listeners
#
# Only a simulation lets us look. The same visits come to lists drawn with the shipped factors and with the learned ones.

# %%
brought: dict[str, list[tuple[str, float]]] = {}
with closing(PlaylistRecommender.open(home)) as recommender:
    for name, settings in (("shipped", RankerSettings()), ("learned", learned)):
        crowd, rng, brought[name] = Crowd(recommender.catalog, 1.0, 11), np.random.default_rng(1), []
        for number, (who, prompt, hours) in enumerate(crowd.visits(300, len(prompts))):
            asked = PlaylistRequest(prompts[prompt], user_id=crowd.names[who], length=PLACES, seed=number + 1)
            drawing = {channel: getattr(settings, channel) for channel in CHANNELS}
            playlist = recommender.recommend(asked, RankerSettings(explore=EXPLORE, **drawing))
            heard = crowd.listen(who, hours, prompts[prompt], [track.track.track_id for track in playlist.tracks], rng)
            kinds = [{one["track_id"] for one in heard if (one["kind"] in WELCOMED) is good} for good in (True, False)]
            brought[name].append((crowd.names[who], float(len(kinds[0] - kinds[1]))))
units = [who for who, _ in brought["shipped"]]
both = np.array([[count for _, count in brought[name]] for name in ("shipped", "learned")])
(really,) = intervals((both[1] - both[0])[:, None], units, np.zeros(1, dtype=bool))
ResultTable(
    "Welcomed tracks a list, of 300 that were really listened to",
    [{"shipped": float(both[0].mean()), "learned": float(both[1].mean()), "difference": really}],
)

# %% [markdown]
# ## The verdict

# %%
gain = candidate.judged.estimates["dr"]
told = (
    f"By yesterday's log the learned factors bring **{gain.gain:+.2f}** welcomed tracks a list (95 %: {gain.gain_low:+.2f} to "
    f"{gain.gain_high:+.2f}), judged on {candidate.judged.answers} later answers that tell as much as "
    f"{candidate.judged.effective:.0f} without weights. Asked, the listeners say **{really.value:+.2f}** ({really.low:+.2f} to "
    f"{really.high:+.2f})."
)
Prose(
    f"{told}\n\n"
    + (
        "That is beyond chance: the candidate is worth an experiment, which is what its file is for. Nothing is switched on by itself."
        if candidate.wins
        else "**That is within chance**: the weights stay as they are, and no candidate is written."
    )
)

# %%
Prose(f"```toml\n{candidate.write(yesterday, YESTERDAY).read_text('utf-8')}```" if candidate.wins else "No candidate.")
