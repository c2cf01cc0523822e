"""The captions that somebody confirmed, pinned."""

from catalog.tracks import TrackId
from eval.datasets import captions, load_dataset
from eval.datasets.captions import Caption
from tests.eval.published import SHARED, needs_shared_data


def test_a_description_that_nobody_confirmed_is_not_asked_for() -> None:
    described = [Caption("1", "calm piano", TrackId("t1"), True), Caption("2", "loud drums", TrackId("t1"), False)]
    assert [query.query_id for query in captions.to_queries(described)] == ["1"]


@needs_shared_data
def test_the_captions_are_pinned_by_their_count_and_ends() -> None:
    queries = load_dataset("captions", SHARED)
    assert (len(queries), len({query.cluster for query in queries})) == (365, 274)
    assert (queries[0].query_id, queries[0].relevant) == ("859", {"1004034": 1.0})
    assert (queries[-1].query_id, queries[-1].relevant) == ("370", {"981782": 1.0})
