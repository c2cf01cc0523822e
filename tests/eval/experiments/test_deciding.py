"""Whole experiments: planted logs, what breaks them, and the decision."""

import hmac
import json
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from api.exposures.log import ExposureLog
from api.exposures.outcomes import Outcome
from eval.__main__ import main
from eval.experiments.deciding import Decision
from eval.experiments.trial import parse_metric, read_trial
from eval.notebooks.planted import START, Planted, write_log
from eval.queries import DatasetError
from recommender.training.feedback import read_suspected
from tests.contracts.exposures import AT, exposure
from tests.eval.experiments.logged import broken, home_of_songs, judged, logged, takedown, treated, write_changed


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return home_of_songs(tmp_path_factory.mktemp("songs"))


def test_a_variant_that_is_liked_more_is_shipped(songs: Path) -> None:
    logged(songs, Planted(lift=1.8))
    found = judged(songs)
    assert found.decision is Decision.SHIP
    assert found.words.startswith("Ship names, because like is +")
    assert not broken(found)


def test_the_control_is_kept_where_the_variant_is_liked_less(songs: Path) -> None:
    logged(songs, Planted(lift=0.4))
    assert judged(songs).decision is Decision.KEEP


def test_equal_variants_leave_no_decision(songs: Path) -> None:
    logged(songs)
    found = judged(songs)
    assert found.decision is Decision.UNDECIDED
    assert "chance may have made the difference" in found.words


def test_answers_that_nothing_followed_leave_no_decision_and_it_says_so(songs: Path) -> None:
    answers, events = logged(songs)
    write_log(songs, answers, events.slice(0, 0))
    found = judged(songs)
    assert (found.decision, found.words) == (
        Decision.UNDECIDED,
        "No decision, because no event followed any of these answers.",
    )


def test_a_sample_ratio_broken_on_purpose_stops_the_verdict(songs: Path) -> None:
    logged(songs, Planted(lift=1.8, share=0.65))
    found = judged(songs)
    assert broken(found) == [("sample ratio", "")]
    assert found.decision is Decision.UNDECIDED
    assert "sample ratio" in found.words


def test_a_split_that_is_not_in_halves_is_no_mismatch(songs: Path) -> None:
    logged(songs, Planted(share=0.2, due=0.2))
    assert not broken(judged(songs))


def test_a_variant_that_leaks_is_not_shipped(tmp_path: Path) -> None:
    home = home_of_songs(tmp_path)
    answers, events = logged(home, Planted(lift=1.8))
    withdrawn = START + timedelta(days=10)
    takedown(home, "song-59", withdrawn)
    at, names = np.array(answers["at"].to_pylist()), treated(answers)
    changed = [
        [*(song for song in songs if song != "song-59"), *(["song-59"] if early or leaks else [])]
        for songs, early, leaks in zip(
            answers["tracks"].to_pylist(), at <= withdrawn, names & (np.arange(len(at)) % 50 == 0), strict=True
        )
    ]
    nowhere = pa.nulls(len(events), pa.int32())  # in lists that are put together anew
    events = events.set_column(events.column_names.index("position"), "position", nowhere)
    write_log(home, answers, events.filter(pc.field("track_id") != "song-59"))
    write_changed(home, answers, tracks=changed)
    found = judged(home)
    assert broken(found) == [("leakage", "names")]
    assert found.decision is Decision.KEEP


@pytest.mark.parametrize(
    ("guardrail", "column", "change"),
    [
        ("slow answers", "timings_ms", lambda time: [("rank", time[0][1] * 2)]),
        ("empty lists", "tracks,artists,ai", lambda _: []),
        ("artist concentration", "artists", lambda artists: ["Artist 1"] * len(artists)),
        ("share of AI", "ai", lambda ai: ["all", *ai[1:]]),
        ("withheld", "withheld", lambda count: count + 2),
    ],
)
def test_a_harm_is_caught_by_the_guardrail_that_names_it(songs: Path, guardrail: str, column: str, change: Any) -> None:
    answers, events = logged(songs, Planted(lift=1.8))
    some = treated(answers) & (np.arange(len(answers)) % 4 < (1 if guardrail == "empty lists" else 4))
    for name in column.split(","):
        values = [change(value) if one else value for value, one in zip(answers[name].to_pylist(), some, strict=True)]
        answers = write_changed(songs, answers, **{name: values})
    if guardrail == "empty lists":
        heard = pc.is_in(events["request_id"], answers["request_id"].filter(pa.array(~some)))
        write_log(songs, answers, events.filter(heard))
    found = judged(songs)
    assert broken(found) == [(guardrail, "names")]
    assert found.decision is Decision.KEEP
    assert guardrail in found.words
    assert found.words.startswith("Keep control")


def test_events_that_come_twice_are_counted_once_and_stop_the_verdict(songs: Path) -> None:
    answers, events = logged(songs, Planted(lift=1.8))
    once = judged(songs)
    again = events.filter(pa.array(np.arange(len(events)) % 20 == 0))
    other_ids = pc.binary_join_element_wise(again["event_id"], "again", "-")
    counted_by_the_server = again.set_column(
        again.column_names.index("kind"), "kind", pa.array(["repeat"] * len(again))
    )
    copied = again.set_column(0, "event_id", other_ids)
    for repeated, name in (
        (again, "duplicate ids"),
        (copied, "duplicate events"),
        (counted_by_the_server, "duplicate ids"),
    ):
        write_log(songs, answers, pa.concat_tables([events, repeated]).sort_by("at"))
        found = judged(songs)
        assert broken(found) == [(name, "")]
        assert name in found.words
        assert found.decision is Decision.UNDECIDED
        assert str(found.differences) == str(once.differences)  # NaN is not equal to itself


def test_a_client_that_sends_one_event_in_fifty_again_under_its_id_is_told_and_stops_nothing(songs: Path) -> None:
    answers, events = logged(songs, Planted(lift=1.8))
    again = events.filter(pa.array(np.arange(len(events)) % 50 == 0))
    write_log(songs, answers, pa.concat_tables([events, again]).sort_by("at"))
    found = judged(songs)
    assert (broken(found), found.decision) == ([], Decision.SHIP)
    (told,) = (one.words for one in found.guardrails if one.name == "duplicate ids")
    assert "came again under their id, and count once: 2.0% of control" in told


def test_events_that_come_late_stop_the_verdict(songs: Path) -> None:
    answers, events = logged(songs, Planted(lift=1.8))
    late = pa.array(np.arange(len(events)) % 10 == 0)
    write_log(songs, answers, pa.concat_tables([events.filter(pc.invert(late)), events.filter(late)]))
    found = judged(songs)
    assert broken(found) == [("late events", "")]
    assert "late events" in found.words


def test_what_was_chosen_by_hand_held_out_or_suspected_is_not_counted_but_told(songs: Path) -> None:
    answers, _ = logged(songs)
    whole = read_trial(songs)
    units = answers["unit"].to_pylist()
    key = songs / "exposures" / "pseudonym.key"
    key.write_bytes(b"k" * 32)
    bot = hmac.new(b"k" * 32, b"bot@example.org", sha256).hexdigest()
    told = answers["experiments"].to_pylist()
    last = {unit: place for place, unit in enumerate(units) if told[place]}
    u3, u8, u5 = (last[unit] for unit in ("u3", "u8", "u5"))
    told[u3] = [{**told[u3][0], "reason": "OVERRIDE"}]
    told[u8] = [{**told[u8][0], "experiment": "holdout", "variant": "holdout", "reason": "HOLDOUT"}]
    other = {"names": "control", "control": "names"}
    told[u5] = [{**told[u5][0], "variant": other[told[u5][0]["variant"]]}]
    write_changed(songs, answers, experiments=told, unit=[bot if unit == "u6" else unit for unit in units])
    listed = songs / "bots.txt"
    listed.write_text("bot@example.org\nu7\n")
    found = read_trial(songs, suspected=read_suspected(listed, songs))
    key.unlink()
    inside = [place for place, entries in enumerate(told) if entries]
    counts = {unit: sum(units[place] == unit for place in inside) for unit in ("u5", "u6", "u7")}
    assert found.apart == {
        "chosen by hand": (1, 1),
        "held out": (1, 1),
        "in several variants": (1, counts["u5"]),
        "suspected": (2, counts["u6"] + counts["u7"]),
    }
    assert len(found.at) == len(whole.at) - sum(count for _, count in found.apart.values())


def test_what_a_unit_did_before_is_what_it_had_done_by_its_first_answer_that_counts(songs: Path) -> None:
    answers, events = logged(songs, Planted(listeners=120))
    trial = read_trial(songs)
    sums = trial.sums(parse_metric("like"))
    columns = ("request_id", "unit", "reason", "at")
    rows = list(zip(*(answers[name].to_pylist() for name in columns), strict=True))
    units = list(dict.fromkeys(unit for _, unit, reason, _ in rows if reason == "SPLIT"))
    assert len(units) == len(trial.variant)
    happened = list(zip(*(events[name].to_pylist() for name in ("request_id", "kind", "at")), strict=True))
    for place, unit in list(enumerate(units))[:40]:
        first = min(at for _, whose, reason, at in rows if whose == unit and reason == "SPLIT")
        now = {request for request, whose, reason, _ in rows if whose == unit and reason == "SPLIT"}
        earlier = {request for request, whose, reason, _ in rows if whose == unit and reason != "SPLIT"}
        likes = sum(request in now and kind == "like" for request, kind, _ in happened)
        before = sum(request in earlier and kind == "like" and at < first for request, kind, at in happened)
        assert sums[place].tolist() == [likes, len(now), before, len(earlier)]
        assert (
            treated(answers)[[whose == unit and reason == "SPLIT" for _, whose, reason, _ in rows]]
            == trial.variant[place]
        ).all()


def test_a_log_written_before_experiments_were_named_is_read_by_the_file_of_the_one_that_ran(songs: Path) -> None:
    answers, events = logged(songs, Planted(lift=1.8))
    write_log(songs, answers.drop_columns(["experiments", "artists", "ai", "withheld"]), events)
    with pytest.raises(DatasetError, match="no answer of an experiment"):
        read_trial(songs)
    path = songs / "experiment.toml"
    path.write_text('name = "more names"\nsalt = "s"\n[variants.control]\n[variants.names]\n')
    found = judged(songs)
    path.unlink()
    assert found.decision is Decision.SHIP
    unknown = [one.name for one in found.guardrails if one.words.endswith("not in the log")]
    assert unknown == ["artist concentration", "share of AI", "withheld"]


def test_a_metric_that_nobody_counts_is_refused() -> None:
    assert str(parse_metric("skip/play")) == "skip/play"
    for wrong in ("likes", "answers", "like/like", "a/b/c", "answers/play"):
        with pytest.raises(ValueError, match="is no metric"):
            parse_metric(wrong)


def test_the_command_says_the_decision_with_its_status_and_writes_it(
    songs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logged(songs, Planted(lift=1.8))
    words = ["ab", "analyse", str(songs), "--experiment", "more names", "--out", str(tmp_path)]
    assert main(words) == Decision.SHIP
    assert "Ship names" in capsys.readouterr().out
    first = (tmp_path / "analysis.json").read_bytes()
    assert json.loads(first)["decision"] == "ship"
    assert main(words) == 0
    assert (tmp_path / "analysis.json").read_bytes() == first
    assert main([*words[:3], "--experiment", "another"]) == 1
    assert "name one with --experiment: more names" in capsys.readouterr().err
    assert main([*words[:3], "--metric", "likes"]) == 2
    assert main([*words[:3], "--control", "nobody"]) == 1


def test_what_a_server_logs_is_read(tmp_path: Path) -> None:
    """Written by the log itself, and sealed; a unit's answer in another experiment too."""
    told = {"layer": "ranking", "reason": "SPLIT", "version": 1, "bucket": 7, "propensity": 0.5}
    with closing(ExposureLog.open(tmp_path)) as log:
        for place in range(12):
            mine = {**told, "experiment": "names", "variant": "control" if place % 2 else "more"}
            other = {**told, "experiment": "other", "layer": "reading", "variant": "own"}
            experiments = [other, mine] if place < 10 else [other]
            log.write(
                {**exposure(f"r{place}"), "unit": f"u{place // 2 * 2 + place % 2}", "experiments": experiments},
                f"p{place}",
            )
        log.record([Outcome(f"e{place}", f"r{place}", AT, "like", "t1", 1) for place in range(0, 12, 2)])
        log.seal()
    found = read_trial(tmp_path, "names", "more")
    assert found.shares == {"more": 0.5, "control": 0.5}
    assert found.variant.tolist() == [0, 1] * 5
    assert found.sums(parse_metric("like"))[:, :2].tolist() == [[1, 1], [0, 1]] * 5
    with pytest.raises(DatasetError, match="several experiments"):
        read_trial(tmp_path)


def test_a_variant_that_nobody_got_breaks_the_sample_ratio(songs: Path) -> None:
    answers, _ = logged(songs)
    thirds = [[{**one, "propensity": 1 / 3} for one in entries] for entries in answers["experiments"].to_pylist()]
    write_changed(songs, answers, experiments=thirds)
    assert broken(judged(songs)) == [("sample ratio", "")]
