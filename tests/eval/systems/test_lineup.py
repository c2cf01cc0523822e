"""The systems by name: which there are, what they share, and what is said of those that cannot be made."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalog.arrays import Vectors
from catalog.tracks import TrackId
from eval.evaluation import open_pool
from eval.queries import Asked
from eval.systems.holdout import Laboratory
from eval.systems.lineup import BASELINES, BLENDS, DEFAULT, PEERS, PRODUCT, SYSTEMS, Lineup, LineupError, without
from eval.systems.system import Pool
from recommender.blending import CHANNELS, RankerSettings, Teams
from recommender.indexes.encoders import Encoder
from recommender.indexes.tag_reader import TagReader, TagView
from recommender.indexes.tags import TagIndex
from recommender.playlist_recommender import PlaylistRecommender
from recommender.playlists import Playlist
from recommender.requests import PlaylistRequest
from recommender.tracks.features import TrackFeatures
from recommender.tracks.texts import tags_of
from recommender.training.learning import listeners_of
from tests.eval.laboratories import DE, TRACKS, small_laboratory
from tests.homes import WordEncoder


class CountingEncoder(WordEncoder):
    """Counts the prompts that it encodes."""

    def __init__(self) -> None:
        self.prompts: list[str] = []

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        if len(texts) == 1:
            self.prompts.extend(texts)
        return super().encode(texts, progress)


class NotingRecommender(PlaylistRecommender):
    """Keeps the playlists that it returned."""

    answered: list[Playlist]

    @classmethod
    def over(cls, product: PlaylistRecommender, folder: Path) -> "NotingRecommender":
        noting = cls(folder, product.catalog, product.model)
        noting.answered = []
        return noting

    def recommend(self, request: PlaylistRequest, settings: RankerSettings | Teams | None = None) -> Playlist:
        self.answered.append(super().recommend(request, settings))
        return self.answered[-1]


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    with small_laboratory(tmp_path_factory.mktemp("home")) as opened:
        yield opened


@pytest.fixture(scope="module")
def pool(laboratory: Laboratory) -> Pool:
    return open_pool(laboratory.product, DE, "strict")


@pytest.fixture
def lineup(laboratory: Laboratory, pool: Pool) -> Lineup:
    return Lineup(laboratory, pool, DE, "strict")


def _named(positions: Sequence[int]) -> set[TrackId]:
    return {TRACKS[position].track_id for position in positions}


def test_each_pair_of_five_baselines_is_a_blend() -> None:
    pairs = {frozenset(name.split("+")) for name in BLENDS}
    assert len(pairs) == len(BLENDS) == 10
    assert set().union(*pairs) == {"popularity", "bm25", "dense", "item-knn", "cf"}


def test_unless_others_are_named_all_run_but_the_peers() -> None:
    assert (*BASELINES, PRODUCT) == DEFAULT
    assert (*DEFAULT, *PEERS) == SYSTEMS
    assert len(set(SYSTEMS)) == len(SYSTEMS)


def test_systems_come_by_their_names_in_the_order_asked(lineup: Lineup) -> None:
    made = lineup.systems(["rrf", PRODUCT, "bm25+dense", "dense"])
    assert list(made) == ["rrf", PRODUCT, "bm25+dense", "dense"]
    for (name, system), told in zip(
        made.items(), ("bm25, dense, cf; 1 / (60 + rank)", "dense=1.0", "the parts scaled", "cosine"), strict=True
    ):
        assert system.settings.startswith(told), name
    assert lineup.systems([]) == {}


def test_a_scorer_that_several_systems_use_is_made_once_and_asked_once(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    with small_laboratory(tmp_path, encoder) as laboratory:
        pool = open_pool(laboratory.product, DE, "strict")
        systems = Lineup(laboratory, pool, DE, "strict").systems(
            ["dense", "rrf", *(name for name in BLENDS if "dense" in name.split("+"))]
        )
        encoder.prompts.clear()
        for prompt in ("slow piano jazz", "an ambient drone"):
            for system in systems.values():
                assert len(system.rank(Asked(prompt, liked=(TrackId("rain"),)), 5, pool)) > 0
    assert encoder.prompts == ["slow piano jazz", "an ambient drone"]


def test_what_a_blend_adds_is_what_its_parts_score_alone(lineup: Lineup, pool: Pool) -> None:
    """A track that neither part returns is not returned, and the best of both is the best."""
    systems = lineup.systems(["bm25", "item-knn", "bm25+item-knn"])
    asked = Asked("jazz", liked=(TrackId("lamp"),))
    words, taste, both = (set(system.rank(asked, 100, pool).positions.tolist()) for system in systems.values())
    assert both == words | taste


def tag_view(encoder: Encoder) -> TagView:
    """See tracks through their own tags, each read where a prompt has its words."""
    index = TagIndex.build((tags_of(track, {}) for track in TRACKS), encoder)
    centre = np.zeros(encoder.dimensions, np.float32)
    reader = TagReader(index.keys, encoder.encode(index.keys), centre, "words")
    return TagView.build(index, np.arange(len(TRACKS), dtype=np.int32), encoder, reader)


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_product_without_a_channel_never_names_it_in_its_parts(
    channel: str, laboratory: Laboratory, pool: Pool, tmp_path: Path
) -> None:
    noting = NotingRecommender.over(laboratory.product, tmp_path)
    features = TrackFeatures.of(TRACKS, listeners_of(noting.catalog, np.ones(len(TRACKS), bool)))
    noting.model = replace(noting.model, features=features, tag_view=tag_view(noting.model.encoder))
    (tmp_path / "current").write_text("in memory\n")
    systems = Lineup(replace(laboratory, product=noting), pool, DE, "strict").systems([PRODUCT], [without(channel)])
    assert list(systems) == [PRODUCT, f"{PRODUCT}-without-{channel}"]
    asked = Asked("slow jazz by Marta Quell", liked=(TrackId("lamp"),))
    parts = []
    for system in systems.values():
        assert len(system.rank(asked, 5, pool)) == 5
        parts.append({part for entry in noting.answered.pop().tracks for part in entry.parts})
    assert parts == [set(CHANNELS), set(CHANNELS) - {channel}]


def test_the_product_without_a_channel_needs_not_be_run_with_it(lineup: Lineup) -> None:
    (name,) = lineup.systems([], [without("dense")])
    assert name == "hybrid-without-dense"


@pytest.mark.parametrize(
    ("names", "left_out", "message"),
    [
        (["dense", "bm26"], [], r"'bm26' is not a system; there are random, popularity, .*, hybrid, bm25s, "),
        (["dense+bm25"], [], r"'dense\+bm25' is not a system; there are .*bm25\+dense"),
        (
            [PRODUCT],
            ["cf"],
            r"'cf' is not a channel; there are dense, lexical, tags, names, neighbours, collaborative, ",
        ),
        ([PRODUCT], ["artist_gap"], r"'artist_gap' is not a channel"),
    ],
)
def test_a_name_that_there_is_not_is_told_with_those_that_there_are(
    names: list[str], left_out: list[str], message: str, lineup: Lineup
) -> None:
    with pytest.raises(LineupError, match=message):
        lineup.systems(names, [*map(without, left_out)])


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_that_is_not_installed_is_told_with_the_remedy(
    name: str, lineup: Lineup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None in `sys.modules` is how the interpreter itself is told that there is no such module."""
    monkeypatch.setitem(sys.modules, "bm25s", None)
    monkeypatch.delitem(sys.modules, "eval.systems.peers", raising=False)
    with pytest.raises(LineupError, match=rf"{name} .*bm25s.* not installed; run `make lab`, or leave it out"):
        lineup.systems([name])
    assert list(lineup.systems(["bm25"])) == ["bm25"]


@pytest.mark.parametrize("name", [name for name in SYSTEMS if name != "st-faiss"])
def test_every_system_can_be_made_where_nobody_ever_played_anything(name: str, tmp_path: Path) -> None:
    with small_laboratory(tmp_path, plays=(), playlists=()) as laboratory:
        pool = open_pool(laboratory.product, DE, "strict")
        system = Lineup(laboratory, pool, DE, "strict").systems([name])[name]
        for asked in (Asked("jazz"), Asked("jazz", liked=(TrackId("rain"),)), Asked("jazz", user_id="ann")):
            found = system.rank(asked, 3, pool)
            assert pool.mask[found.positions].all()
            assert len(found) > 0 or name in ("item-knn", "cf", "item-knn+cf", "implicit")


def test_known_of_an_asker_is_what_they_like_or_played_and_all_of_the_artists_they_played(lineup: Lineup) -> None:
    assert _named(lineup.known(Asked("jazz", liked=(TrackId("moss"), TrackId("nowhere")), user_id="dan")).tolist()) == {
        "moss"
    }
    assert _named(lineup.known(Asked("jazz", user_id="dan")).tolist()) == {"tide", "lamp"}
    assert lineup.known(Asked("jazz")).dtype == np.int64
    assert len(lineup.known(Asked("jazz", user_id="nobody"))) == 0
