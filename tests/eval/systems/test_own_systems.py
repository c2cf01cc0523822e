"""Systems that an analyst brings, and the product as variants of an experiment."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalog.stores import open_store
from catalog.tracks import TrackId
from eval.evaluation import EvaluationError, evaluate, open_pool
from eval.queries import Asked, Query
from eval.systems.holdout import Laboratory
from eval.systems.lineup import PRODUCT, Lineup, LineupError, installed, without
from eval.systems.lists import GivenLists
from eval.systems.system import Pool, Scorer, System
from recommender.blending import RankerSettings
from recommender.scored_tracks import ScoredTracks
from recommender.variants import Variant
from tests.eval.laboratories import DE, TRACKS, small_laboratory
from tests.homes import fill

README = Path(__file__).resolve().parents[3] / "eval" / "README.md"

IDS = [track.track_id for track in TRACKS]
QUERIES = [Query("q", "jazz", {TrackId("rain"): 1.0}, liked=(TrackId("lamp"),))]


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    with small_laboratory(tmp_path_factory.mktemp("home")) as opened:
        yield opened


@pytest.fixture
def pool(laboratory: Laboratory) -> Pool:
    return open_pool(laboratory.product, DE, "strict")


@pytest.fixture
def lineup(laboratory: Laboratory, pool: Pool) -> Lineup:
    return Lineup(laboratory, pool, DE, "strict")


def returning(*positions: int) -> System:
    """Returns these tracks whatever it is asked, as plain lists of Python."""
    plain: Any = [*positions], [*range(len(positions), 0, -1)]
    return System("by hand", lambda asked, k, pool: ScoredTracks(*plain))


def recall(laboratory: Laboratory, lineup: Lineup, own: Any) -> float:
    systems = lineup.own({"mine": own}, ())
    features = laboratory.product.model.features
    return float(evaluate(systems, QUERIES, lineup.pool, features, (2,), lambda _: None).column("mine", "recall@2")[0])


@pytest.mark.parametrize(
    ("asked", "scored"),
    [
        (Asked("", liked=(TrackId("lamp"),)), {"lamp": 11, "rain": 10, "tide": 9}),
        (Asked("", user_id="bob"), {"moss": 7, "fire": 3, "rain": 3}),
        (Asked("jazz"), {}),
    ],
)
def test_the_readmes_scorer_scores_by_who_holds_what_the_asker_likes_or_played(
    laboratory: Laboratory, pool: Pool, asked: Asked, scored: dict[str, float]
) -> None:
    code = re.search(r"^def co_held.*?(?=^own = )", README.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert code is not None
    namespace: dict[str, Any] = {"np": np, "Scorer": Scorer}
    exec(code[0], namespace)
    scores = namespace["co_held"](laboratory, pool).score(asked)
    assert {one: score for one, score in zip(IDS, scores, strict=True) if score > -np.inf} == scored


def test_a_system_a_scorer_or_what_makes_one_is_judged_like_ours(laboratory: Laboratory, lineup: Lineup) -> None:
    rain = IDS.index(TrackId("rain"))
    scores = np.where(np.arange(len(IDS)) == rain, 1.0, -np.inf)
    for own in (
        returning(IDS.index(TrackId("moss")), rain),
        Scorer("by hand", lambda asked: scores.tolist()),
        lambda laboratory, pool: returning(pool.positions[TrackId("rain")]),
    ):
        assert recall(laboratory, lineup, own) == 1
    assert recall(laboratory, lineup, returning(IDS.index(TrackId("moss")))) == 0


HOURS = np.arange(10).astype("datetime64[h]")


@pytest.mark.parametrize(
    "scores",
    [
        [np.inf, 1e300, 1e39, 1.0, -1.0, -1e300],
        [1 + 2e-12, 1 + 1e-12, 1.0, 0.5, 0.25, 0.0],
        [2**62 + 2, 2**62 + 1, 2**62, 3, 2, 1],
        [np.longdouble("1e4000"), np.longdouble("1e3000"), 3, 2, 1, 0],
    ],
    ids=["infinite and huge", "differing beyond float32", "integers beyond floats", "beyond float64"],
)
def test_real_scores_of_any_size_rank_in_their_own_order(lineup: Lineup, scores: list[Any]) -> None:
    """The best is first, as a scorer's and as a system's, whichever track it is."""
    permitted = np.flatnonzero(lineup.pool.mask)[: len(scores)]
    worst = np.iinfo(np.int64).min if isinstance(scores[0], int) else -np.inf
    every = np.full(len(IDS), worst, dtype=np.asarray(scores).dtype)
    every[permitted] = scores
    plain: Any = permitted, np.asarray(scores)
    own: dict[str, Any] = {
        "scorer": Scorer("", lambda asked: every),
        "system": System("", lambda asked, k, pool: ScoredTracks(*plain)),
    }
    for name, system in lineup.own(own, ()).items():
        assert isinstance(system, System)
        found = system.rank(Asked("jazz"), len(scores), lineup.pool)
        assert found.positions.tolist() == permitted.tolist(), name
        assert len(set(found.scores.tolist())) == len(scores), name


def test_equal_scores_tie_however_large_and_true_is_more_than_false(lineup: Lineup) -> None:
    rain, moss = IDS.index(TrackId("rain")), IDS.index(TrackId("moss"))
    flags = np.isin(np.arange(len(IDS)), [rain, moss])
    for scores in (np.where(flags, 1e300, 1e-300), flags):
        (system,) = lineup.own({"mine": Scorer("", lambda asked, scores=scores: scores)}, ()).values()  # type: ignore[misc]
        assert isinstance(system, System)
        found = system.rank(Asked("jazz"), 2, lineup.pool)
        assert sorted(found.positions.tolist()) == sorted([rain, moss])
        assert len(set(found.scores.tolist())) == 1


def raising(*_given: object) -> Any:
    raise ZeroDivisionError("division by zero")


def test_a_system_cannot_change_what_it_may_return(laboratory: Laboratory, lineup: Lineup) -> None:
    def greedy(asked: Asked, k: int, pool: Pool) -> ScoredTracks:
        pool.mask[:] = True
        return returning(IDS.index(TrackId("dust"))).rank(asked, k, pool)

    with pytest.raises(LineupError, match=r"mine fails \(ValueError: assignment destination is read-only\)"):
        recall(laboratory, lineup, System("takes all", greedy))


def test_what_makes_a_system_may_change_its_arrays_and_ours_stay_as_they_are(
    laboratory: Laboratory, lineup: Lineup, pool: Pool
) -> None:
    def wasteful(lent: Laboratory, pool: Pool) -> System:
        for array in (lent.listening.data, lent.vectors, lent.holders):
            array[:] = 0
        return returning(0)

    asked, names = Asked("jazz", liked=(TrackId("lamp"),)), ["dense", "item-knn", "cf", PRODUCT]
    before = {name: system.rank(asked, 5, pool) for name, system in lineup.systems(names).items()}
    lineup.own({"mine": wasteful}, ())
    for name, system in Lineup(laboratory, pool, DE, "strict").systems(names).items():
        found = system.rank(asked, 5, pool)
        assert found.positions.tolist() == before[name].positions.tolist(), name
        assert found.scores.tolist() == before[name].scores.tolist(), name
    assert laboratory.holders.any()


NO_RANKING: Any = [0]


@pytest.mark.parametrize(
    ("own", "told"),
    [
        (returning(IDS.index(TrackId("dust"))), r"mine returned 'dust' for query 'q', which is not permitted"),
        (returning(IDS.index(TrackId("lamp"))), r"mine returned 'lamp' for query 'q', which is .* known to the listener"),
        (returning(0, 0), r"mine returned 'rain' for query 'q', twice"),
        (returning(99), r"mine returned a track it does not have for query 'q'"),
        (System("", lambda asked, k, pool: NO_RANKING), r"mine answered 'jazz' with list; return ScoredTracks"),
        (Scorer("", lambda asked: np.zeros(3, np.float32)), r"mine scored 'jazz' by \(3,\) numbers.* each of 10 tracks"),
        (Scorer("", lambda asked: np.full(10, np.nan, np.float32)), r"mine scored 'jazz' by \(10,\) numbers, .*NaN; score each"),
        (Scorer("", lambda asked: np.ones(10, complex)), r"mine scored 'jazz' by \(10,\) numbers, complex128.* a real number"),
        (Scorer("", lambda asked: HOURS), r"mine scored 'jazz' by \(10,\) numbers, datetime64.* a real number"),
        (Scorer("", lambda asked: list("abcdefghij")), r"mine scored 'jazz' by \(10,\) numbers, <U1.* a real number"),  # type: ignore[arg-type,return-value]
        (System("", lambda asked, k, pool: ScoredTracks(pool.mask, pool.mask)), r"mine answered .* for each whole position"),  # type: ignore[arg-type]
        (System("", lambda asked, k, pool: ScoredTracks(HOURS, HOURS)), r"mine answered .* a real number"),
        (System("", lambda asked, k, pool: ScoredTracks([[0], [1, 2]], [1, 2])), r"mine fails \(ValueError: setting an array"),  # type: ignore[arg-type]
        (System("", raising), r"mine fails \(ZeroDivisionError: division by zero\)"),
        (Scorer("", raising), r"mine fails \(ZeroDivisionError: division by zero\)"),
        (raising, r"mine fails \(ZeroDivisionError: division by zero\)"),
        ("bm25", r"mine is a str; give a System or Scorer"),
        (lambda laboratory, pool: None, r"mine is a NoneType; give a System or Scorer"),
    ],
    ids=["withheld", "liked", "twice", "unknown", "no ranking", "too few", "no numbers", "complex", "dates", "letters", "a mask",
         "scores of dates", "ragged", "a system raises", "a scorer raises", "what makes it raises", "a text", "makes nothing"],
)  # fmt: skip
def test_a_wrong_system_is_told_what_is_wrong_with_it(
    own: Any, told: str, laboratory: Laboratory, lineup: Lineup
) -> None:
    with pytest.raises((LineupError, EvaluationError), match=told):
        recall(laboratory, lineup, own)


def test_a_name_that_is_taken_is_refused(lineup: Lineup) -> None:
    with pytest.raises(LineupError, match="two systems are called 'bm25'; call yours otherwise"):
        lineup.own({"bm25": GivenLists("by hand", {})}, {"bm25"})
    for name in ("", "a/b", "mine "):
        with pytest.raises(
            ValueError, match=f"{name!r} cannot be a name; write up to 100 characters without / , : and"
        ):
            lineup.own({name: GivenLists("by hand", {})}, ())


@pytest.mark.parametrize("variants", [[Variant("without-dense"), without("dense")], [Variant("a"), Variant("a")]])
def test_a_variant_that_is_called_like_another_system_is_refused(lineup: Lineup, variants: list[Variant]) -> None:
    name = variants[0].name
    with pytest.raises(
        LineupError, match=f"two systems are called 'hybrid-{name}': variant '{name}', and what --without"
    ):
        lineup.systems([PRODUCT], variants)


def test_an_installed_package_brings_a_system_by_its_entry_point(
    lineup: Lineup, pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What pip leaves of a package is a module beside a folder of metadata."""
    (tmp_path / "loudest_first.py").write_text(
        "import numpy as np\nfrom eval.systems.system import Scorer\n\n"
        "def make(laboratory, pool):\n"
        "    loud = np.array([float('guitar' in track.tags) for track in laboratory.tracks], np.float32)\n"
        "    return Scorer('guitars first', lambda asked: loud)\n"
    )
    metadata = tmp_path / "loudest_first-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: loudest-first\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[consonance.systems]\nloudest = loudest_first:make\n")
    assert installed() == {}
    with pytest.raises(LineupError, match="'loudest' is not a system; there are random"):
        lineup.systems(["loudest"])
    monkeypatch.syspath_prepend(tmp_path)
    assert list(installed()) == ["loudest"]
    made = lineup.systems(["loudest", "random"])
    assert made["loudest"].settings == "guitars first"
    best = made["loudest"].rank(Asked("jazz"), 2, pool).positions.tolist()
    assert {IDS[position] for position in best} == {"fire", "moss"}


def test_a_variant_is_the_product_with_other_settings(lineup: Lineup, pool: Pool) -> None:
    loud = Variant("no-words", settings=RankerSettings(dense=0, lexical=0, tags=0, names=0))
    made = lineup.systems([PRODUCT], [loud, Variant("control"), without("dense")])
    assert list(made) == ["hybrid", "hybrid-no-words", "hybrid-control", "hybrid-without-dense"]
    assert made["hybrid-no-words"].settings.startswith("dense=0, lexical=0")
    asked = Asked("jazz", liked=(TrackId("lamp"),))
    ranked = {name: system.rank(asked, 5, pool).positions.tolist() for name, system in made.items()}
    assert ranked["hybrid-control"] == ranked["hybrid"] != ranked["hybrid-no-words"]


def test_a_variant_ranks_only_what_its_own_policy_permits(tmp_path: Path) -> None:
    """Of two tracks it is on record that people made them: under `human_only` nothing else may play."""
    with small_laboratory(tmp_path) as laboratory:
        with open_store(tmp_path) as store:
            said = {"kind": "disclosure", "level": "none", "source": "ern_message"}
            fill(store, said=[{**said, "track_id": one} for one in ("rain", "moss")])
        pool = open_pool(laboratory.product, DE, "strict")
        careful = Variant("careful", policy="human_only")
        system = Lineup(laboratory, pool, DE, "strict").systems([], [careful])["hybrid-careful"]
        within = open_pool(laboratory.product, DE, "human_only").mask
        assert 0 < within.sum() < pool.mask.sum()
        found = system.rank(Asked("jazz piano metal guitar sea"), 10, pool).positions
        assert len(found)
        assert within[found].all()
        assert system.settings.endswith(f"under human_only, {within.sum()} of 9 tracks, others count as missed")
        narrow = open_pool(laboratory.product, DE, "human_only")
        with pytest.raises(
            LineupError, match=r"variant 'open': strict permits \d tracks that human_only withholds.*run with"
        ):
            Lineup(laboratory, narrow, DE, "human_only").systems([], [Variant("open", policy="strict")])
        with pytest.raises(
            LineupError, match="variant 'own': reader is for servers; settings and policy are judged here"
        ):
            Lineup(laboratory, pool, DE, "strict").systems([], [Variant("own", reader="own")])
