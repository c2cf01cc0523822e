"""What others would have built returns what it should: a peer that is broken would be no comparison."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from catalog.arrays import Scores
from catalog.tracks import TrackId
from eval.evaluation import open_pool
from eval.queries import Asked
from eval.systems.baselines import UserItems
from eval.systems.holdout import Laboratory
from eval.systems.peers import OVERFETCHED, bm25s_as_it_comes, implicit_alone, tutorial_faiss
from eval.systems.system import Pool, System
from recommender.indexes.encoders import OnnxEncoder
from recommender.scored_tracks import ScoredTracks
from tests.eval.laboratories import DE, TRACKS, small_laboratory
from tests.homes import exported_encoder


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    with small_laboratory(tmp_path_factory.mktemp("home")) as opened:
        yield opened


@pytest.fixture(scope="module")
def pool(laboratory: Laboratory) -> Pool:
    return open_pool(laboratory.product, DE, "strict")


def _named(found: ScoredTracks) -> list[TrackId]:
    return [TRACKS[position].track_id for position in found.positions]


def _returned(scores: Scores) -> set[TrackId]:
    return {TRACKS[position].track_id for position in np.flatnonzero(np.isfinite(scores))}


def test_bm25s_finds_the_tracks_that_share_a_word_with_the_history_or_the_prompt() -> None:
    system = bm25s_as_it_comes(TRACKS)
    assert _returned(system.score(Asked("jazz"))) == {"rain", "moss"}
    assert _returned(system.score(Asked("jazz", ("something by Orla Fenn",)))) == {"rain", "moss", "tide"}
    assert system.score(Asked("metal guitar")).argmax() == 2


@pytest.mark.parametrize("prompt", ["", "?!", "the of and", "zyzzogeton"])
def test_bm25s_finds_nothing_where_there_is_no_word_to_look_up(prompt: str) -> None:
    assert _returned(bm25s_as_it_comes(TRACKS).score(Asked(prompt))) == set()


def _alone(laboratory: Laboratory, pool: Pool, rows: Sequence[Sequence[float]]) -> System:
    heard = UserItems(laboratory.product.catalog, laboratory.product.model.features, pool.positions)
    return implicit_alone(csr_matrix(np.array(rows, np.float32)), len(TRACKS), heard)


@pytest.fixture(scope="module")
def camps(laboratory: Laboratory, pool: Pool) -> System:
    """A checkerboard: one camp plays the even tracks, the other the odd ones, and nobody the last two."""
    rows = [[float(position % 2 == camp and position < 8) for position in range(len(TRACKS))] for camp in (0, 1) * 4]
    return _alone(laboratory, pool, rows)


def test_implicit_recommends_what_the_camp_of_the_asker_plays(camps: System, pool: Pool) -> None:
    asked = Asked("anything", liked=(TrackId("rain"),))
    assert set(_named(camps.rank(asked, 3, pool.without(asked.liked)))) == {"fire", "drone-2", "drone-3"}


def test_implicit_returns_all_that_tie_with_the_last(camps: System, pool: Pool) -> None:
    """Of what nobody played it knows nothing, and says 0."""
    unplayed = replace(pool, mask=np.arange(len(TRACKS)) >= 8)
    found = camps.rank(Asked("anything", liked=(TrackId("rain"),)), 1, unplayed)
    assert (found.positions.tolist(), found.scores.tolist()) == ([8, 9], [0.0, 0.0])


def test_implicit_knows_tracks_alone(laboratory: Laboratory, pool: Pool) -> None:
    """The columns of artists, behind those of tracks, are not learned from."""
    rows = np.zeros((4, len(TRACKS) + 7), np.float32)
    rows[:, len(TRACKS) :] = 1
    found = _alone(laboratory, pool, rows.tolist()).rank(Asked("anything", user_id="ann"), 100, pool)
    assert set(found.scores.tolist()) == {0.0}


@pytest.mark.slow
def test_the_tutorials_script_misses_what_is_not_among_ten_times_as_many(tmp_path: Path) -> None:
    """Each track stands there eleven times: of the nearest, ten are fetched for one place."""
    with small_laboratory(tmp_path, OnnxEncoder(exported_encoder())) as laboratory:
        vectors = np.concatenate([laboratory.vectors] * (OVERFETCHED + 1))
        pool = open_pool(laboratory.product, DE, "strict")
    system = tutorial_faiss(vectors)
    asked = Asked("loud metal guitar fire")
    of_fire = np.arange(len(vectors)) % len(TRACKS) == 2
    near = system.rank(asked, 1, replace(pool, mask=np.ones(len(vectors), dtype=bool)))
    assert of_fire[near.positions].all()
    assert len(near) == OVERFETCHED
    others = replace(pool, mask=~of_fire)
    assert len(system.rank(asked, 1, others)) == 0
    assert len(system.rank(asked, 2, others)) > 0
