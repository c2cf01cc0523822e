"""CPCD: conversational playlist curation, one query a turn; half of the validation dialogs.

Chaganty et al., "Beyond single items: exploring user preferences in item sets with the conversational playlist curation
dataset", 2023.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.tracks import TrackId
from eval.datasets.files import SourceFile, record_of
from eval.queries import Query, read_id, read_ids, read_text, read_texts


@dataclass(frozen=True, slots=True)
class Turn:
    """What a listener said in one turn, and knew of before; the fields that queries are made from, in the file's order.

    What the turn's own answer made the listener like or dislike is not read: it came afterwards.
    """

    dialog_id: str
    turn: str
    history: tuple[str, ...]
    query: str
    liked_before: tuple[TrackId, ...]
    goal_playlist: tuple[TrackId, ...]


TURNS = SourceFile(
    "requests/dialogs.jsonl",
    "69a3b0e492492faa19b98b73b69bbaf1fb5439fed960fe40751ab0179d2686e3",
    138,
    record_of(
        Turn,
        dialog_id=read_id,
        turn=read_id,
        history=read_texts,
        query=read_text,
        liked_before=read_ids,
        goal_playlist=read_ids,
    ),
)


def to_queries(turns: Iterable[Turn]) -> list[Query]:
    """Return a query for each turn: what was liked before is known, the rest of the dialog's goal is to be found.

    The turns of a dialog are one cluster.
    """
    return [
        Query(
            query_id=f"{turn.dialog_id}-{turn.turn}",
            prompt=turn.query,
            relevant={track_id: 1.0 for track_id in turn.goal_playlist if track_id not in turn.liked_before},
            history=turn.history,
            liked=turn.liked_before,
            cluster=turn.dialog_id,
        )
        for turn in turns
    ]
