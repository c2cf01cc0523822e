"""Factors are learned from what was welcome, judged on later answers, and switched on by nobody."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from catalog.stores import open_store
from recommender.blending import CHANNELS, RankerSettings
from recommender.training.feedback import OTHERWISE, LoggedAnswer
from recommender.training.learning_from_log import Candidate, learn_from_log, learned_settings
from recommender.training.segments import LogError
from recommender.variants import read_experiment
from tests.explored import EVERY, EXPLORE, REFUSING, SATISFIED, Explored, catalog_of_all, write_log
from tests.homes import silent
from tests.strategies import NOON

AT = NOON + timedelta(days=30)


def test_learned_factors_order_better_where_listeners_want_something_else_and_keep_the_spread_of_scores() -> None:
    world = Explored.of(400, 200)
    answers = world.log(1)
    learned = learned_settings(answers, EVERY, silent)
    assert learned.tags > 1.3
    assert learned.dense < 0.8
    assert learned.artist_gap == RankerSettings().artist_gap
    spread = [np.mean([one.scores(settings).std() for one in answers]) for settings in (learned, RankerSettings())]
    assert spread[0] == pytest.approx(spread[1], rel=1e-2)
    gained = world.values(world.chances(learned)).mean() - world.values(world.chances(RankerSettings())).mean()
    assert gained > 0.1


def test_where_listeners_want_what_is_shipped_factors_stay_near_each_other() -> None:
    learned = learned_settings(Explored.of(800, 400, SATISFIED).log(1), EVERY, silent)
    large = [getattr(learned, name) for name in ("dense", "lexical", "tags", "names", "popularity")]
    assert max(large) < 1.4 * min(large)


def test_what_refuses_training_is_not_learned_from() -> None:
    """Whatever followed such tracks, and whatever channels say of them, the same is learned."""
    answers = Explored.of(120, 60).log(1)
    known = {f"t{number:03}" for number in range(200)}

    def otherwise(one: LoggedAnswer) -> LoggedAnswer:
        told = np.array([one.pool[track] in known for track in one.shown])
        parts = one.parts.copy()
        parts[:, one.shown[~told]] += 1
        return replace(one, rewards=np.where(told, one.rewards, 1 - one.rewards), parts=parts)

    assert learned_settings([otherwise(one) for one in answers], known, silent) != learned_settings(
        answers, EVERY, silent
    )
    told_otherwise = [replace(otherwise(one), parts=one.parts) for one in answers]
    assert learned_settings(told_otherwise, known, silent) == learned_settings(answers, known, silent)


def test_what_has_nothing_to_do_with_any_channel_teaches_nothing() -> None:
    answers = [
        replace(one, rewards=1.0 * (one.parts[:, one.shown].sum(axis=0) < 4)) for one in Explored.of(120, 60).log(1)
    ]
    with pytest.raises(LogError, match="nothing was learned"):
        learned_settings(answers, EVERY, silent)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog of all tracks, of which one refuses to be trained on."""
    path = tmp_path_factory.mktemp("catalog")
    catalog_of_all(path)
    return path


def learned(home: Path, catalog: Path, *suspected: str) -> Candidate:
    with open_store(catalog) as store:
        return learn_from_log(home, store, AT, silent, suspected)


def test_what_was_learned_earlier_wins_later_and_waits_in_a_file_of_an_experiment_that_is_stopped(
    tmp_path: Path, catalog: Path
) -> None:
    answers = Explored.of(600, 300).log(1)
    write_log(tmp_path, answers)
    found = learned(tmp_path, catalog)
    earlier = [one for one in answers if one.at < found.split]
    assert (found.learned_from, found.judged.answers) == (len(earlier), 600 - len(earlier)) == (400, 200)
    in_order = sorted(earlier, key=lambda one: (one.at, one.request_id))
    goal = learned_settings(in_order, set(EVERY) - {REFUSING}, silent)
    parts = [(getattr(found.settings, name) - 1) / (getattr(goal, name) - 1) for name in ("dense", "tags")]
    assert parts[0] == pytest.approx(parts[1], abs=0.03)  # on the way to what was learned
    assert 0.1 <= parts[0] <= 1.03
    assert found.judged.effective > 0.4 * found.judged.answers
    assert found.wins
    path = found.write(tmp_path, AT)
    told = read_experiment(path)
    assert path == tmp_path / "candidates" / "learned-20260331T120000.toml"
    assert (told.name, told.version, told.layer, told.state) == (path.stem, 1, "ranking", "stopped")
    assert told.named("control").settings == RankerSettings(explore=EXPLORE)
    assert told.named("learned").settings == replace(found.settings, explore=EXPLORE)
    assert not (tmp_path / "experiments").exists()


def test_where_the_shipped_weights_are_best_nothing_wins(tmp_path: Path, catalog: Path) -> None:
    write_log(tmp_path, Explored.of(450, 225, SATISFIED).log(2))
    assert not learned(tmp_path, catalog).wins


def test_a_log_too_thin_to_learn_from_is_refused_with_what_it_holds(tmp_path: Path, catalog: Path) -> None:
    answers = Explored.of(120, 60).log(1)
    write_log(tmp_path, answers)
    with pytest.raises(LogError, match=r"too thin to learn from: of 80 earlier .* of 100 by 30 units at least"):
        learned(tmp_path, catalog)


def test_overrides_and_suspected_units_teach_nothing_however_many_they_are(tmp_path: Path, catalog: Path) -> None:
    answers = Explored.of(300, 150).log(1)
    write_log(tmp_path, answers, reason=["OVERRIDE"] * 200 + ["SPLIT"] * 100)
    with pytest.raises(LogError, match=r"200 left out: a caller named the variant; let"):
        learned(tmp_path, catalog)
    write_log(tmp_path, answers)
    with pytest.raises(LogError, match=r"of 0 earlier answers .*300 left out: the unit is listed as suspected"):
        learned(tmp_path, catalog, *{one.unit for one in answers})


def test_answers_under_earlier_settings_of_what_explores_are_told_by_how_many_were_left_out(
    tmp_path: Path, catalog: Path
) -> None:
    """Of 750 answers the first 150 were drawn by a variant that said how many artists' tracks lie between, too."""
    answers = sorted(Explored.of(750, 300).log(1), key=lambda one: one.at)
    settings = ['{"artist_gap": 5}'] * 150 + ["{}"] * 600
    write_log(tmp_path, answers, settings=settings)
    assert learned(tmp_path, catalog).left_out == {OTHERWISE: 150}
    write_log(tmp_path, answers[60:180], settings=settings[60:180])
    with pytest.raises(
        LogError, match=r"too thin .* units at least; 90 left out: drawn under other settings than the latest;"
    ):
        learned(tmp_path, catalog)


def test_what_cannot_be_judged_by_the_later_answers_is_refused(tmp_path: Path, catalog: Path) -> None:
    """Of 150 answers 50 are later, which are fewer than 100 effective ones, however they are weighed."""
    answers = Explored.of(160, 150, (4.0,) * len(CHANNELS)).log(1)
    write_log(tmp_path, answers)
    with pytest.raises(LogError, match=r"by the 54 later answers: .* effective answers"):
        learned(tmp_path, catalog)
