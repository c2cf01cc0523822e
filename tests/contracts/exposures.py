"""What every log of exposures keeps."""

import threading
from datetime import UTC, datetime

import pytest

from api.exposures.log import Exposure, ExposureLog, ExposureLogError
from api.exposures.outcomes import Outcome

AT = datetime(2026, 3, 1, 12, 30, 0, 250_000, tzinfo=UTC)


def exposure(request_id: str) -> Exposure:
    return {
        "request_id": request_id,
        "at": AT,
        "unit": "u",
        "variant": "default",
        "reason": "DEFAULT",
        "experiments": [],
        "prompt": "slow \N{MUSIC SHARP SIGN}\x00",
        "wishes": ({"kind": "years", "value": "[1990, null]", "text": "90s on", "hard": True},),
        "policy": "strict",
        "territory": "DE",
        "commercial_model": "FreeOfChargeModel",
        "tracks": ("t1", "t2"),
        "scores": (1.0, 0.5),
        "parts": {"dense": [0.75, 0.0], "names": [0.25, 0.5]},
        "propensities": (1.0, 1.0),
        "slate_propensity": 1.0,
        "eligible_count": 7,
        "eligible_hash": "abc",
        "versions": {"catalog": "c", "bundle": "b", "policy": "strict/1", "consent_epoch": 3},
        "seed": 2**62,
        "timings_ms": {"rank": 1.5},
        "schema": 2,
        "code": "0.5.0",
        "request": "{}",
        "reading": "[]",
        "policy_digest": "d1",
        "positions": [1, 2],
        "artists": ["Ada", "Bo"],
        "ai": ["none", "all"],
        "withheld": 4,
        "pool": ["t2", "t1"],
        "strengths": [2.5, 1.25],
        "pool_parts": {"dense": [0.5, 0.25]},
        "pool_kinds": [0, 1],
        "max_ai_share": 0.5,
        "teams": ["a", "b"],
        "settings": "{}",
        "known_at": AT.isoformat(),
        "places": [2, 3],
        "beside": [1, 2],
    }


def write(log: ExposureLog, *request_ids: str) -> None:
    for request_id in request_ids:
        log.write(exposure(request_id), f"playlist of {request_id}")


class ExposureLogContract:
    """A log of answers and events. The fixture `log` is an empty one."""

    def test_it_knows_the_requests_that_were_answered(self, log: ExposureLog) -> None:
        log.write(exposure("r1"), "p1")
        assert log.knows("r1")
        assert not log.knows("r2")

    def test_one_log_serves_many_threads(self, log: ExposureLog) -> None:
        threads = [threading.Thread(target=write, args=(log, f"r{number}")) for number in range(30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(log.knows(f"r{number}") for number in range(30))

    def test_the_same_request_cannot_be_written_twice(self, log: ExposureLog) -> None:
        write(log, "r1")
        with pytest.raises(ExposureLogError, match="request_id"):
            log.write(exposure("r1"), "another playlist")

    def test_events_count_once_and_only_for_answers_that_there_are(self, log: ExposureLog) -> None:
        write(log, "r1")
        played, stray = Outcome("e1", "r1", AT, "play", "t1", 1, 12.5), Outcome("e2", "nobody's", AT, "skip")
        assert log.record([played, stray, played]) == (1, 1, ["e2"])
        assert log.record([played]) == (0, 1, [])

    def test_a_listener_has_one_pseudonym_that_names_nobody(self, log: ExposureLog) -> None:
        assert log.pseudonym("ada@example.org") == log.pseudonym("ada@example.org") != log.pseudonym("bo@example.org")
        assert "ada@" not in log.pseudonym("ada@example.org")
