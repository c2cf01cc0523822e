"""Lists of track ids, judged against what was wanted of each."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from catalog.tracks import TrackId
from eval.measures.metrics import Judged

Gains = Mapping[TrackId, float]
"""What each wanted track is worth, 0 or more; a track that is not named is worth 0."""


def judge(
    lists: Sequence[Sequence[TrackId]],
    wanted: Sequence[Gains],
    k: int,
    scores: Sequence[Sequence[float] | npt.NDArray[np.floating]] | None = None,
) -> Judged:
    """Judge each list of tracks, best first and each once, to the depth `k`; without scores no two places tie."""
    return Judged.from_gains(
        (
            np.fromiter((gains.get(track_id, 0.0) for track_id in ranked), np.float64, len(ranked))
            for ranked, gains in zip(lists, wanted, strict=True)
        ),
        (np.asarray(falling, dtype=np.float64) for falling in scores or [range(len(one), 0, -1) for one in lists]),
        [np.fromiter(gains.values(), np.float64, len(gains)) for gains in wanted],
        k,
    )
