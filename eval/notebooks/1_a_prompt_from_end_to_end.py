# %% [markdown]
"""
# 1 · A prompt from end to end

Between a prompt and a playlist lie seven steps: **read** the words, take what is **permitted**, keep what the wishes
leave **eligible**, let each **channel** find candidates, **blend** them, **sequence** them, and ask the **last gate**
about every track once more. This notebook walks through them with the product's own parts, and compares what it gets
with what the product answers.

It reads the home that `CONSONANCE_HOME` names, or the demo's (`make demo`). Change the prompt and run it again.
"""

# %%
from functools import partial

import altair as alt

from catalog.consent.permits import Permits
from catalog.consent.reasons import REASONS, ReasonCode
from eval.notebooks.workspace import Prose, home_in_use
from eval.reporting.plots import COLOURS, GREY, ROW, VERMILION, count_plot
from eval.reporting.tables import ResultTable
from recommender.blending import QueryClass, RankerSettings, blended
from recommender.channels import (
    Listener,
    example_tracks,
    missed_tracks,
    query_vector,
    search_channels,
    unfiltered_neighbours,
)
from recommender.eligibility import eligible_tracks
from recommender.lists.last_gate import LastGate
from recommender.lists.rules import ListRules
from recommender.lists.sequencing import Aim, distinct_songs, sequenced
from recommender.pipeline import CANDIDATES, PlaylistRecommender
from recommender.playlists import PlaylistRequest, checked
from recommender.prompts.reading import WishKind, parse

# %%
alt.renderers.enable("svg")  # pictures need no network and no extension to be seen

PROMPT = "rainy sunday jazz like Marisol Vantage, no vocals"

recommender = PlaylistRecommender.open(home_in_use())
catalog, model = recommender.catalog, recommender.model
request, context, policy = checked(PlaylistRequest(PROMPT, territory="DE"), recommender.consent)

# %% [markdown]
# ## Read: what was understood
#
# A wish that *must hold* decides which tracks may be in the list at all; the others only move tracks up or down. What is
# left of the prompt is its topic: the words that are searched for.

# %%
query = parse(request.prompt, model.names)
read = [(wish.kind.value, str(wish.value), wish.text, wish.hard) for wish in query.wishes]
read += [("without", phrase, phrase, True) for phrase in query.excluded_words]
read += [("topic", query.topic, query.topic, False)]
ResultTable(
    f"“{request.prompt}”",
    [{"read as": kind, "value": value, "from": words, "must hold": hard} for kind, value, words, hard in read],
)

# %% [markdown]
# ## Permitted: what may play here and now
#
# Consent comes before any search: a track that is not permitted in this country, under this policy, at this moment is
# never a candidate. Each policy permits another part of the same catalog.

# %%
permits = Permits(catalog)
permitted_under = {
    name: permits.permitted(context, recommender.consent.policy(name)) for name in recommender.consent.offered
}
count_plot(
    {"in the catalog": len(model), **{name: found.count for name, found in permitted_under.items()}},
    f"Tracks permitted in {context.territory}, by policy",
    policy.name,
)

# %% [markdown]
# ## Eligible: what the wishes leave
#
# A wish that must hold forbids the tracks that are known not to meet it. Tracks of which the catalog does not know it stay
# in reserve: the search begins among those *known* to meet every such wish, and the rest fills up the list.

# %%
permitted = permitted_under[policy.name]
aim = Aim.of(request, query)
eligible, verified = eligible_tracks(
    request,
    query,
    model,
    permitted,
    lambda track_ids: list(catalog.positions_of(track_ids).values()),
    timed=aim.minutes is not None,
)
count_plot(
    {
        "in the catalog": len(model),
        f"permitted under {policy.name}": permitted.count,
        "forbidden by no wish": eligible.count,
        "known to meet every wish": verified.count,
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
settings = RankerSettings()
examples = example_tracks(model, query)
liked = [
    positions[0]
    for wish in query.wishes
    if wish.kind in (WishKind.ARTIST, WishKind.LIKE_ARTIST) and len(positions := model.names.tracks(wish))
]
listener = Listener.of(model, {}, {int(model.features.artist[position]): 1.0 for position in liked}, share=1.0)
searched = verified if verified.count else eligible
depth = max(CANDIDATES, 3 * aim.most_tracks)
vector = query_vector(model, query, examples)
near = unfiltered_neighbours(model, vector, aim.most_tracks, depth, eligible)
channels = search_channels(model, query, vector, near, listener, searched, depth, permitted.not_learned, settings)
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
situation = QueryClass.NAMES if query.named else QueryClass.WORDS
weights = model.ranker.weights[situation]
ResultTable(
    f"What a full score is worth where a prompt is of {situation.value}",
    [{"channel": channel, "worth": weights.of[channel]} for channel in channels],
)

# %%
blend = blended(channels, weights, settings)
top = [f"{track.title}, {track.artist}" for track in catalog.tracks(blend.positions[: aim.most_tracks].tolist())]
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
gate = LastGate(catalog, context, policy, request.preferences, permitted)
order = partial(
    sequenced,
    aim=aim,
    features=model.features,
    gap=settings.artist_gap,
    exempt=frozenset(),
    rules=ListRules(gate.standing, policy.max_ai_share),
)
candidates = distinct_songs(blend.positions, model.features.song)
missed = missed_tracks(model, query, near, aim.most_tracks, permitted)
chosen = gate.admit(candidates, missed, order)

# %% [markdown]
# Lines that fall show tracks that were held back, so that their artist does not follow too soon; a track without a line
# was left out: withheld by the gate, a near-duplicate of another, or too close to its artist until the list was full.

# %%
places = {position: place for place, position in enumerate(blend.positions.tolist(), 1)}
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
            "track": named[position],
            "verdict": decision.verdict.value,
            "reason": decision.primary.value,
            "AI": decision.ai,
            "licensed by": decision.basis.licensor if decision.basis else None,
            "recorded by": decision.basis_source,
            "decision": decision.decision_id,
        }
        for position in chosen
        for decision in (gate.decisions[position],)
    ],
)

# %% [markdown]
# ## The answer
#
# The product does all of this in one call, and says why each track is there.

# %%
playlist = recommender.recommend(request)
ResultTable(
    f"{playlist.title} · {len(playlist.tracks)} tracks under {playlist.policy}",
    [{"track": f"{one.track.title}, {one.track.artist}", "why": "; ".join(one.reasons)} for one in playlist.tracks],
    playlist.shortfall.because if playlist.shortfall else "",
)

# %%
walked = [track.track_id for track in catalog.tracks(chosen)]
answered = [one.track.track_id for one in playlist.tracks]
Prose(
    "The steps above gave **exactly the list that the product answers with**."
    if walked == answered
    else f"The steps above share {len({*walked} & {*answered})} of {len(answered)} tracks with the product's answer. It "
    "also weighs wishes that need not hold, titles given as examples, artists asked for by name and a deeper search, "
    "which are left out here."
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
