"""How links of names are judged, on requests of our own for artists that do not exist."""

import csv
import math
from collections.abc import Mapping
from pathlib import Path

import pytest

from catalog.tracks import Track, TrackId
from eval.__main__ import DONE, FAILED, main
from eval.datasets import requests
from eval.datasets.files import Folder
from eval.datasets.requests import Mention, Request, RequestText, artist_keys, to_requests
from eval.measures.significance import MetricValue
from eval.prompts.linking import COMMON_FROM, common_words, judge, link, linking_table
from eval.queries import DatasetError
from eval.reporting.tables import Cell
from tests.eval.published import SHARED, needs_shared_data
from tests.homes import built_home, model_of
from tests.readers import reader_of

NAMES = model_of(
    [Track(TrackId(name), "Untold", name) for name in ("Nina Vale", "Harbour", "Mirelda", "The Ferrymen")]
).names


def request(prompt: str, *artists: str, marked: tuple[str, ...] = ()) -> Request:
    return Request(prompt, (*artists, *marked), tuple(frozenset({artist}) for artist in artists))


READER = reader_of(NAMES)

REQUESTS = [
    request("songs like Nina Vale", "nina vale"),
    request("songs like Mirelda and Harbour", "mirelda", "somebody"),
    request("by The Ferrymen and nobody else", "ferrymen", "harbour"),
    request("so calm", "unheard of"),
    request("a harbour, calm"),
]


def shares(row: Mapping[str, Cell]) -> list[MetricValue]:
    """Precision, recall, F1 and the share of false links to common words."""
    return [cell for cell in row.values() if isinstance(cell, MetricValue)]


def test_a_link_is_right_false_or_missing() -> None:
    first, second, third, fourth, _ = link(REQUESTS, NAMES, READER)
    assert (first.right, first.missed, first.false) == (("nina vale",), (), {})
    assert (second.right, second.missed, second.false) == (("mirelda",), (), {"harbour": "Harbour"})
    assert (third.right, third.missed, third.false) == (("ferrymen",), (frozenset({"harbour"}),), {})
    assert (fourth.right, fourth.missed, fourth.false) == ((), (), {})


def test_precision_recall_and_f1_are_shares_of_all_links_and_of_the_marked_artists_that_the_catalog_has() -> None:
    found = judge(link(REQUESTS, NAMES, READER))
    assert (found["requests"], found["marked artists in the catalog"], found["links"]) == (5, 4, 4)
    precision, recall, f1, _ = shares(found)
    assert precision.value == recall.value == f1.value == 3 / 4
    assert 0 <= f1.low < f1.value < f1.high <= 1


def test_f1_lies_between_precision_and_recall() -> None:
    precision, recall, f1, _ = shares(judge(link([*REQUESTS, request("for later", "nina vale")], NAMES, READER)))
    assert (precision.value, recall.value) == (3 / 4, 3 / 5)
    assert f1.value == pytest.approx(2 * 3 / 4 * 3 / 5 / (3 / 4 + 3 / 5))


def test_a_false_link_is_one_to_common_words_where_all_its_words_are_common_and_none_is_marked() -> None:
    everyday = [request("calm harbour"), request("down by the harbour")]
    common = [one.common for one in link([request("like Harbour"), *everyday], NAMES, READER)]
    assert common == [("harbour",), (), ()]
    assert shares(judge(link([request("like Harbour"), *everyday], NAMES, READER)))[-1].value == 1
    assert link([request("like Mirelda")], NAMES, READER)[0].common == ()
    assert link([request("like Harbour", marked=("pearl harbour",)), *everyday], NAMES, READER)[0].common == ()


def test_what_requests_write_small_outside_of_names_is_common() -> None:
    said = [request("glimmer and mirelda", "mirelda"), request("a glimmer"), request("mirelda", "mirelda")]
    assert COMMON_FROM == 2
    assert "glimmer" in common_words(said)
    assert "mirelda" not in common_words(said)
    assert "glimmer" not in common_words(said[:1])
    assert "jazz" in common_words([])


def test_without_links_there_is_nothing_to_share() -> None:
    assert all(math.isnan(share.value) for share in shares(judge(link([request("so calm")], NAMES, READER))))


def test_a_table_has_a_row_a_set() -> None:
    rows = linking_table({"ours": judge(link(REQUESTS, NAMES, READER))}).rows
    assert [(row["set"], row["requests"], row["links"]) for row in rows] == [("ours", 5, 4)]


@pytest.mark.parametrize(
    ("mention", "wiki_name", "original", "keys"),
    [
        ("nina vale", "Nina_Vale", "like Nina Vale", {"nina vale"}),
        ("harbour", "Harbour_(band)", "like Harbour", {"harbour"}),
        ("miss quell", "Marta_Quell", "like Miss Quell", {"miss quell", "marta quell"}),
        ("mireldas", "Somebody_Else", "like Mirelda's voice", {"mireldas", "mirelda", "somebody else"}),
        ("mireldas", "", "Mirelda\u2019s \u201cLover\u201d", {"mireldas", "mirelda"}),
        ("lights", "Lights_(musician)", "like Lights", {"lights"}),
        ("salt n ember", "Salt_%27n%27_Ember", "like Salt n Ember", {"salt n ember"}),
        ("somebody", "", "like Somebody", {"somebody"}),
    ],
)
def test_a_marked_artist_goes_by_the_words_and_by_the_linked_name(
    mention: str, wiki_name: str, original: str, keys: set[str]
) -> None:
    assert artist_keys(Mention(mention, "Artist", "", wiki_name), original) == keys


def test_requests_are_as_they_were_written_with_what_was_marked_in_them() -> None:
    texts = [RequestText("like mireldas lover", "Like Mirelda's Lover?"), RequestText("so calm", "So calm!")]
    mentions = [
        Mention("mireldas", "Artist", "like mireldas lover", "Mirelda"),
        Mention("lover", "WoA", "like mireldas lover", ""),
    ]
    first, second = to_requests(texts, mentions)
    assert first == Request("Like Mirelda's Lover?", ("mireldas", "lover"), (frozenset({"mireldas", "mirelda"}),))
    assert second == Request("So calm!", (), ())


def write(folder: Path, part: str) -> None:
    rows: dict[str, list[tuple[str, ...]]] = {
        f"{part}-queries.csv": [("preprocessed", "original"), ("like ada quill", 'Like "Ada Quill", please')],
        f"{part}-ground-truth_linked.csv": [
            ("mention", "type", "query", "wiki_link", "wikidata_type", "wiki_name", "exposure"),
            ("ada quill", "Artist", "like ada quill", "", "", "Ada_Quill", "1.5"),
        ],
    }
    for name, lines in rows.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(lines)


def test_files_are_read_as_tables_with_commas(tmp_path: Path) -> None:
    write(tmp_path, "d1")
    (found,) = requests.load(Folder(tmp_path, unpinned=True), "d1")
    assert found == Request('Like "Ada Quill", please', ("ada quill",), (frozenset({"ada quill"}),))


def test_another_version_of_the_files_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "d1")
    with pytest.raises(DatasetError, match="--unpinned"):
        requests.load(Folder(tmp_path), "d1")


@needs_shared_data
@pytest.mark.parametrize(("part", "artists"), [("d1", 303), ("d2", 286)])
def test_the_published_files_are_the_pinned_ones(part: str, artists: int) -> None:
    found = requests.load(Folder(SHARED), part)
    assert len(found) == 600
    assert sum(len(one.artists) for one in found) == artists


def test_any_part_of_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "reddit").mkdir()
    write(tmp_path / "reddit", "spring")
    write(tmp_path, "autumn")
    assert requests.parts(Folder(tmp_path)) == ["autumn", "spring"]
    assert requests.load(Folder(tmp_path), "spring") == requests.load(Folder(tmp_path), "autumn")


def test_a_part_that_is_not_there_is_named_with_those_that_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["names", str(tmp_path), "--parts", "autumn,winter"]
    assert main(words) == FAILED
    assert "'autumn' is no part in" in (said := capsys.readouterr().err)
    assert said.endswith("it has no autumn-queries.csv; there is none\n")
    write(tmp_path, "spring")
    write(tmp_path, "autumn")
    assert main(words) == FAILED
    assert capsys.readouterr().err.endswith("it has no winter-queries.csv; there are autumn, spring\n")
    (tmp_path / "autumn-ground-truth_linked.csv").unlink()
    assert main(words) == FAILED
    assert "autumn-ground-truth_linked.csv is not there" in capsys.readouterr().err


def test_the_command_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "d1")
    write(tmp_path, "d2")
    assert main(["names", str(tmp_path), "--home", str(tmp_path), "--unpinned"]) == FAILED
    assert "run `consonance build" in capsys.readouterr().err


@pytest.mark.slow
def test_the_command_prints_what_links_to_a_home_are_worth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "d1")
    write(tmp_path, "spring")
    words = ["names", str(tmp_path), "--parts", "d1,spring,d1", "--home", str(built_home()), "--unpinned"]
    assert main(words) == DONE
    out = capsys.readouterr().out
    assert [word for word in ("d1", "spring", "precision", "F1", "1.000") if word not in out] == []


def test_the_command_teaches_by_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["names", "--help"]) == DONE
    assert "python -m eval names" in capsys.readouterr().out
