"""Lists that other programs made: read as they are, judged as trec_eval judges them, and told where they are strange."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import bm25s
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import pytrec_eval
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from catalog.consent import parse_record
from catalog.stores import open_store
from catalog.tracks import TrackId
from eval.evaluation import EvaluationError
from eval.queries import DatasetError, Query
from eval.reporting.results import Run
from eval.running import RunSettings, run
from eval.systems.lists import GivenLists, read_lists
from tests.homes import copied_home, silent

Row = tuple[str, str, float]

QUERIES = (
    Query("q1", "harbour jazz rain", {TrackId("rain"): 3.0, TrackId("moss"): 1.0}, user_id="ann"),
    Query("q2", "calm sea table", {TrackId("tide"): 1.0, TrackId("nowhere"): 2.0}, cluster="a"),
    Query("q3", "folk lamplight", {TrackId("lamp"): 2.0, TrackId("ford"): 1.0}, cluster="a"),
    Query("q4", "house glow choir", {TrackId("glow"): 1.0, TrackId("moss"): 2.0}, liked=(TrackId("rain"),), user_id="bob"),
)  # fmt: skip

OF_TREC = {
    "ndcg": "ndcg_cut_{k}",
    "recall": "recall_{k}",
    "precision": "P_{k}",
    "map": "map_cut_{k}",
    "hit": "success_{k}",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where "moss" was taken down."""
    home = copied_home(tmp_path_factory.mktemp("withheld") / "home")
    with open_store(home) as store, store.writing() as writer:
        writer.append([parse_record({"kind": "takedown", "track_id": "moss", "reason": "asked to"})])
    return home


def lists_by_words(home: Path) -> list[Row]:
    """A script that knows texts only: bm25s, with one track of its own that the catalog never had."""
    with open_store(home) as store:
        tracks = list(store.all_tracks())
    texts = [" ".join([one.title, one.artist, one.album or "", *one.genres, *one.tags]) for one in tracks]
    index = bm25s.BM25()
    index.index(bm25s.tokenize(texts, show_progress=False), show_progress=False)
    rows: list[Row] = []
    for query in QUERIES:
        (tokens,) = bm25s.tokenize([query.prompt], return_ids=False, show_progress=False)
        scores = index.get_scores(tokens)
        rows += [
            (query.query_id, one.track_id, float(score)) for one, score in zip(tracks, scores, strict=True) if score
        ]
        rows.append((query.query_id, "nowhere", float(scores.max()) / 2))
    return rows


def lists_by_plays(home: Path) -> list[Row]:
    """A script that knows plays only: implicit's ALS, every track that is near to what whoever asks played."""
    with open_store(home) as store:
        ids, plays = store.track_ids(), list(store.track_plays())
    users = sorted({user for user, *_ in plays})
    counts, rows, columns = zip(
        *((count, users.index(user), position) for user, position, count, _ in plays), strict=True
    )
    matrix = csr_matrix((np.array(counts, np.float32), (rows, columns)), shape=(len(users), len(ids)))
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(factors=3, random_state=0, num_threads=1)
        model.fit(matrix, show_progress=False)
    found: list[Row] = []
    for query in QUERIES:
        if query.user_id is not None:
            user = users.index(query.user_id)
            best, scores = model.recommend(user, matrix[user], N=len(ids), filter_already_liked_items=False)
            found += [
                (query.query_id, ids[one], float(score)) for one, score in zip(best, scores, strict=True) if score
            ]
    return found


def in_csv(path: Path, rows: Sequence[Row]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("query_id", "track_id", "score"), *rows])
    return path


def in_parquet(path: Path, rows: Sequence[Row]) -> Path:
    query_ids, track_ids, scores = zip(*rows, strict=True)
    pq.write_table(pa.table({"score": scores, "track_id": track_ids, "query_id": query_ids, "note": query_ids}), path)
    return path


def judged(home: Path, extra: Mapping[str, GivenLists], queries: Sequence[Query] = QUERIES) -> Run:
    return run(home, queries, RunSettings(("random",), depths=(2, 10)), silent, extra=extra)


@pytest.mark.slow
def test_lists_of_two_libraries_are_worth_what_trec_eval_says_they_are(home: Path, tmp_path: Path) -> None:
    """Also where a track is withheld, unknown or liked already: all keep their places, and what is wanted of them counts."""
    scripts = {"bm25s": lists_by_words(home), "als": lists_by_plays(home)}
    for rows in scripts.values():
        assert len({(query_id, np.float32(score)) for query_id, _, score in rows}) == len(rows), "nothing ties"
    extra = {
        "bm25s": read_lists(in_csv(tmp_path / "words.csv", scripts["bm25s"])),
        "als": read_lists(in_parquet(tmp_path / "plays.parquet", scripts["als"])),
    }
    found = judged(home, extra)
    qrels = {query.query_id: {str(one): int(gain) for one, gain in query.wanted.items()} for query in QUERIES}
    asked = {"ndcg_cut.2,10", "recall.2,10", "P.2,10", "map_cut.2,10", "success.2,10", "recip_rank"}
    for name, rows in scripts.items():
        listed: dict[str, dict[str, float]] = {}
        for query_id, track_id, score in rows:
            listed.setdefault(query_id, {})[track_id] = score
        of_trec = pytrec_eval.RelevanceEvaluator(qrels, asked).evaluate(listed)
        assert of_trec.keys() == listed.keys()
        for ours, theirs in OF_TREC.items():
            for k in (2, 10):
                expected = [of_trec.get(query.query_id, {}).get(theirs.format(k=k), 0.0) for query in QUERIES]
                assert found.column(name, f"{ours}@{k}").tolist() == pytest.approx(expected, abs=1e-12), (name, ours, k)
        first = [of_trec.get(query.query_id, {}).get("recip_rank", 0.0) for query in QUERIES]
        assert found.column(name, "mrr@10").tolist() == pytest.approx(first, abs=1e-12)
    assert found.column("bm25s", "recall@10").max() == 1
    assert list(found.lists["bm25s"]["q2"]) == [one for _, one, _ in sorted(
        (row for row in scripts["bm25s"] if row[0] == "q2"), key=lambda row: -row[2]
    )]  # fmt: skip


@pytest.mark.slow
def test_what_is_strange_in_lists_is_told_and_is_no_leak_of_the_service(home: Path) -> None:
    lists = GivenLists(
        "by hand",
        {
            "q1": {TrackId("moss"): 3.0, TrackId("rain"): 2.0},
            "q4": {TrackId("rain"): 9.0, TrackId("moss"): 8.0, TrackId("zebra"): 7.0},
            "q9": {TrackId("tide"): 1.0},
        },
    )
    found = judged(home, {"mine": lists})
    assert found.about["leaked"] == {}
    assert found.column("mine", "leakage@2").tolist() == [0.5, 0, 0, 0.5]
    assert found.column("random", "leakage@2").tolist() == [0] * 4
    (warning,) = [line for line in found.warnings() if "mine" in line]
    assert warning == (
        "LISTS: mine is judged as it is: 1 withheld tracks are listed, and judged as if they could be played ('moss'); "
        "1 tracks are listed that the catalog does not have, and take places ('zebra'); 1 tracks are listed that their queries "
        "name as liked, disliked or excluded, and take places ('rain'); 1 lists are of queries that are not judged, and are "
        "passed over ('q9'); 2 judged queries have no list, and count as empty ones ('q2', 'q3')"
    )
    assert found.lists["mine"]["q4"] == ["rain", "moss", "zebra"]
    (worst,) = [one for one in found.worst if one["system"] == "mine" and one["query_id"] == "q4"]
    assert worst["returned"] == ["Rain on Tin - Ada Quill", "moss (withheld)", "zebra (unknown)"]
    assert found.about["systems"]["mine"] == "by hand"
    assert found.column("mine", "fill@2").tolist() == [1, 0, 0, 1]


@pytest.mark.slow
def test_lists_of_another_catalog_are_an_error_unless_that_is_allowed(home: Path) -> None:
    def half_known(*others: str) -> dict[str, dict[TrackId, float]]:
        return {"q1": {TrackId("rain"): 9.0, **{TrackId(one): 1.0 for one in others}}}

    assert judged(home, {"mine": GivenLists("half known", half_known("x1"))}).lists["mine"]["q1"] == ["rain", "x1"]
    strangers = half_known("rainn", "x2")
    with pytest.raises(
        EvaluationError, match=r"does not know 2 of the 3 tracks that mine lists: 'rainn' \(did you mean 'rain"
    ):
        judged(home, {"mine": GivenLists("of another catalog", strangers)})
    assert judged(home, {"mine": GivenLists("allowed", strangers, allow_unknown=True)}).column("mine", "hit@2")[0] == 1


@pytest.mark.slow
def test_scores_that_tie_count_by_expectation(home: Path) -> None:
    """ "rain" is first in one of two orders: reciprocal rank (1 + 1/2) / 2."""
    query = [Query("q", "jazz", {TrackId("rain"): 1.0})]
    tied = GivenLists("tied", {"q": {TrackId("rain"): 1.0, TrackId("tide"): 1.0}})
    apart = GivenLists("apart", {"q": {TrackId("rain"): 1.0, TrackId("tide"): 1.0 + 1e-12}})
    found = judged(home, {"tied": tied, "apart": apart}, query)
    assert found.column("tied", "mrr@10").tolist() == [3 / 4]
    assert found.column("apart", "mrr@10").tolist() == [1 / 2]


@pytest.mark.slow
def test_lists_of_other_queries_are_refused(home: Path) -> None:
    with pytest.raises(EvaluationError, match="mine lists nothing for any of the queries; give it the ids that"):
        judged(home, {"mine": GivenLists("by hand", {"x7": {TrackId("rain"): 1.0}})})


def test_lists_are_read_as_spreadsheet_programs_write_them(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("Query_ID;track_id;Score\nschön;t1;0,5\nschön;t2;1,25\n".encode("cp1252"))
    (tmp_path / "b.tsv").write_text("query_id\ttrack_id\tscore\nschön\tt1\t0.5\nschön\tt2\t1.25\n", "utf-8")
    for path in sorted(tmp_path.iterdir()):
        assert read_lists(path).by_query == {"schön": {"t1": 0.5, "t2": 1.25}}


def test_lists_are_read_from_any_of_three_formats_by_rank_or_score(tmp_path: Path) -> None:
    ranks = [("q1", "t1", 1), ("q1", "t2", 2), ("7", "00042", 1)]
    (tmp_path / "a.csv").write_text("\ufeffrank,query_id,track_id\n1,q1,t1\n2,q1,t2\n1,7,00042\n", "utf-8")
    rows = [{"query_id": one, "track_id": other, "rank": rank} for one, other, rank in ranks]
    (tmp_path / "b.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "c.parquet")
    for path in sorted(tmp_path.iterdir()):
        found = read_lists(path)
        assert found.by_query == {"q1": {"t1": -1, "t2": -2}, "7": {"00042": -1}}, path.name
        assert found.settings == f"lists of {path.name}, as they are"
    (tmp_path / "d.csv").write_text("query_id,track_id,score,rank,,\nq,c,.1,3,,\nq,b,.5,2,,\nq,a,.5,1,,\nr,d,.7,,,\n")
    both = {"q": {"c": 0.1, "b": 0.5, "a": 0.5}, "r": {"d": 0.7}}
    assert read_lists(tmp_path / "d.csv").by_query == both, "of both the score counts"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", "query_id,track_id,rank\nq,a,1\nq,b,2\nq,a,3\n", r"a\.csv, line 4, track_id: 'a' is listed twice for query 'q'"),
        ("a.csv", "query,track_id,rank\nq,a,1\n", r"a\.csv, line 2, query_id: is missing \(the columns are query_id, track_id, and"),
        ("a.csv", "query_id,track_id,place\nq,a,1\n", r"line 2, score: is missing .* rank or score; there are .*'place'\)"),
        ("a.csv", "query_id,track_id,rank,rank\nq,a,1,2\n", r"a\.csv cannot be read as lists \(the columns 'rank' and 'rank' are both"),
        ("a.csv", "query_id,track_id,rank\nq,a,1,2\n", r"a\.csv, line 2: has 4 cells instead of 3"),
        ("a.csv", "query_id,track_id,rank,score\nq,a,1,.5\nr,b,1,.5\nr,c,2,.7\nq,d,2,.9\n", r"line 4: by rank it stands elsewhere than by"),
        ("a.csv", "query_id,track_id,rank,score\nq,a,1,.5\nq,b,2,\n", r"line 3: .* it has no score and other lines of its list have"),
        ("a.csv", "query_id,track_id,rank,score\nq,a,1,\nq,b,,.5\n", r"line 2: .* it has no score and other lines of its list have"),
        ("a.csv", f"query_id,track_id,score\nq,a,{2**53 + 1}\n", r"line 2, score: 9007199254740993 has more digits than are told"),
        ("a.jsonl", f'{{"query_id": "q", "track_id": "a", "rank": {2**53 + 1}}}\n', r"line 1, rank: 9007199254740993 has more digits"),
        ("a.csv", "query_id,track_id,rank\nq,a,first\n", r"line 2, rank: 'first' is not a number"),
        ("a.csv", "query_id,track_id,score\nq,a,nan\n", r"line 2, score: 'nan' is not a number"),
        ("a.jsonl", '{"query_id": "q", "track_id": "a", "score": true}\n', r"line 1, score: .* is not a number"),
        ("a.jsonl", "[1]\n", r"a\.jsonl, line 1: is not a JSON object"),
        ("a.csv", "query_id,track_id,rank\n", r"a\.csv lists nothing; write a row for each track"),
        ("a.parquet", "query_id,track_id,rank\n", r"a\.parquet cannot be read as lists"),
        ("a.txt", "", r"a\.txt cannot be read as lists \(the format is told by the file's name, which has to end in \.csv, \.tsv"),
    ],
)  # fmt: skip
def test_a_wrong_file_of_lists_is_refused_with_the_line(tmp_path: Path, name: str, content: str, told: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(DatasetError, match=told):
        read_lists(tmp_path / name)
    with pytest.raises(DatasetError, match=r"none\.csv cannot be read as lists"):
        read_lists(tmp_path / "none.csv")
