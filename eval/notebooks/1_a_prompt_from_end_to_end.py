# %% [markdown]
"""
# 1 · A prompt from end to end

Between a prompt and a playlist lie seven steps: **read** the words, take what is **permitted**, keep what the wishes
leave **eligible**, let each **channel** find candidates, **blend** them, **sequence** them, and ask the **last gate**
about every track once more. The product takes them in three calls: `prepare` reads and looks up, `rank` searches and
blends, `finish` sequences and decides. This notebook makes these calls, and shows what each step hands to the next.

It reads the home that `CONSONANCE_HOME` names, or the demo's (`make demo`). Change the prompt and run it again.
"""

# %%
import altair as alt

from catalog.consent import REASONS, ReasonCode
from eval.notebooks.workspace import Prose, home_in_use
from eval.reporting.charts import COLOURS, GREY, ROW, VERMILION, count_plot
from eval.reporting.tables import ResultTable
from recommender import PlaylistRecommender, PlaylistRequest
from recommender.blending import RankerSettings

# %%
alt.renderers.enable("svg")  # pictures need no network and no extension to be seen

PROMPT = "rainy sunday jazz like Marisol Vantage, no vocals"

recommender = PlaylistRecommender.open(home_in_use())
catalog, model = recommender.catalog, recommender.model
prepared = recommender.prepare(PlaylistRequest(PROMPT, territory="DE"))
context, policy, query = prepared.context, prepared.policy, prepared.query

# %% [markdown]
# ## Read: what was understood
#
# A wish that *must hold* decides which tracks may be in the list at all; the others only move tracks up or down. What is
# left of the prompt is its topic: the words that are searched for.

# %%
read = [(wish.kind.value, str(wish.value), wish.text, wish.hard) for wish in query.wishes]
read += [("without", phrase, phrase, True) for phrase in query.excluded_words]
read += [("topic", query.topic, query.topic, False)]
ResultTable(
    f"“{prepared.request.prompt}”",
    [{"read as": kind, "value": value, "from": words, "must hold": hard} for kind, value, words, hard in read],
)

# %% [markdown]
# ## Permitted: what may play here and now
#
# Consent comes before any search: a track that is not permitted in this country, under this policy, at this moment is
# never a candidate. Each policy permits another part of the same catalog.

# %%
permitted_under = {
    name: recommender.permits.permitted(context, recommender.consent.policy(name)).count
    for name in recommender.consent.offered
}
count_plot(
    {"in the catalog": len(model), **permitted_under},
    f"Tracks permitted in {context.territory}, by policy",
    policy.name,
)

# %% [markdown]
# ## Eligible: what the wishes leave
#
# A wish that must hold forbids the tracks that are known not to meet it. Tracks of which the catalog does not know it stay
# in reserve: the search begins among those *known* to meet every such wish, and the rest fills up the list.

# %%
count_plot(
    {
        "in the catalog": len(model),
        f"permitted under {policy.name}": prepared.permitted.count,
        "forbidden by no wish": prepared.eligible.count,
        "known to meet every wish": prepared.verified.count,
    },
    "From the catalog to what is searched",
)

# %% [markdown]
# ## Channels: candidates, each found in its own way
#
# *dense* looks for meaning near the topic and the examples, *lexical* for its words, *tags* for what it says in tags; *names*
# finds artists and titles asked for. *neighbours* and *collaborative* find what listeners hold together with the examples: the
# one remembers, the other generalises. *popularity* ranks what the others found and, where that is little, the rest. A
# channel with nothing to say is absent. All of them search only among the tracks that are left.

# %%
ranked = recommender.rank(prepared, RankerSettings())
channels, blend = ranked.channels, ranked.blend
best = {channel: catalog.tracks(said.found.positions[:5].tolist()) for channel, said in channels.items()}
ResultTable(
    "The best five of each channel",
    [
        {
            channel: f"{tracks[place].title}, {tracks[place].artist}" if place < len(tracks) else None
            for channel, tracks in best.items()
        }
        for place in range(5)
    ],
    "; ".join(f"{channel} found {len(said.found):,}" for channel, said in channels.items()),
)

# %% [markdown]
# ## Blend: one score from what channels say
#
# Every channel has a score from 0 to 1 for every candidate, whichever channel found it; a track's score is their sum, each
# times what a full score of that channel is worth. This was learned from tracks that were wanted, apart for prompts in words,
# prompts that name somebody, examples alone and histories: a catalog with enough listening learns the last two from its own.
# The bars show each channel's part; one in a single colour was carried by one channel alone.

# %%
situation = prepared.query_class
weights = model.ranker.weights[situation]
ResultTable(
    f"What a full score is worth where a prompt is of {situation.value}",
    [{"channel": channel, "worth": weights.of[channel]} for channel in channels],
)

# %%
top = [
    f"{track.title}, {track.artist}" for track in catalog.tracks(blend.positions[: prepared.aim.most_tracks].tolist())
]
alt.Chart(
    alt.InlineData(
        values=[
            {"track": f"{place + 1}. {name}", "channel": channel, "share": float(part), "order": order}
            for place, name in enumerate(top)
            for order, (channel, part) in enumerate(zip(blend.channels, blend.parts[:, place], strict=True))
        ]
    ),
    title="The best of the blend, and each channel's part of the score",
    height=alt.Step(ROW),
    width=420,
).mark_bar().encode(
    y=alt.Y("track:N", title=None, sort=None, axis=alt.Axis(labelLimit=320)),
    x=alt.X("share:Q", title="score"),
    color=alt.Color("channel:N", title=None, sort=list(blend.channels), scale=alt.Scale(range=list(COLOURS))),
    order="order:Q",
)

# %% [markdown]
# ## Sequence, and ask the last gate
#
# Of near-duplicates the best stays, other tracks come between two by one artist, and the list gets its exact length. Then
# the gate decides on every track from the records committed at this very moment; where it withholds one, the next
# takes its place. It also decides on the tracks near the prompt that were *not* permitted, so that their reasons can be told.

# %%
playlist = recommender.finish(ranked)
position_of = catalog.positions_of(one.track.track_id for one in playlist.tracks)
chosen = [position_of[one.track.track_id] for one in playlist.tracks]
walked, answered = (
    [one.track.track_id for one in made.tracks] for made in (playlist, recommender.recommend(prepared.request))
)
Prose(
    "The three calls gave **exactly the list that the product answers with**."
    if walked == answered
    else f"The three calls share {len({*walked} & {*answered})} of {len(answered)} tracks with the product's answer: consent "
    "has changed meanwhile."
)

# %% [markdown]
# Lines that fall show tracks that were held back, so that their artist does not follow too soon; a track without a line
# was left out: withheld by the gate, a near-duplicate of another, or too close to its artist until the list was full. What
# only a wider search found, because the list would have been short, is not shown.

# %%
places = {position: place for place, position in enumerate(blend.positions.tolist(), 1)}
chosen = [position for position in chosen if position in places]
considered = list(places)[: max((places[position] for position in chosen), default=0)]
named = {
    position: f"{track.title}, {track.artist}"
    for position, track in zip(considered, catalog.tracks(considered), strict=True)
}
held_back = {position for place, position in enumerate(chosen, 1) if place > places[position]}
slopes = alt.Chart(
    alt.InlineData(
        values=[
            {"id": position, "track": named[position], "step": step, "place": place, "held": position in held_back}
            for step, ordered in (("blend", considered), ("list", chosen))
            for place, position in enumerate(ordered, 1)
        ]
    ),
    title="From the order of the blend to the order of the list",
    width=160,
    height=18 * max(len(considered), 1),
).encode(
    x=alt.X("step:N", title=None, scale=alt.Scale(padding=0), axis=alt.Axis(orient="top", labelAngle=0)),
    y=alt.Y("place:Q", axis=None, scale=alt.Scale(reverse=True)),
    detail="id:N",
    color=alt.condition(alt.datum.held, alt.value(VERMILION), alt.value(GREY)),
)
(
    slopes.mark_line(strokeWidth=2)
    + slopes.mark_text(align="right", dx=-8, limit=320)
    .encode(text="track:N")
    .transform_filter(alt.datum.step == "blend")
    + slopes.mark_text(align="left", dx=8, limit=320).encode(text="track:N").transform_filter(alt.datum.step == "list")
)

# %% [markdown]
# ## Decisions: on whose word each track plays
#
# Every decision names the deal that it rests on, who recorded that, and what is declared about AI. Its id is a digest of
# the records, the place and the instant: the same ones give the same decision, today and in an audit.

# %%
ResultTable(
    "What the last gate decided",
    [
        {
            "track": f"{one.track.title}, {one.track.artist}",
            "verdict": decision.verdict.value,
            "reason": decision.primary.value,
            "AI": decision.ai,
            "licensed by": decision.basis.licensor if decision.basis else None,
            "recorded by": decision.basis_source,
            "decision": decision.decision_id,
        }
        for one in playlist.tracks
        for decision in (one.decision,)
    ],
)

# %% [markdown]
# ## The answer
#
# `recommend` makes the three calls in one. Every track comes with what speaks for it.

# %%
ResultTable(
    f"{playlist.title} · {len(playlist.tracks)} tracks under {playlist.policy}",
    [{"track": f"{one.track.title}, {one.track.artist}", "why": "; ".join(one.reasons)} for one in playlist.tracks],
    playlist.shortfall.because if playlist.shortfall else "",
)

# %% [markdown]
# ## Withheld: what consent kept out, and why
#
# Of the tracks nearest to the prompt, and those it names, these are not permitted to this listener. They are counted by
# their first reason and never listed; each reason has a remedy.

# %%
withheld = playlist.withheld or {}
count_plot(
    dict(sorted(withheld.items(), key=lambda counted: -counted[1])),
    f"Withheld near this prompt: {sum(withheld.values())} tracks",
)

# %%
ResultTable(
    "What these reasons mean",
    [
        {
            "reason": reason,
            "it says": REASONS[ReasonCode(reason)].meaning,
            "what would change it": REASONS[ReasonCode(reason)].remedy,
        }
        for reason in withheld
    ],
)
