"""Every English sentence of what did not count, cannot hold together or is missing has a code of its own."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.consent import REASONS, ReasonCode
from recommender.playlists import Contradiction, NotUnderstood, Shortfall
from recommender.sentences import CONTRADICTIONS, NOT_UNDERSTOOD, SHORTFALLS, said

ROOT = Path(__file__).parents[2]
TABLES = {"NotUnderstood": NOT_UNDERSTOOD, "Contradiction": CONTRADICTIONS, "Shortfall": SHORTFALLS}


def calls() -> Iterator[tuple[str, ast.Call]]:
    for folder in ("api", "recommender"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", node


def test_no_sentence_is_made_without_a_code() -> None:
    plain = [where for where, call in calls() if isinstance(call.func, ast.Name) and call.func.id in TABLES]
    assert [where for where in plain if not where.startswith("api/lists/replaying.py")] == []  # reads stored ones


def test_each_code_has_a_sentence_of_its_own() -> None:
    for table in TABLES.values():
        assert len(set(table.values())) == len(table)


@pytest.mark.parametrize(("name", "table"), TABLES.items())
def test_every_code_is_used(name: str, table: dict[str, str]) -> None:
    sources = "".join(file.read_text(encoding="utf-8") for file in ROOT.glob("recommender/**/*.py"))
    sources += "".join((ROOT / "api" / path).read_text("utf-8") for path in ("routes/playlists.py", "lists/making.py"))
    sources = sources.replace((ROOT / "recommender/sentences.py").read_text(encoding="utf-8"), "")
    by_kind = {"no_artist", "no_title", "no_album", "no_label", "no_tag", "near_artists", "near_labels"}
    by_kind |= {"instrumental", "explicit", "novelty", "popularity", "length", "minutes", "arc"}
    by_kind |= {"nothing_fits", "one_fits"}
    assert [code for code in table if f'"{code}"' not in sources and code not in by_kind] == []


def test_a_sentence_takes_its_values_in_their_order_and_wishes_are_all_that_are_left() -> None:
    told = Shortfall.of(3, "tracks", "few_fit", "1200", "no vocals", "1990 to 1999", "jazz")
    assert told.because == (
        "only 1,200 tracks that may play here and now fit "
        "\u201cno vocals\u201d, \u201c1990 to 1999\u201d and \u201cjazz\u201d"
    )
    assert (told.code, told.values) == ("few_fit", ("1200", "no vocals", "1990 to 1999", "jazz"))


def test_a_value_with_braces_is_put_in_as_it_is() -> None:
    assert NotUnderstood.of("Ada", "near_artists", "'{0.__class__}'").because.endswith(
        "close to it are '{0.__class__}'"
    )


def test_what_consent_withholds_is_said_within_the_sentence() -> None:
    for code in ReasonCode:
        told = NotUnderstood.of("t1", "not_kept", code).because
        assert told.lower() == f"it does not keep its place: {REASONS[code].meaning.lower()}".removesuffix(".")
    assert not re.search(r"[{}]", said(NOT_UNDERSTOOD["minutes_beyond"], ("6000",)))


def test_a_contradiction_has_its_code() -> None:
    told = Contradiction.of(("calm", "loud"), "apart", "loud")
    assert (told.because, told.code, told.values) == (CONTRADICTIONS["apart"], "apart", ())
