"""`consonance replay`: answers made again from the log, for audits: which are the same, which differ, and what is gone."""

from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from api.exposures.log import ExposureLog
from api.lists.making import Desk
from api.lists.replaying import Replayer
from api.terminal.commands.playlist import LAST, found
from api.terminal.tables import progress, say
from recommender.replaying import GoneError

READ_AT_ONCE = 1_000


def run(arguments: Namespace) -> None:
    """Replay answers in the order of the log, and tell each that is not the same.

    Raises ValueError where none is asked for, RuntimeError where one differs or is not in the log.
    """
    if not (arguments.requests or arguments.all or arguments.since):
        raise ValueError("name answers by their request ids, or give --all or --since DATE")
    counted: Counter[str] = Counter()
    with Desk.open(arguments.home, arguments.settings) as desk:
        last = {LAST: found(desk, LAST, arguments.home)[1].request_id} if LAST in arguments.requests else {}
        wanted = [last.get(one, one) for one in arguments.requests] or list(_logged(desk.log, arguments.since))
        replayer = Replayer(desk, arguments.home)
        with progress("Replaying", len(wanted)) as advance:
            for request_id in wanted:
                state, told = _replayed(replayer, request_id)
                counted[state] += 1
                if state != "same" or arguments.requests:
                    say(f"{request_id}  {state}{told}")
                advance(1)
    say(", ".join(f"{count:,} {state}" for state, count in counted.items()) or "no answer is in the log")
    if wrong := counted["differs"] + counted["unknown"]:
        raise RuntimeError(f"{wrong:,} of {len(wanted):,} answers differ or are not in the log; they are told above")


def _logged(log: ExposureLog, since: datetime | None) -> Iterator[str]:
    cursor = 0
    while rows := log.written_after("exposures", cursor, READ_AT_ONCE):
        cursor, _ = rows[-1]
        yield from (row["request_id"] for _, row in rows if since is None or datetime.fromisoformat(row["at"]) >= since)


def _replayed(replayer: Replayer, request_id: str) -> tuple[str, str]:
    try:
        found = replayer.replay(request_id)
    except GoneError as error:
        return "gone", f": {error}"
    if found is None:
        return "unknown", ": the log has no answer of this id"
    withheld = f"; withheld today: {len(found.withheld_now):,}" if found.withheld_now else ""
    if (one := found.difference) is None:
        return "same", withheld
    return "differs", f" in {one.where}: {one.then!r:.60} then, {one.now!r:.60} now; {found.because}{withheld}"
