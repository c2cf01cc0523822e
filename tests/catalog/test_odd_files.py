"""Odd but realistic files: what shape they come in, and what must come of each. Values in cells: test_odd_values.py."""

import contextlib
import gzip
import io
import re
import subprocess
import sys
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from unittest import mock

import pytest

from catalog.stores import has_catalog, open_store

Fields = dict[str, Any]


# ---- FOR THE PROJECT'S DEVELOPERS: fill in read_tracks; nothing else here knows how the catalog is stored. ----------
def read_tracks(home: Path) -> list[Fields]:
    """Every track of the home with the documented fields, lists as lists, unknown as None; [] where no catalog is."""
    if not has_catalog(home):
        return []
    with open_store(home) as store:
        return [
            {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(track).items()}
            for track in store.all_tracks()
        ]


class Outcome(NamedTuple):
    """What one import came to."""

    exit_code: int
    stdout: str
    stderr: str
    tracks: list[Fields]

    @property
    def said(self) -> str:
        """All that the command printed."""
        return f"{self.stdout}\n{self.stderr}"


def command(*arguments: str) -> tuple[int, str, str]:
    """Run the real command line in this process; an exception that leaves it is a failure of the test."""
    from api.terminal.main import main

    out, err, code = io.StringIO(), io.StringIO(), 0
    words = mock.patch.object(sys, "argv", ["consonance", *arguments])
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), words:
        try:
            code = int(main() or 0)
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    return code, out.getvalue(), err.getvalue()


def import_file(home: Path, source: str, path: Path, *options: str) -> Outcome:
    """Import one file and read back every track of the home."""
    code, out, err = command("import", source, str(path), *options, "--home", str(home))
    return Outcome(code, out, err, read_tracks(home))


def put(folder: Path, body: str | bytes, *options: str, name: str = "songs.csv", source: str = "tracks") -> Outcome:
    """Write a file into the folder and import it into the home beside it."""
    path = folder / name
    path.write_bytes(body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass"))
    return import_file(folder / "home", source, path, *options)


class AnyOf(tuple[Any, ...]):
    """Readings that are all reasonable."""


MISSING: Final = "(no value)"  # the field is empty or not there


def agrees(found: Any, expected: Any) -> bool:
    """Whether a field holds what is expected, in its own type; text as composed characters, lists in any order."""
    if isinstance(expected, AnyOf):
        return any(agrees(found, one) for one in expected)
    if expected is MISSING or found is None:
        return expected is MISSING and (found is None or found in ("", [], ()))
    if isinstance(expected, bool):
        return not isinstance(found, str) and found == expected
    if isinstance(expected, int | float):
        return isinstance(found, int | float) and not isinstance(found, bool) and abs(found - expected) < 1e-3
    if isinstance(expected, list):
        return not isinstance(found, str) and sorted(str(one).casefold() for one in found) == sorted(expected)
    return isinstance(found, str) and unicodedata.normalize("NFC", found) == unicodedata.normalize("NFC", expected)


def assert_fields(outcome: Outcome, track_id: str, fields: Fields) -> None:
    """The track is there once and its fields hold exactly these values."""
    found = [track for track in outcome.tracks if track["track_id"] == track_id]
    assert len(found) == 1, f"{track_id} is there {len(found)} times; said: {outcome.said}"
    for name, value in fields.items():
        assert agrees(found[0].get(name), value), f"{track_id}.{name} is {found[0].get(name)!r}, not {value!r}"


def lines_named(said: str) -> set[int]:
    """The numbers of lines, rows or items that a report names."""
    several = r"((?:\d+(?:\s*(?:,|-|and|to)\s*)?)+)"
    lists = re.findall(rf"\b(?:line|row|item|record|entry|object)s?\b[\s#:]*{several}", said, re.I)
    return {int(number) for text in [*lists, *re.findall(r":(\d+)\b", said)] for number in re.findall(r"\d+", text)}


def assert_told(outcome: Outcome, *lines: int) -> None:
    """The report names one of these lines (several where counting may reasonably differ)."""
    assert lines_named(outcome.said) & set(lines), f"none of the lines {lines} is named in: {outcome.said}"


def assert_refused(outcome: Outcome, about: str = "") -> None:
    """The file was refused as a whole, in a short sentence on stderr, and left nothing behind."""
    assert outcome.exit_code == 1, outcome.said
    assert not outcome.tracks
    assert 15 <= len(outcome.stderr.strip()) <= 4000, outcome.stderr
    assert "Traceback" not in outcome.said
    assert re.search(about, outcome.stderr, re.I), f"no word of {about!r} in: {outcome.stderr}"


class Odd(NamedTuple):
    """A file and what must come of it."""

    says: str
    body: str | bytes
    kept: dict[str, Fields]  # these tracks and no others
    bad: tuple[int, ...] = ()  # the lines that must be told
    name: str = "songs.csv"
    options: tuple[str, ...] = ()
    code: int = 0
    either: Mapping[str, tuple[int, Fields]] = MappingProxyType({})  # kept with such fields, or this line told
    mentions: str = ""  # what the report must speak of
    or_refused: bool = False  # refusing the whole file in a clear sentence is reasonable too


def columns(*pairs: str) -> tuple[str, ...]:
    """Options that rename columns."""
    return tuple(word for pair in pairs for word in ("--column", pair))


def judge(odd: Odd, folder: Path) -> Outcome:
    """Write the file, import it, and compare with what must come of it."""
    outcome = put(folder, odd.body, *odd.options, name=odd.name)
    if odd.or_refused and not outcome.tracks:
        assert_refused(outcome, odd.mentions)
        return outcome
    assert outcome.exit_code == odd.code, outcome.said
    ids = [track["track_id"] for track in outcome.tracks]
    assert sorted(set(ids) - set(odd.either)) == sorted(odd.kept), outcome.said
    for track_id, fields in odd.kept.items():
        assert_fields(outcome, track_id, fields)
    for track_id, (line, fields) in odd.either.items():
        if track_id in ids:
            assert_fields(outcome, track_id, fields)
        else:
            assert_told(outcome, line)
    for line in odd.bad:
        assert_told(outcome, line)
    assert re.search(odd.mentions, outcome.said, re.I), f"no word of {odd.mentions!r} in: {outcome.said}"
    return outcome


def titled(**titles: str) -> dict[str, Fields]:
    """Tracks of which only the title matters."""
    return {track_id: {"title": title} for track_id, title in titles.items()}


def by_sentence(case: Any) -> str:
    """The name of a case in a table."""
    return str(case.says) if isinstance(case, Odd) else str(case)


HEAD: Final = "track_id,title,artist\n"
ONE, THREE, FOUR = "t1,One,Ada\n", "t3,Three,Ada\n", "t4,Four,Ada\n"
KEPT: Final = titled(t1="One", t3="Three", t4="Four")
NORDIC: Final = {
    "t1": {"title": "Jóga’s Läuft", "artist": "Björk Åsk"},
    "t2": {"title": "Crème Brûlée €5", "artist": "Ñu"},
}
NORDIC_CSV: Final = "track_id,title,artist\r\nt1,Jóga’s Läuft,Björk Åsk\r\nt2,Crème Brûlée €5,Ñu\r\n"

QUOTES: Final = [
    Odd("an unclosed quote costs one row", f'{HEAD}{ONE}t2,"Two,Ada\n{THREE}{FOUR}', KEPT, (3,)),
    Odd("an unclosed quote in the first row costs one row", f'{HEAD}t2,"Two,Ada\n{ONE}{THREE}{FOUR}', KEPT, (2,)),
    Odd("an unclosed quote in the last row costs one row", f'{HEAD}{ONE}{THREE}{FOUR}t2,"Two,Ada\n', KEPT, (5,)),
    Odd("an unclosed quote before a properly quoted row costs one row",
        f'{HEAD}{ONE}t2,"Two,Ada\nt3,"Three, and more",Ada\n{FOUR}', KEPT | titled(t3="Three, and more"), (3,)),
    Odd("two unclosed quotes cost two rows", f'{HEAD}{ONE}t2,"Two,Ada\n{THREE}{FOUR}t5,"Five,Ada\n', KEPT, (3, 6)),
    Odd("a cell that swallows whole rows is one bad row and gives them back",
        f'{HEAD}{ONE}t2,"Two,Ada\n{THREE}{FOUR}t5,Five",Ada\nt6,Six,Ada\n', KEPT | titled(t6="Six"), (3,),
        either={"t5": (6, {"title": 'Five"'})}),
    Odd("an inch mark inside a bare cell is text", f'{HEAD}t2,12" Mix,Ada\n{ONE}', titled(t1="One", t2='12" Mix')),
    Odd("a doubled quote is one quote", f'{HEAD}t2,"12"" Mix",Ada\n{ONE}', titled(t1="One", t2='12" Mix')),
    Odd("a quoted word before more text costs at most its row",
        f'{HEAD}{ONE}t2,"Heroes" (Live),Ada\n{THREE}{FOUR}', KEPT,
        either={"t2": (3, {"title": AnyOf(('"Heroes" (Live)', "Heroes (Live)"))})}),
    Odd("backslashed quotes cost at most their row", f'{HEAD}{ONE}t2,"Say \\"Yes\\" now",Ada\n{THREE}{FOUR}', KEPT,
        either={"t2": (3, {"title": 'Say "Yes" now'})}),
    Odd("a line break inside quotes is part of the title", f'{HEAD}{ONE}t2,"Two\nLines, really",Ada\n{THREE}{FOUR}',
        KEPT | {"t2": {"title": AnyOf(("Two\nLines, really", "Two Lines, really"))}}),
    Odd("line breaks in a quoted note shift no line numbers of the report",
        'track_id,title,artist,note\nt1,One,Ada,"a\nb\nc"\nt2,,Ada,x\nt3,Three,Ada,y\nt4,Four,Ada,z\n', KEPT, (5,)),
    Odd("a TSV has no quoting", 'track_id\ttitle\tartist\nt2\t"Two"\tAda\nt5\t"Five\tAda\nt1\tOne\t"Ada" Quell\n',
        {"t1": {"artist": '"Ada" Quell'}, "t2": {"title": '"Two"'}, "t5": {"title": '"Five'}}, name="songs.tsv"),
    Odd("blanks after commas are trimmed",
        "track_id, title, artist\nt1, One , Ada\n", {"t1": {"title": "One", "artist": "Ada"}}),
    Odd("a blank before a quote costs at most its row", f'{HEAD}{ONE}t2, "Two, too", Ada\n{THREE}{FOUR}', KEPT,
        either={"t2": (3, {"title": "Two, too"})}),
]  # fmt: skip

ROWS: Final = [
    Odd("a row without its artist is told", f"{HEAD}{ONE}t2,Two\n{THREE}{FOUR}", KEPT, (3,)),
    Odd("a row that ends before its optional cells is kept or told",
        "track_id,title,artist,album\nt1,One,Ada,Red\nt2,Two,Ada\n", {"t1": {"album": "Red"}},
        either={"t2": (3, {"title": "Two", "album": MISSING})}),
    Odd("a row with a bare comma in its title is told, not shifted",
        f"{HEAD}{ONE}t2,Two, Too,Ada\n{THREE}{FOUR}", KEPT, (3,)),
    Odd("rows that all end in a comma are read or the file refused",
        f"{HEAD}t1,One,Ada,\nt3,Three,Ada,\nt4,Four,Ada,\n", KEPT, or_refused=True),
    Odd("blank rows are passed over", f"{HEAD}\n{ONE}\n   \n{THREE},,\n{FOUR}\n\n", KEPT),
    Odd("blank lines before the header do no harm", f"\n\n{HEAD}{ONE}{THREE}{FOUR}", KEPT, or_refused=True),
    Odd("a file without a last line end loses nothing", f"{HEAD}{ONE}{THREE}{FOUR}".rstrip(), KEPT),
    Odd("a header repeated by joining files is no track", f"{HEAD}{ONE}{THREE}{HEAD}{FOUR}", KEPT),
    Odd("a banner above the header is passed over or the file refused",
        f"My songs,,\n{HEAD}{ONE}{THREE}{FOUR}", KEPT, or_refused=True),
    Odd("a spreadsheet's sep= line is understood or the file refused",
        "sep=;\ntrack_id;title;artist\nt1;One, two;Ada\n", titled(t1="One, two"), or_refused=True),
    Odd("a file without a header is refused by that name",
        f"{ONE}{THREE}{FOUR}", {}, code=1, mentions="header|column", or_refused=True),
    Odd("a column that is there twice is told", "track_id,title,artist,title\nt1,One,Ada,Uno\n",
        {"t1": {"title": "One"}}, mentions="title", or_refused=True),
    Odd("a misspelt column is told",
        "track_id,title,artist,gerne\nt1,One,Ada,pop\n", titled(t1="One"), mentions="gerne"),
    Odd("a header in capitals and blanks is understood or its column named",
        "Track ID,Title,Artist Name\nt1,One,Ada\n", {"t1": {"artist": "Ada"}}, mentions="", or_refused=True),
    Odd("half of the rows bad still succeeds",
        f"{HEAD}{ONE}t2,,Ada\n{THREE}t5,,Ada\n", titled(t1="One", t3="Three"), (3, 5)),
    Odd("more than half of the rows bad fails and keeps the good ones",
        f"{HEAD}{ONE}t2,,Ada\nt5,,Ada\n", titled(t1="One"), (3, 4), code=1),
    Odd("a track id that comes twice is one track, and told", f"{HEAD}{ONE}{THREE}t1,Other,Ada\n{FOUR}",
        KEPT | {"t1": {"title": AnyOf(("One", "Other"))}},
        mentions=r"\bt1\b|repeat|duplicat|twice|again|already|more than once"),
    Odd("a blank track id is told", f"{HEAD}{ONE},Two,Ada\n{THREE}{FOUR}", KEPT, (3,)),
    Odd("a NUL byte costs at most its row", f"{HEAD}{ONE}t2,Tw\0o,Ada\n{THREE}{FOUR}", KEPT,
        either={"t2": (3, {"title": AnyOf(("Two", "Tw o", "Tw\ufffdo"))})}),
    Odd("NUL bytes after the last row harm no row or refuse the file",
        f"{HEAD}{ONE}{THREE}{FOUR}".encode() + b"\0" * 4096, KEPT, or_refused=True),
    Odd("two thousand columns are read",
        f"track_id,title,artist,{','.join(f'x{n}' for n in range(2000))}\nt1,One,Ada{',' * 2000}\n", titled(t1="One")),
    Odd("a line separator character is no line end in CSV", f"{HEAD}{ONE}t2,Two\u2028Three\x85Four,Ada\n",
        {"t1": {}, "t2": {"title": AnyOf(("Two\u2028Three\x85Four", "Two Three Four", "Two Three\x85Four"))}}),
    Odd("a title of ten megabytes costs at most its row",
        f"{HEAD}{ONE}t2,{'long ' * 2_000_000},Ada\n{THREE}{FOUR}", KEPT, either={"t2": (3, {})}),
    Odd("an extra cell of ten megabytes costs at most its row",
        f"track_id,title,artist,lyrics\nt1,One,Ada,\nt2,Two,Ada,{'la ' * 3_500_000}\nt3,Three,Ada,\nt4,Four,Ada,\n",
        KEPT, either={"t2": (3, {"title": "Two"})}),
    Odd("constants fill what the file lacks", "track_id,title\nt1,One\n",
        {"t1": {"artist": "Ada Quell", "explicit": False, "genres": ["pop", "dance"]}},
        options=("--set", "artist=Ada Quell", "--set", "explicit=false", "--set", "genres=pop;dance")),
    Odd("CSV named jsonl is read or refused", f"{HEAD}{ONE}{THREE}{FOUR}", KEPT, name="songs.jsonl", or_refused=True),
    Odd("JSON lines named csv are read or refused", '{"track_id": "t1", "title": "One", "artist": "Ada"}\n' * 2,
        titled(t1="One"), or_refused=True),
    Odd("plain text named gz is read or refused", f"{HEAD}{ONE}", titled(t1="One"), name="a.csv.gz", or_refused=True),
    Odd("packed text named csv is read or refused",
        gzip.compress(f"{HEAD}{ONE}".encode()), titled(t1="One"), or_refused=True),
    Odd("a name in capitals is known by its ending", f"{HEAD}{ONE}", titled(t1="One"), name="SONGS.CSV"),
    Odd("a file's name may have blanks, umlauts and signs",
        f"{HEAD}{ONE}", titled(t1="One"), name="Müllers Töne 100% [neu] #2.csv"),
]  # fmt: skip


def separated(what: str, by: str) -> Odd:
    """The same two tracks with another delimiter, and other delimiters inside a title."""
    title = "One; two | three" if by == "," else "One, two | three" if by == ";" else "One, two; three"
    rows = (("track_id", "title", "artist", "year"), ("t1", title, "Ada", "1999"), ("t2", "Zwölf", "Öst", "2003"))
    kept = {"t1": {"title": title, "year": 1999}, "t2": {"title": "Zwölf", "artist": "Öst", "year": 2003}}
    return Odd(f"{what} separate cells and the others are text", "\n".join(by.join(row) for row in rows), kept)


UTFS: Final = {"UTF-8": "utf-8", "marked UTF-8": "utf-8-sig", "marked UTF-16": "utf-16", "Windows-1252": "cp1252"}
TEXTS: Final = [
    *(separated(*one) for one in (("commas", ","), ("semicolons", ";"), ("tabs", "\t"), ("pipes", "|"))),
    *(Odd(f"{what} is read", NORDIC_CSV.encode(encoding), NORDIC) for what, encoding in UTFS.items()),
    Odd("UTF-16 big-endian with a mark is read", b"\xfe\xff" + NORDIC_CSV.encode("utf-16-be"), NORDIC),
    Odd("UTF-16 without a mark is read or refused", NORDIC_CSV.encode("utf-16-le"), NORDIC, or_refused=True),
    Odd("a spreadsheet's Unicode text (UTF-16 with tabs) is read",
        NORDIC_CSV.replace(",", "\t").encode("utf-16"), NORDIC, name="songs.tsv"),
    Odd("a spreadsheet's CSV of a German desk (Windows-1252, semicolons, CRLF) is read",
        NORDIC_CSV.replace(",", ";").encode("cp1252"), NORDIC),
    Odd("a mark before a quoted header is no part of its name",
        b'\xef\xbb\xbf"track_id","title","artist"\n"t1","One","Ada"\n', titled(t1="One")),
    Odd("one Windows-1252 line in a UTF-8 file harms no other",
        f"{HEAD}t1,Jóga,Björk\n".encode() + "t2,Früh,Öst\n".encode("cp1252") + "t3,Læ,Ñu\n".encode(),
        {"t1": {"title": "Jóga", "artist": "Björk"}, "t3": {"title": "Læ", "artist": "Ñu"}},
        either={"t2": (3, {"title": "Früh", "artist": "Öst"})}),
    Odd("decomposed umlauts are the same names",
        f"{HEAD}t1,Jo\u0301ga,Bjo\u0308rk\n", {"t1": {"title": "Jóga", "artist": "Björk"}}),
    *(Odd(f"{what} line ends are read", f"{HEAD}{ONE}{THREE}{FOUR}".replace("\n", end), KEPT)
      for what, end in (("CR", "\r"), ("LF", "\n"), ("CRLF", "\r\n"))),
    Odd("mixed line ends are read", f"{HEAD}{ONE}{THREE}{FOUR}".replace("Ada\n", "Ada\r\n", 2), KEPT),
    Odd("every part of a packed file joined by cat is read",
        gzip.compress(f"{HEAD}{ONE}{THREE}".encode()) + gzip.compress(FOUR.encode()), KEPT, name="songs.csv.gz"),
]  # fmt: skip


@pytest.mark.parametrize("odd", [*QUOTES, *ROWS, *TEXTS], ids=by_sentence)
def test_an_odd_file_gives_what_its_owner_expects(odd: Odd, tmp_path: Path) -> None:
    """One file of the tables above."""
    judge(odd, tmp_path)


@pytest.mark.parametrize("odd", [QUOTES[0], *TEXTS[:8]], ids=by_sentence)
def test_a_packed_file_is_as_good_as_a_plain_one_and_coming_twice_changes_nothing(odd: Odd, tmp_path: Path) -> None:
    """The same, compressed with gzip, twice."""
    body = odd.body.encode() if isinstance(odd.body, str) else odd.body
    packed = odd._replace(body=gzip.compress(body), name=f"{odd.name}.gz")
    assert judge(packed, tmp_path).tracks == judge(packed, tmp_path).tracks


def test_every_bad_row_is_in_the_file_of_problems_and_the_screen_is_not_flooded(tmp_path: Path) -> None:
    """300 bad rows of 700: all of them in the file, not all of them on the screen."""
    body = HEAD + "".join(f"t{n},{'' if n < 300 else f'Song {n}'},Ada\n" for n in range(700))
    problems = tmp_path / "problems.txt"
    outcome = put(tmp_path, body, "--problems", str(problems))
    assert outcome.exit_code == 0
    assert len(outcome.tracks) == 400
    numbers = {int(number) for number in re.findall(r"\b\d+\b", problems.read_text())}
    assert numbers >= set(range(2, 302))
    assert len(outcome.said.splitlines()) < 150


def zipped(*names: str) -> bytes:
    """A zip archive (which a workbook is too) of small members."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, f"{HEAD}{ONE}")
    return target.getvalue()


HTML: Final = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\n<body>Expired, sorry</body></html>\n"
POINTER: Final = "version https://git-lfs.github.com/spec/v1\noid sha256:0a1b2c3d\nsize 1048576\n"
XML: Final = '<?xml version="1.0"?>\n<releases>\n<release id="1"><title>One</title></release>\n</releases>\n'
WORKBOOK: Final = zipped("[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml")
DISGUISES: Final = [
    ("a sign-in page", "songs.csv", HTML.encode(), "html|web page|xml"),
    ("a page saved as JSON lines", "songs.jsonl", HTML.encode(), ""),
    ("a workbook named csv", "songs.csv", WORKBOOK, "zip|xlsx|workbook|spreadsheet|excel"),
    ("a workbook under its own name", "songs.xlsx", WORKBOOK, "xlsx|zip|workbook|spreadsheet|excel|csv"),
    ("an old workbook named csv", "songs.csv", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0\3>" * 300, ""),
    ("a zip of a CSV named csv", "songs.csv", zipped("songs.csv"), "zip"),
    ("a PDF", "songs.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n", ""),
    ("a picture", "songs.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 8, ""),
    ("a file of nothing but NUL", "songs.csv", b"\0" * 65536, ""),
    ("an XML dump of a record database", "songs.xml", XML.encode(), ""),
    ("an XML dump named csv", "songs.csv", XML.encode(), ""),
    ("a database dump without a header", "recording.tsv", b"1\t\\N\tOne\t17\n2\t\\N\tTwo\t17\n", "header|column"),
    ("text named parquet", "songs.parquet", f"{HEAD}{ONE}".encode(), "parquet"),
    ("a Parquet file cut short", "songs.parquet", b"PAR1" + b"\x15\x04" * 500, "parquet|cut|damaged|end"),
    ("a cloud drive's pointer to a big file", "songs.csv", POINTER.encode(), ""),
    ("an error message of a shop's interface", "songs.json", b'{"error": {"status": 401, "message": "expired"}}', ""),
    ("noise named gz", "songs.csv.gz", b"\x1f\x8b\x08\0" + bytes(range(256)) * 4, "gz|compress|unpack"),
    ("a quiet file of comments", "songs.csv", b"# nothing\n# here\n", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "about"), [one[1:] for one in DISGUISES], ids=[one[0] for one in DISGUISES])
def test_what_is_no_table_is_refused_in_a_clear_sentence(name: str, body: bytes, about: str, tmp_path: Path) -> None:
    """A file of another kind under a name that promises a table."""
    assert_refused(put(tmp_path, body, name=name), about)


@pytest.mark.parametrize("body", ["", HEAD, "\ufeff", "\n\n"], ids=["nothing", "a header", "a mark", "line ends"])
@pytest.mark.parametrize("name", ["songs.csv", "songs.tsv", "songs.json", "songs.jsonl", "songs.parquet", "a.csv.gz"])
def test_an_empty_file_brings_nothing_and_says_so(name: str, body: str, tmp_path: Path) -> None:
    """Refusing it and importing nothing are both reasonable; a crash or silence is not."""
    outcome = put(tmp_path, gzip.compress(body.encode()) if body and name.endswith("gz") else body, name=name)
    assert outcome.exit_code in (0, 1)
    assert not outcome.tracks
    assert outcome.said.strip()
    assert "Traceback" not in outcome.said


def test_a_link_is_followed_and_a_dangling_link_or_a_folder_is_refused(tmp_path: Path) -> None:
    """Paths that are not plain files."""
    (tmp_path / "real.csv").write_text(f"{HEAD}{ONE}")
    (tmp_path / "link.csv").symlink_to("real.csv")
    (tmp_path / "dangling.csv").symlink_to("gone.csv")
    (tmp_path / "folder.csv").mkdir()
    assert_fields(import_file(tmp_path / "home", "tracks", tmp_path / "link.csv"), "t1", {"title": "One"})
    for name in ("dangling.csv", "folder.csv", "not-there.csv"):
        code, _, err = command("import", "tracks", str(tmp_path / name), "--home", str(tmp_path / "home"))
        assert code in (1, 2)
        assert name in err
        assert "Traceback" not in err


def test_a_packed_file_cut_short_fails_and_says_where_it_ends(tmp_path: Path) -> None:
    """A download that broke off: what was whole may stay, the command fails."""
    rows = (f"t{n},Title {n * 7919 % 1009},Ada\n" for n in range(1, 2000))
    whole = gzip.compress(f"{HEAD}{''.join(rows)}".encode())
    outcome = put(tmp_path, whole[: len(whole) // 2], name="songs.csv.gz")
    assert outcome.exit_code == 1
    assert re.search("end|cut|short|truncat|incomplete|broken|damaged", outcome.stderr, re.I)
    assert all(re.fullmatch(r"Title \d+", track["title"]) for track in outcome.tracks)


def test_rows_that_are_much_alike_are_no_bomb(tmp_path: Path) -> None:
    """Five thousand rows with one long note pack to a hundredth and must be read."""
    note = "the same words again " * 25
    body = "track_id,title,artist,note\n" + "".join(f"t{n},Song {n},Ada,{note}\n" for n in range(5000))
    outcome = put(tmp_path, gzip.compress(body.encode()), name="songs.csv.gz")
    assert outcome.exit_code == 0
    assert len(outcome.tracks) == 5000


def bomb(opening: bytes, filler: bytes) -> bytes:
    """A gzip file of a few megabytes which unpacks to four gigabytes of the filler."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = packer.compress(opening) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(filler * ((64 << 20) // len(filler))) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\2\xff" + head + block * 64 + packer.flush() + b"\0" * 8


BOMBS: Final = {
    "one endless cell": ("songs.csv.gz", f'{HEAD}{ONE}t2,"'.encode(), b"a"),
    "endless blank lines": ("songs.csv.gz", f"{HEAD}{ONE}".encode(), b"\n"),
    "one endless text in JSON": ("songs.jsonl.gz", b'{"title": "', b"a"),
    "endless blanks in an array": ("songs.json.gz", b"[", b" "),
    "nothing but NUL": ("songs.tsv.gz", b"", b"\0"),
}


@pytest.mark.parametrize("what", BOMBS)
def test_a_small_file_that_unpacks_to_gigabytes_is_refused_soon(what: str, tmp_path: Path) -> None:
    """In its own process: within a minute, below a gigabyte and a half, with a sentence."""
    name, opening, filler = BOMBS[what]
    path, home, peak = tmp_path / name, tmp_path / "home", 0
    path.write_bytes(bomb(opening, filler))
    words = [str(Path(sys.executable).with_name("consonance")), "import", "tracks", str(path), "--home", str(home)]
    started = time.monotonic()
    with (tmp_path / "said").open("w+") as said, subprocess.Popen(words, stdout=said, stderr=said) as process:
        while process.poll() is None:
            status = Path(f"/proc/{process.pid}/status")  # where there is no /proc, only the time is held
            with contextlib.suppress(OSError):
                peak = max([peak, *(int(kib) for kib in re.findall(r"VmHWM:\s*(\d+)", status.read_text()))])
            if peak > 1_500_000 or time.monotonic() - started > 60:
                process.kill()
            time.sleep(0.02)
    text = (tmp_path / "said").read_text()
    assert peak <= 1_500_000, f"{peak} KiB"
    assert process.returncode == 1, text
    assert text.strip()
    assert "Traceback" not in text
    assert {track["track_id"] for track in read_tracks(home)} <= {"t1"}
