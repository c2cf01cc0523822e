"""Cases: as files hold them, asked of a home, and what is told of them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from catalog.tracks import Track, TrackId
from eval.__main__ import DONE, FAILED, main
from eval.measures.significance import share_of
from eval.prompts.cases import (
    OUR_WISHES,
    OURS,
    STRANGERS,
    Case,
    Home,
    JudgedCase,
    by_field,
    failures,
    judge_case,
    read_case,
    weak_kinds,
)
from eval.prompts.checks import read_check
from eval.prompts.judging import judge_prompts, read_prompts
from eval.prompts.labelled import LabelledPrompt
from eval.queries import DatasetError
from eval.reporting.prompt_page import write_prompt_page
from recommender.prompts.spans import Span
from recommender.prompts.wishes import WishKind
from tests.eval.prompts.answers import listed
from tests.homes import built_home, licensed, recommending, silent

TRACKS = [
    Track(TrackId("a"), "Ash", "Ada Quill", year=1984, genres=("jazz",), energy=0.2),
    Track(TrackId("b"), "Birch", "Ida Mole", year=1994, genres=("soul",), energy=0.8),
    Track(TrackId("c"), "Cedar", "Ida Mole", year=2004, genres=("jazz",), energy=0.4),
]


def case(prompt: str, *checks: list[Any], history: tuple[str, ...] = (), kind: str = "any") -> Case:
    return Case(kind, prompt, tuple(map(read_check, checks)), history)


def judged(kind: str, *holding: bool, language: str = "") -> list[JudgedCase]:
    checks = (read_check(["nonempty", 1]),)
    return [
        JudgedCase(Case(kind, f"{kind} {place}", checks, language=language), listed(), (float(holds),))
        for place, holds in enumerate(holding)
    ]


@pytest.mark.parametrize(("file", "least", "languages"), [(OURS, 60, 6), (STRANGERS, 200, 12)])
def test_cases_are_of_many_kinds_and_languages_and_no_two_are_the_same(file: Path, least: int, languages: int) -> None:
    cases = [one for one in read_prompts([file]) if isinstance(one, Case)]
    assert len({(one.prompt, one.history) for one in cases}) == len(cases) >= least
    assert len({one.kind for one in cases}) >= 12
    assert len({one.language for one in cases}) >= languages
    assert all(one.checks and one.language for one in cases)


def test_our_wishes_are_in_prompts_of_the_kinds_that_break_readers() -> None:
    cases = [one for one in read_prompts([OUR_WISHES]) if isinstance(one, Case)]
    assert len({(one.prompt, one.history) for one in cases}) >= 350
    assert {one.kind for one in cases} >= {"negation", "contradictory", "impossible", "hostile", "follow-up", "emoji"}
    read = [check.arguments[0] for one in cases for check in one.checks if check.measure == "reads"]
    assert len(read) > 650
    assert {*read} <= {*WishKind, "without"}


def test_a_case_needs_its_kind_prompt_and_checks() -> None:
    row = {
        "kind": "names",
        "prompt": "older",
        "history": ["jazz"],
        "checks": [["says"]],
        "home": "ours",
        "language": "en",
    }
    assert read_case(row) == Case("names", "older", (read_check(["says"]),), ("jazz",), "en", "ours")
    for field in ("kind", "prompt", "checks"):
        with pytest.raises(ValueError, match=f"{field}: is missing"):
            read_case({**row, field: None})
    with pytest.raises(ValueError, match="checks: 'say' is no check"):
        read_case({**row, "checks": ["say"]})


def test_a_file_holds_cases_and_labelled_prompts_of_the_language_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "de.jsonl"
    rows = [
        {"kind": "any", "prompt": "mehr", "checks": [["says"]]},
        {"text": "{Jazz|genre}", "after": ["Soul"]},
        {"text": "jazz", "language": "en"},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    first, second, third = read_prompts([path])
    assert isinstance(first, Case)
    assert second == LabelledPrompt("de", "Jazz", (Span(0, 4, "genre"),), ("Soul",))
    assert isinstance(third, LabelledPrompt)
    assert third.language == "en"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"prompt": "jazz"}, "it has neither the checks of a case nor the text of a labelled prompt"),
        ({"prompt": "jazz", "checks": []}, "kind: is missing"),
        ({"text": "{jazz|gender}"}, "text: 'gender' in '{jazz|gender}' is none of"),
        ({"text": ["jazz"]}, 'text: ["jazz"] is not a text'),
    ],
)
def test_a_row_that_is_neither_is_named_by_file_and_line(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    path = tmp_path / "ours.jsonl"
    path.write_text(json.dumps({"text": "jazz"}) + "\n\n" + json.dumps(row))
    with pytest.raises(DatasetError) as told:
        read_prompts([path])
    assert f"ours.jsonl, line 3: {said}" in str(told.value)


def test_a_home_is_asked_and_every_check_measured_on_what_it_answers(tmp_path: Path) -> None:
    with recommending(tmp_path, TRACKS, licensed(TRACKS)) as recommender:
        home = Home(recommender, "DE")
        found = judge_case(
            case("only jazz", ["tag_share_min", "jazz", 1], ["nonempty", 3], ["energy_rank_max", 0.5]), home
        )
        assert list(found.measured) == [1, 2, 1 / 3]
        assert found.broken == ["nonempty 3: 2.00"]
        older = case("only soul", ["year_mean_lower", 0], ["overlap_min", "only soul", 0.05], history=("only jazz",))
        assert list(judge_case(older, home).measured) == [0, 0.05]
        assert [(said, found.tracks, found.broken) for said, found in home.promises()] == [
            ("only jazz", 2, ()),
            ("only jazz / only soul", 1, ()),
            ("only soul", 1, ()),
        ]


def test_nothing_holds_of_a_prompt_that_is_refused(tmp_path: Path) -> None:
    with recommending(tmp_path, TRACKS, licensed(TRACKS)) as recommender:
        found = judge_case(case("x" * 2001, ["says"]), Home(recommender, "DE"))
        assert found.broken == ["says: nan"]
        assert found.playlist is None


def test_shares_of_cases_that_hold_are_told_by_kind_and_language_and_weak_kinds_are_named() -> None:
    cases = [
        *judged("weak", *[True] * 2, *[False] * 3),
        *judged("few", False),
        *judged("good", *[True] * 6, language="de"),
    ]
    rows = by_field(cases, "kind").rows
    assert [(row["kind"], row["cases"]) for row in rows] == [("weak", 5), ("few", 1), ("good", 6), ("all", 12)]
    assert [row["hold"] for row in rows] == [share_of(2, 5), share_of(0, 1), share_of(6, 6), share_of(8, 12)]
    assert [row["language"] for row in by_field(cases, "language").rows] == ["not told", "de", "all"]
    assert weak_kinds(cases) == ["weak"]
    assert [row["prompt"] for row in failures(cases).rows] == ["weak 2", "weak 3", "weak 4", "few 0"]


@pytest.mark.slow
def test_every_list_of_the_demo_keeps_its_promises_and_nearly_every_wish_is_read(demo_home: Path) -> None:
    """Of every tenth of our prompts; of all of them with `make nightly PART=prompts`."""
    prompts = read_prompts([OURS, STRANGERS, OUR_WISHES])[:: 1 if os.environ.get("EVERY_PROMPT") else 10]
    found = judge_prompts({"demo": demo_home}, prompts, "DE", silent)
    assert found.broken == []
    assert sum(lists.checked for _, lists in found.promises) > 2 * len(prompts)
    wishes = [
        check.holds(value)
        for one in found.cases
        for check, value in zip(one.case.checks, one.measured, strict=True)
        if check.measure == "reads"
    ]
    # The reader is learned, and learned again: it read 612 of 696.
    assert sum(wishes) >= 0.8 * len(wishes)


@pytest.mark.slow
def test_cases_go_to_the_home_that_they_name_and_what_has_none_is_left_out(tmp_path: Path) -> None:
    prompts: list[Case | LabelledPrompt] = [
        case("only jazz", ["nonempty", 1], kind="first"),
        Case("named", "only house", (read_check(["nonempty", 1]),), home="other"),
        Case("lost", "only house", (read_check(["nonempty", 1]),), home="nowhere"),
        LabelledPrompt("en", "jazz", (Span(0, 4, "genre"),)),
    ]
    homes = {"ours": built_home(), "other": built_home()}
    found = judge_prompts(homes, prompts, "DE", silent)
    assert [one.case.kind for one in found.cases] == ["first", "named"]
    assert found.left_out == {"nowhere": 1}
    assert [one.f1 for one in found.read] == [1]
    assert found.broken == []
    titles = [table.title for table in found.tables]
    assert titles[:3] == [
        "Cases that hold, by kind",
        "Cases that hold, by language",
        "Marks, by role and by what they speak of",
    ]
    write_prompt_page(found, tmp_path / "prompts.html")
    assert "1 cases are left out: no --home is named nowhere" in (tmp_path / "prompts.html").read_text("utf-8")


@pytest.mark.slow
def test_the_command_prints_what_holds_and_writes_a_page_of_what_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    rows = [
        {"kind": "good", "prompt": "only jazz", "checks": [["tag_share_min", "jazz", 1]]},
        {"kind": "bad", "prompt": f"only jazz {hostile}", "checks": [["artist_share_min", "Nobody", 1]]},
    ]
    path, page = tmp_path / "ours.jsonl", tmp_path / "page.html"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert main(["prompts", str(path), "--home", f"ours={built_home()}", "--out", str(page)]) == DONE
    said = capsys.readouterr()
    assert "1 of 2 cases hold" in said.out
    assert "artist_share_min Nobody 1: 0.00" in said.out
    assert "Answering prompts" in said.err
    text = page.read_text("utf-8")
    assert hostile not in text
    assert "&lt;img src=x" in text
    assert "Rain on Tin - Ada Quill" in text


def test_the_command_teaches_by_example_and_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prompts", "--help"]) == DONE
    assert '["no_artist", "Coldplay"]' in capsys.readouterr().out
    assert main(["prompts", "--home", str(tmp_path)]) == FAILED
    assert "run `consonance build" in capsys.readouterr().err
