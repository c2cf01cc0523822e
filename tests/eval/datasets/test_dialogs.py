"""The dialogs, pinned."""

from eval.datasets import load_dataset
from tests.eval.published import SHARED, needs_shared_data


@needs_shared_data
def test_the_dialogs_are_pinned_by_their_count_and_ends() -> None:
    queries = load_dataset("dialogs", SHARED)
    assert (len(queries), len({query.cluster for query in queries})) == (138, 25)
    assert (queries[0].query_id, len(queries[0].wanted)) == ("e21bf09137a0e024-0", 15)
    assert queries[-1].query_id == "fff4ff9e63910eea-4"
    assert sum(not query.wanted for query in queries) == 4
    assert not any(set(query.liked) & set(query.relevant) for query in queries)
    assert load_dataset("dialogs", SHARED / "requests") == queries
