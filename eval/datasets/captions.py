"""Song Describer: captions that people wrote for Jamendo tracks; half of them.

Manco et al., "The Song Describer dataset: a corpus of audio captions for music-and-language evaluation", 2023.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.tracks import TrackId
from eval.datasets.files import SourceFile, record_of
from eval.queries import Query, read_id, read_text


@dataclass(frozen=True, slots=True)
class Caption:
    """A description of one track; the fields that queries are made from, in the file's order."""

    caption_id: str
    prompt: str
    track_id: TrackId
    valid: bool


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


CAPTIONS = SourceFile(
    "jamendo/captions.jsonl",
    "25bec3f84eda8227003474ca14246341dccb40a1482bf89376b90d6583e4cccf",
    540,
    record_of(Caption, caption_id=read_id, prompt=read_text, track_id=read_id, valid=_truth),
)


def to_queries(captions: Iterable[Caption]) -> list[Query]:
    """Return a query for each caption that a second person found to fit, with its one track to be found.

    Several people described the same track: their captions are one cluster.
    """
    return [
        Query(caption.caption_id, caption.prompt, {caption.track_id: 1.0}, cluster=caption.track_id)
        for caption in captions
        if caption.valid
    ]
