"""`python -m tests.benchmarks.replays --home HOME`: 5,000 answers over three bundles and 300 changes of consent, made again.

Each has to be the same byte for byte. Works on a copy of the home.
"""

import argparse
import shutil
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from api.lists.making import Desk
from api.lists.replaying import Replayer
from api.settings import Settings
from api.terminal.tables import progress
from recommender.replaying import GoneError
from tests.replays import live

PROMPTS = (
    *("rainy sunday jazz, no vocals", "upbeat 80s synthpop", "songs from last year", "calm piano, made by people"),
    *(
        "no AI please, techno at 128 bpm",
        "something like Nobody Knows",
        "late night coding, 45 minutes",
        "popular folk",
    ),
    *("ruhige Musik zum Lernen", "something new to me", "nothing explicit, for a road trip", "30 tracks of opera"),
)


def main() -> int:
    """Return 0 where all answers are the same again, else 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--answers", type=int, default=5_000)
    parser.add_argument("--changes", type=int, default=300)
    asked = parser.parse_args()
    counted: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(asked.home, home, ignore=shutil.ignore_patterns("exposures", "playlists.sqlite*"))
        with Desk.open(home, Settings(home)) as desk:
            users = sorted({user for user, *_ in desk.recommender.catalog.track_plays()})[:20]
            with progress("Answering", asked.answers) as advance:
                live(desk, home, asked.answers, asked.changes, PROMPTS, users, advance)
            logged = [row["request_id"] for _, row in desk.log.written_after("exposures", 0, 2 * asked.answers)]
            replayer = Replayer(desk, home)
            with progress("Replaying", len(logged)) as advance:
                for request_id in logged:
                    counted[_replayed(replayer, request_id)] += 1
                    advance(1)
    print(
        f"{len(logged):,} answers by three bundles: {', '.join(f'{count:,} {what}' for what, count in counted.items())}"
    )
    return int(counted.keys() != {"same"})


def _replayed(replayer: Replayer, request_id: str) -> str:
    try:
        found = replayer.replay(request_id)
    except GoneError as error:
        return f"gone ({error})"
    return "same" if found and found.same else f"differs in {found and found.difference and found.difference.where}"


if __name__ == "__main__":
    sys.exit(main())
