"""Odd values in cells, JSON, Parquet, exports of well-known programs, and files other than tracks."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.catalog.test_odd_files import (
    MISSING,
    AnyOf,
    Odd,
    assert_fields,
    assert_told,
    by_sentence,
    columns,
    command,
    import_file,
    judge,
    lines_named,
    put,
    titled,
)

TOLD: Final = "(told)"  # the line and the field are named; the row is left out or the field is empty
UNSURE: Final = (MISSING, TOLD)
POP_DANCE: Final = ["pop", "dance"]
CODE, MBID = "DEAB12300001", "f27ec8db-af05-4f36-916e-3d57f91ecf5e"

# column, what its readings are, and the cells that have these readings
VALUES: Final[list[tuple[str, tuple[Any, ...], tuple[str, ...]]]] = [
    ("duration_s", (205,), ("205", "205.0", " 205 ", "3:25", "03:25", "00:03:25", "0:03:25", "PT3M25S", "PT0H3M25S", "P0Y0M0DT3M25S",
                            "PT205S", "3m25s", "3m 25s")),
    ("duration_s", (205.3, 205), ("205.3", "205,3", "00:03:25.300", "PT3M25.3S")),
    ("duration_s", (3723,), ("1:02:03", "01:02:03", "PT1H2M3S", "1h2m3s")),
    ("duration_s", (7200,), ("7200", "2:00:00", "120:00")),
    ("duration_s", (205, TOLD), ("205000", "205 s", "3 min 25 s", "3'25\"", "3′25″", "٣:٢٥", "205000 ms")),
    ("duration_s", (TOLD,), ("-205", "3:75", "three minutes", "3:25:", "99999999999", "2023-10-06", "0x5")),
    ("duration_s", UNSURE, ("inf", "1e999", "-", "--:--")),
    ("duration_s", (MISSING, TOLD, 0), ("0", "0:00")),
    ("duration_ms", (205,), ("205000", "205000.0")),
    ("duration_ms", (205.3, 205), ("205300", "205300.4")),
    ("year", (1999,), ("1999", "1999.0", " 1999 ", "1999-05-01", "1999-05", "1999-05-01T00:00:00Z",
                       "1999-05-01 00:00:00")),
    ("year", (1999, TOLD), ("01.05.1999", "05/01/1999", "May 1999", "1 May 1999", "(1999)", "19990501", "℗ 1999 Ada",
                            "c. 1999", "1999?", "'99", "99", "36281", "1999/05/01", "1999 [2011]", "925516800")),
    ("year", (1990, TOLD), ("1990s", "90s", "the 90s", "199x")),
    ("year", (1998, 1999, TOLD), ("1998/1999", "1998-1999", "1998; 1999")),
    ("year", (TOLD,), ("19999", "-44", "soon", "10000-01-01", "1e9")),
    ("year", UNSURE, ("0", "0000", "0000-00-00", "????")),
    ("genres", (["pop"],), ("pop", " pop ", "pop;", ";pop", "pop;pop", "pop; pop ;", '["pop"]')),
    ("genres", (POP_DANCE,), ("pop;dance", "pop; dance", "pop;;dance", "pop, dance", "pop,dance", '["pop", "dance"]',
                              "['pop', 'dance']", "pop\xa0; dance")),
    ("genres", (POP_DANCE, ["pop|dance"]), ("pop|dance",)),
    ("genres", (POP_DANCE, ["pop/dance"]), ("pop/dance",)),
    ("genres", (POP_DANCE, ["{pop,dance}"], TOLD), ("{pop,dance}",)),
    ("genres", (["hip-hop", "r&b", "drum & bass", "rock 'n' roll"],), ("hip-hop; r&b; drum & bass; rock 'n' roll",)),
    ("genres", (["folk, world", "pop"], ["folk", "world", "pop"]), ("folk, world; pop",)),
    ("genres", (["schlager", "övrig", "ポップ"],), ("schlager;övrig;ポップ",)),
    ("moods", (MISSING,), ("", " ", ";", " ; ", "[]")),
    ("instruments", (["piano", "double bass"],), ("piano;double bass",)),
    ("tags", (["rainy day", "90s"],), ("rainy day; 90s",)),
    ("isrc", (CODE,), (CODE, "DE-AB1-23-00001", "deab12300001", "de-ab1-23-00001", f" {CODE} ", f"urn:isrc:{CODE}",
                       f"ISRC:{CODE}", "ISRC: DE-AB1-23-00001", "ISRC DE-AB1-23-00001", "URN:ISRC:DE-AB1-23-00001")),
    ("isrc", (CODE, TOLD), ("DE AB1 23 00001", "DE–AB1–23–00001", f"{CODE};DEAB12300002", f"{CODE}, DEAB12300002",
                            f"{CODE}/DEAB12300002", f"['{CODE}']", f"{CODE} (album)")),
    ("isrc", (TOLD,), ("DEAB1230000", "DEAB123000011", "DEAB1230000O", "4006381333931", "1.23457E+11", "my song")),
    ("isrc", UNSURE, ("0", "-", "000000000000", "?")),
    ("explicit", (True,), ("true", "TRUE", "True", "1", "yes", "Y", "t", "1.0", " true ")),
    ("explicit", (True, TOLD), ("explicit", "Explicit", "WAHR", "ja", "on", "VRAI", "E", "x", "✓")),
    ("explicit", (False,), ("false", "FALSE", "False", "0", "no", "N", "f", "0.0")),
    ("explicit", (False, TOLD), ("clean", "notExplicit", "not explicit", "FALSCH", "nein", "off", "cleaned")),
    ("explicit", (TOLD,), ("2", "maybe", "truefalse")),
    ("tempo_bpm", (120,), ("120", "120.0", "120,0", "1.2e2")),
    ("tempo_bpm", (120.5,), ("120.5", "120,5", " 120.50 ")),
    ("tempo_bpm", (120, TOLD), ("120 bpm", "120BPM", "~120", "１２０")),
    ("tempo_bpm", (TOLD,), ("-120", "999999", "allegro", "1.2.0")),
    ("tempo_bpm", (120, 125, TOLD), ("120-130",)),
    ("tempo_bpm", (MISSING, TOLD, 0), ("0", "0.0", "inf")),
    ("energy", (0.7,), ("0.7", "0,7", ".7", "7e-1")),
    ("energy", (0.7, TOLD), ("70%",)),
    ("valence", (1.5,), ("1.5",)),  # any scale will do: only the order within a catalog counts
    ("valence", (TOLD,), ("happy",)),
    *((column, (MISSING,), ("", " ", "NULL", "null", "NaN", "nan", "None", "n/a", "N/A"))
      for column in ("year", "duration_s", "tempo_bpm", "explicit", "isrc", "genres", "album")),
    *((column, UNSURE, ("#N/A", "NA", "<NA>", "\\N", "unknown")) for column in ("year", "duration_s", "explicit")),
    ("album", ("1999",), ("1999",)),
    ("location", ("file:///Musik/a.mp3", TOLD), ("file:///Musik/a.mp3",)),
    ("mbid", (MBID, MBID.upper()), (MBID, MBID.upper(), f" {MBID} ")),
    ("title", ("None", TOLD), ("None",)),
    ("title", ("NaN", TOLD), ("NaN",)),
    ("title", (TOLD,), ("", " ", "\t", "\u200b", "\xa0")),
    ("artist", (TOLD,), ("", " ", "\u200b")),
    *(("title", (text,), (text,)) for text in (
        "007", "1e5", "1999-05-01", "03:25", "true", "+", "÷", "4'33\"", "22, A Million", "=cmd|' /C calc'!A0", "+1",
        "-2+3", "@SUM(1)", '=HYPERLINK("http://example.org")', "<script>alert(1)</script>", "{{7*7}}", "%s%n", "$$$",
        "'; DROP TABLE x--", "🎵🔥", "👩‍🚀", "🇩🇪", "夜に駆ける", "Молчат дома", "ليلة", "שיר", "Größe Straße",
        "Ænima", "I ♥ U", "[untitled]", "NULL and void")),
    ("title", ("a  b", "a b", "a\tb", "a\xa0b"), ("a  b", "a\tb", "a\xa0b")),
    ("title", ("Tom &amp; Ada", "Tom & Ada"), ("Tom &amp; Ada",)),
    ("title", ("Läuft", "LÃ¤uft"), ("LÃ¤uft",)),
    ("title", ("Two", "Two\x07", "Tw\x07o", "Tw o", "Tw\ufffdo", TOLD), ("Tw\x07o", "Tw\x7fo")),
    ("title", ("Two", "Two\ufeff", "\u200eTwo", "Two\u200b"), ("Two\ufeff", "\u200eTwo", "Two\u200b")),
    ("artist", ("!!!",), ("!!!",)),
    ("artist", ("Björk Åsk",), ("Björk Åsk", " Björk Åsk ", "Bjo\u0308rk A\u030ask")),
    *(("track_id", (text,), (text,)) for text in ("007", "spotify:track:4uLU", "1e5", "Lied-ü", "0", "a/b.mp3")),
]  # fmt: skip
CELLS: Final = [(column, cell, readings) for column, readings, cells in VALUES for cell in cells]
SENTENCES: Final = [f"{column} {cell!r} becomes {' or '.join(map(str, one))}" for column, cell, one in CELLS]
FIELD_OF: Final = {"duration_ms": "duration_s"}


def table(names: list[str], *rows: list[str]) -> str:
    """Rows as proper CSV."""
    target = io.StringIO(newline="")
    csv.writer(target).writerows([names, *rows])
    return target.getvalue()


@pytest.mark.parametrize(("column", "cell", "readings"), CELLS, ids=SENTENCES)
def test_a_value_is_read_rightly_or_told(column: str, cell: str, readings: tuple[Any, ...], tmp_path: Path) -> None:
    """One odd cell on line 3, between two rows that must stay whatever it is."""
    names = list(dict.fromkeys(["track_id", "title", "artist", column]))
    odd = {"track_id": "t2", "title": "Two", "artist": "Ada"} | {column: cell}
    rows = [["t1", "One", "Ada", ""], [odd[name] for name in names], ["t3", "Three", "Ada", ""]]
    outcome = put(tmp_path, table(names, *(row[: len(names)] for row in rows)))
    assert outcome.exit_code == 0, outcome.said
    others = {track["track_id"] for track in outcome.tracks} - {"t1", "t3"}
    assert len(outcome.tracks) - len(others) == 2, outcome.said
    assert "\x1b" not in outcome.said
    told = 3 in lines_named(outcome.said) and column.removesuffix("_ms").removesuffix("_s") in outcome.said
    values = tuple(one for one in readings if one is not TOLD)
    if TOLD in readings and told and not others:
        return
    assert others, f"the row is gone: {outcome.said}"
    either = AnyOf((*values, MISSING)) if TOLD in readings and told else AnyOf(values)
    track_id = cell.strip() if column == "track_id" else "t2"
    assert_fields(outcome, track_id, {FIELD_OF.get(column, column): either})


@pytest.mark.parametrize("cell", ["n/a", "-", "0", "NULL", "NaN", "unknown", "#N/A", "?", "[unknown]", "00000000"])
def test_an_artist_id_that_is_no_id_makes_no_two_artists_one(cell: str, tmp_path: Path) -> None:
    """A placeholder in artist_id is as good as none."""
    rows = (["t1", "One", "Ada", cell], ["t2", "Two", "Björk", cell], ["t3", "Three", "Eve", "e1"])
    outcome = put(tmp_path, table(["track_id", "title", "artist", "artist_id"], *rows))
    ids = [track["artist_id"] for track in outcome.tracks if track.get("artist_id")]
    assert len(ids) == len(set(ids)), ids
    assert len(outcome.tracks) == 3 or lines_named(outcome.said) & {2, 3}


@pytest.mark.parametrize(("title", "artist", "told"), [
    ("-", "-", True), ("???", "...", True), ("_", "#", True), ("1979", "311", False), ("1999", "Prinz Öl", False),
    ("???", "Ada", False), ("Slow", "!!!", False), ("夜", "電", False), ("🎵", "Ada", False)])  # fmt: skip
def test_a_row_without_a_letter_is_kept_and_told(title: str, artist: str, told: bool, tmp_path: Path) -> None:
    """It ranks last: numbers alone may be a song (told is reasonable for them too); one true name is enough."""
    rows = (["t1", "One", "Ada"], ["t2", title, artist], ["t3", "Three", "Ada"])
    outcome = put(tmp_path, table(["track_id", "title", "artist"], *rows))
    ids = {track["track_id"] for track in outcome.tracks}
    assert {"t1", "t3"} <= ids
    assert_fields(outcome, "t2", {"title": title, "artist": artist})
    if told:
        assert_told(outcome, 3)


@pytest.mark.parametrize("mark", ["\u202e", "\u200f", "\u2067", "\x1b[31m", "\x1b]0;x\x07", "\x08"], ids=ascii)
def test_marks_and_escapes_lose_no_title_and_never_reach_the_screen(mark: str, tmp_path: Path) -> None:
    """Row t1 is kept with or without the mark (a control character may cost it, told); row t2 is told, unharmful."""
    body = f"track_id,title,artist,year\nt1,{mark}Two,Ada,1999\nt2,Six,Ada,{mark}soon\nt3,Three,Ada,\nt4,Four,Ada,\n"
    outcome = put(tmp_path, body)
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]", outcome.said)
    assert_told(outcome, 3)
    if mark < " " and "t1" not in {track["track_id"] for track in outcome.tracks}:
        assert_told(outcome, 2)
    else:
        bare = mark.removeprefix("\x1b").rstrip("\x07\x08")  # what is left of an escape without its control characters
        assert_fields(outcome, "t1", {"title": AnyOf(("Two", f"{mark}Two", f"{bare}Two")), "year": 1999})


UNFIT: Final = {
    "no such column": (columns("kunstler=artist"), "kunstler"),
    "a constant without a value": (("--set", "artist"), "--set"),
    "a column without a name of ours": (("--column", "artist"), "--column"),
    "two columns for one": (columns("name=artist", "name2=artist"), "artist"),
}


@pytest.mark.parametrize("what", UNFIT)
def test_options_that_do_not_fit_the_file_are_refused_by_name(what: str, tmp_path: Path) -> None:
    """Nothing is imported on a guess."""
    options, word = UNFIT[what]
    outcome = put(tmp_path, "track_id,title,name,name2\nt1,One,Ada,Bo\n", *options)
    assert outcome.exit_code in (1, 2)
    assert not outcome.tracks
    assert word in outcome.stderr


# ---- JSON -----------------------------------------------------------------------------------------------------------
T1, T2, T3, T4 = (f'{{"track_id": "t{n}", "title": "{title}", "artist": "Ada"}}'
                  for n, title in ((1, "One"), (2, "Two"), (3, "Three"), (4, "Four")))  # fmt: skip
KEPT: Final = titled(t1="One", t3="Three", t4="Four")
DEEP: Final = f'{T2[:-1]}, "x": {"[" * 100_000}{"]" * 100_000}}}'
NESTED: Final = '{"track_id": "t1", "title": "One", "track_metadata": {"artist_name": "Ö", "info": {"length": 205}}}'
TYPED: Final = """[{"track_id": 17, "title": "1999", "artist": "Ada", "genres": ["hip-hop", "r&b"], "year": 1999,
    "tags": [], "duration_s": 205.5, "explicit": false}]"""


def lines(says: str, second: str, *bad: int, **more: Any) -> Odd:
    """JSON lines of which the second is odd."""
    return Odd(says, f"{T1}\n{second}\n{T3}\n{T4}\n", more.pop("kept", KEPT), bad, "songs.jsonl", **more)


JSONS: Final = [
    Odd("an array is read", f"[{T1}, {T3}, {T4}]", KEPT, name="songs.json"),
    Odd("a printed array over many lines is read",
        json.dumps([json.loads(one) for one in (T1, T3, T4)], indent=4), KEPT, name="songs.json"),
    Odd("an array named jsonl is read", f"[{T1},\n{T3},\n{T4}]\n", KEPT, name="songs.jsonl"),
    Odd("lines named json are read", f"{T1}\n{T3}\n{T4}\n", KEPT, name="songs.json"),
    Odd("lines with a mark, CRLF and blank lines are read",
        f"\ufeff{T1}\r\n\r\n{T3}\r\n{T4}\r\n", KEPT, name="songs.jsonl"),
    Odd("a line cut short at the end is told", f"{T1}\n{T3}\n{T4}\n{T2[:30]}", KEPT, (4,), "songs.jsonl"),
    Odd("an array inside an object is read or refused",
        f'{{"tracks": [{T1}, {T3}, {T4}]}}', KEPT, name="a.json", or_refused=True),
    Odd("one printed object is one track or refused",
        json.dumps(json.loads(T1), indent=2), titled(t1="One"), name="a.json", or_refused=True),
    Odd("nested names are columns", NESTED, {"t1": {"artist": "Ö", "duration_s": 205}}, name="songs.jsonl",
        options=columns("track_metadata.artist_name=artist", "track_metadata.info.length=duration_s")),
    Odd("lists, numbers and truths of JSON keep their kinds", TYPED, name="songs.json", kept={
        "17": {"title": "1999", "genres": ["hip-hop", "r&b"], "year": 1999, "duration_s": 205.5, "explicit": False,
               "tags": MISSING}}),
    Odd("a number as long as an id keeps its digits", T1.replace('"t1"', "12345678901234567890"),
        titled(**{"12345678901234567890": "One"}), name="songs.jsonl"),
    Odd("NaN and null are no values", T1.replace("}", ', "year": NaN, "album": null}'),
        {"t1": {"year": MISSING, "album": MISSING}}, name="songs.jsonl"),
    Odd("escapes are characters",
        T1.replace("One", "\\ud83c\\udfb5 \\u00fcber \\/ x"), titled(t1="🎵 über / x"), name="songs.jsonl"),
    lines("a broken line costs itself", '{"track_id": "t2", "title": "Tw', 2),
    lines("a list among lines costs itself", "[1, 2]", 2),
    lines("a text among lines costs itself", '"text"', 2),
    lines("a title that is null is told", T2.replace('"Two"', "null"), 2),
    lines("a title that is an object is told", T2.replace('"Two"', '{"de": "Zwei"}'), 2),
    lines("half an emoji costs at most its row", T2.replace("Two", "Two \\ud83c"), either={"t2": (2, {})}),
    lines("two objects on a line are read or told", T2 + T2.replace("t2", "t5"),
          either={"t2": (2, {"title": "Two"}), "t5": (2, {"title": "Two"})}),
    lines("a line separator character is no line end in JSON", T2.replace("Two", "Two\u2028x\x85y"),
          kept=KEPT | {"t2": {"title": AnyOf(("Two\u2028x\x85y", "Two x y", "Two x\x85y"))}}),
    lines("brackets nested a hundred thousand deep cost at most their row", DEEP, either={"t2": (2, {"title": "Two"})}),
]  # fmt: skip
BROKEN: Final = {"cut short": f"[{T1},\n{T3},\n{T4[:25]}", "broken inside": f"[{T1},\n{T3},\n{{so}},\n{T4}]"}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_array_fails_unless_one_item_alone_is_lost(body: str, tmp_path: Path) -> None:
    """Where the reader lost its place the command fails; going on after one item that is told is reasonable too."""
    outcome = put(tmp_path, body, name="songs.json")
    ids = {track["track_id"] for track in outcome.tracks}
    assert ids <= {"t1", "t3", "t4"}
    assert outcome.stderr.strip()
    assert outcome.exit_code == 1 or (ids == {"t1", "t3", "t4"} and lines_named(outcome.said) & {3})


# ---- Exports of well-known programs ---------------------------------------------------------------------------------
EXPORTIFY: Final = table(
    ["Track URI", "Track Name", "Album Name", "Artist Name(s)", "Release Date", "Duration (ms)", "Popularity",
     "Explicit", "Added At", "Genres", "Danceability", "Energy", "Tempo"],
    ["spotify:track:aa1", "Läuft, immer", "Rot", "Ada,Björk", "1999-05-01", "205000", "63", "true",
     "2023-10-06T14:32:00Z", "indie pop,dance pop", "0.61", "0.7", "120.013"],
    ["spotify:track:aa2", '12" Mix', "Blau", "Eve", "1999", "61000", "0", "false", "2023-10-06T14:33:00Z"] + [""] * 4,
)  # fmt: skip
ITUNES: Final = (
    "Name\tArtist\tAlbum\tGenre\tSize\tTime\tYear\tBPM\tPersistent ID\r"
    'Läuft\tBjörk\tRot\tPop\t8388608\t205\t1999\t120\tA1\rSix "6"\tEve\t\t\t1\t61\t\t\tA2\r'
)
DISCOGS: Final = """Catalog#,Artist,Title,Label,Format,Rating,Released,release_id,CollectionFolder
"HL 1, HL 1X",Björk (2),Läuft,Half-Lit,"LP, Album",,1987,1001,Uncategorized
HL 2,Eve,Six,Half-Lit,7",,0,1002,All
"""
ENCYCLOPEDIA: Final = """[{"id": "f27ec8db-af05-4f36-916e-3d57f91ecf5e", "title": "Läuft", "length": 205000,
    "first-release-date": "1999-05", "artist-credit-phrase": "Björk feat. Eve", "isrcs": ["DEAB12300001"]}]"""
PANDAS: Final = """,track_id,title,artist,genres,year,explicit
0,t1,Läuft,Björk,"['pop', 'dance']",1999.0,True
1,t2,Six,Eve,[],nan,
"""
SERVICES: Final = [
    Odd("an Exportify CSV is read", f"\ufeff{EXPORTIFY}", {
        "spotify:track:aa1": {"title": "Läuft, immer", "album": "Rot", "year": 1999, "duration_s": 205,
                              "explicit": True, "genres": ["indie pop", "dance pop"], "tempo_bpm": 120.013},
        "spotify:track:aa2": {"title": '12" Mix', "artist": "Eve", "year": 1999, "duration_s": 61, "explicit": False}},
        options=columns("Track URI=track_id", "Track Name=title", "Artist Name(s)=artist", "Album Name=album",
                        "Genres=genres", "Release Date=year", "Duration (ms)=duration_ms", "Explicit=explicit",
                        "Tempo=tempo_bpm")),
    Odd("an iTunes list (UTF-16, tabs, CR) is read", ITUNES.encode("utf-16"), {
        "A1": {"title": "Läuft", "duration_s": 205, "year": 1999, "genres": ["pop"], "tempo_bpm": 120},
        "A2": {"title": 'Six "6"', "album": MISSING, "year": MISSING, "duration_s": 61}}, name="Music.tsv",
        options=columns("Name=title", "Artist=artist", "Album=album", "Genre=genres", "Time=duration_s", "Year=year",
                        "BPM=tempo_bpm", "Persistent ID=track_id")),
    Odd("a DJ program's history (UTF-16, tabs, a column named #) is read",
        "#\tTrack Title\tArtist\tGenre\tBPM\tTime\r\n1\tLäuft\tBjörk\tHouse\t124.00\t03:25\r\n".encode("utf-16"),
        {"1": {"title": "Läuft", "genres": ["house"], "tempo_bpm": 124, "duration_s": 205}}, name="HISTORY.tsv",
        options=columns("#=track_id", "Track Title=title", "Artist=artist", "Genre=genres", "BPM=tempo_bpm",
                        "Time=duration_s")),
    Odd("a record collection (Discogs) is read, its year 0 unknown or told", DISCOGS,
        {"1001": {"title": "Läuft", "artist": AnyOf(("Björk (2)", "Björk")), "year": 1987}},
        either={"1002": (3, {"year": MISSING})}, options=columns(
            "release_id=track_id", "Artist=artist", "Title=title", "Released=year", "Label=label")),
    Odd("recordings of MusicBrainz's web service are read", ENCYCLOPEDIA, {"f27ec8db-af05-4f36-916e-3d57f91ecf5e": {
        "artist": "Björk feat. Eve", "duration_s": 205, "year": 1999, "isrc": CODE}}, name="recordings.json",
        options=columns("id=track_id", "length=duration_ms", "first-release-date=year", "isrcs=isrc",
                        "artist-credit-phrase=artist")),
    Odd("a tagger's CSV (mark, semicolons, one at each line's end) is read",
        "\ufeffTitle;Artist;Album;Year;Length;Path;\r\nLäuft;Björk;Rot;1999;00:03:25;a/1.mp3;\r\n",
        {"a/1.mp3": {"title": "Läuft", "album": "Rot", "year": 1999, "duration_s": 205}}, options=columns(
            "Title=title", "Artist=artist", "Album=album", "Year=year", "Length=duration_s", "Path=track_id")),
    Odd("a table saved by pandas (nameless index, lists as Python, nan) is read", PANDAS, {
        "t1": {"genres": POP_DANCE, "year": 1999, "explicit": True},
        "t2": {"genres": MISSING, "year": MISSING, "explicit": MISSING}}),
]  # fmt: skip


@pytest.mark.parametrize("odd", [*JSONS, *SERVICES], ids=by_sentence)
def test_json_and_exports_give_what_their_owner_expects(odd: Odd, tmp_path: Path) -> None:
    """One file of the tables above."""
    judge(odd, tmp_path)


# ---- Parquet: one extra column of three rows, the readings of the first and second, whether a row is told -----------
PARQUETS: Final[dict[str, tuple[str, Callable[[], Any], tuple[Any, Any]]]] = {
    "a list column": ("genres", lambda: pa.array([POP_DANCE, None, []]), (POP_DANCE, MISSING)),
    "a large list of large text": (
        "genres", lambda: pa.array([POP_DANCE, [], None], pa.large_list(pa.large_string())), (POP_DANCE, MISSING)),
    "a list with a null": ("genres", lambda: pa.array([["pop", None, "dance"], ["pop"], None]), (POP_DANCE, ["pop"])),
    "a dictionary": ("album", lambda: pa.array(["Größe", None, "Größe"]).dictionary_encode(), ("Größe", MISSING)),
    "a large text column": ("album", lambda: pa.array(["Größe", "", None], pa.large_string()), ("Größe", MISSING)),
    "bytes of UTF-8": ("album", lambda: pa.array(["Größe".encode(), None, b""]), (AnyOf(("Größe", MISSING)), MISSING)),
    "a timestamp": ("year", lambda: pa.array([925516800, None, 0], pa.timestamp("s")), (1999, MISSING)),
    "a zoned time": ("year", lambda: pa.array([925516800000, None, 0], pa.timestamp("ms", "UTC")), (1999, MISSING)),
    "nanoseconds": ("year", lambda: pa.array([925516800123456789, None, 0], pa.timestamp("ns")), (1999, MISSING)),
    "a date as year": ("year", lambda: pa.array([date(1999, 5, 1), None, date(2003, 1, 1)]), (1999, MISSING)),
    "years that pandas made floats": ("year", lambda: pa.array([1999.0, float("nan"), None]), (1999, MISSING)),
    "short whole numbers": ("year", lambda: pa.array([1999, None, 2003], pa.int16()), (1999, MISSING)),
    "decimals as length": (
        "duration_s", lambda: pa.array([Decimal("205.30"), None, None], pa.decimal128(10, 2)), (205.3, MISSING)),
    "a duration as length": ("duration_s", lambda: pa.array([timedelta(seconds=205), None, None]), (205, MISSING)),
    "whole milliseconds": ("duration_ms", lambda: pa.array([205000, None, 61000], pa.int64()), (205, MISSING)),
    "floats of 32 bits": ("tempo_bpm", lambda: pa.array([120.5, float("nan"), None], pa.float32()), (120.5, MISSING)),
    "truths": ("explicit", lambda: pa.array([True, False, None]), (True, False)),
    "truths as bytes": ("explicit", lambda: pa.array([1, 0, None], pa.int8()), (True, False)),
    "a column of nothing": ("album", lambda: pa.nulls(3), (MISSING, MISSING)),
    "a struct nobody asked for": ("extra", lambda: pa.array([{"a": 1}, None, {"a": 2}]), (None, None)),
    "an index that pandas saved": ("__index_level_0__", lambda: pa.array([7, 8, 9]), (None, None)),
    "a list of structs": ("extra", lambda: pa.array([[{"a": 1}], None, []]), (None, None)),
    "a map": ("extra", lambda: pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int64())), (None, None)),
}  # fmt: skip


@pytest.mark.parametrize("what", PARQUETS)
@pytest.mark.parametrize("codec", ["snappy", "zstd"])
def test_parquet_as_others_make_it_is_read(what: str, codec: str, tmp_path: Path) -> None:
    """Whole numbers as ids, large text for titles, artists in a struct, one row a group, and the odd column."""
    name, column, (first, second) = PARQUETS[what]
    made = pa.table({
        "track_id": pa.array([1, 2, 3]), "title": pa.array(["Läuft", "Two", "Three"], pa.large_string()),
        "meta": pa.array([{"artist": "Björk"}, {"artist": "Ada"}, {"artist": "Ada"}]), name: column()})  # fmt: skip
    pq.write_table(made, tmp_path / "songs.parquet", compression=codec, row_group_size=1)
    options = columns("meta.artist=artist")
    outcome = import_file(tmp_path / "home", "tracks", tmp_path / "songs.parquet", *options)
    assert outcome.exit_code == 0, outcome.said
    assert len(outcome.tracks) == 3
    field = FIELD_OF.get(name, name)
    assert_fields(outcome, "1", {"title": "Läuft", "artist": "Björk"} | ({field: first} if first is not None else {}))
    assert_fields(outcome, "2", {"title": "Two", "artist": "Ada"} | ({field: second} if first is not None else {}))


def test_a_null_title_in_parquet_costs_its_row(tmp_path: Path) -> None:
    """Rows may be counted from one, or from the line a header would have."""
    made = pa.table({"track_id": ["t1", "t2", "t3"], "title": ["One", None, "Three"], "artist": ["Ada"] * 3})
    pq.write_table(made, tmp_path / "songs.parquet")
    outcome = import_file(tmp_path / "home", "tracks", tmp_path / "songs.parquet")
    assert sorted(track["track_id"] for track in outcome.tracks) == ["t1", "t3"]
    assert_told(outcome, 2, 3)


# ---- Files other than tracks: 41 tracks of 41 artists are known ------------------------------------------------------
ABC: Final = [f"{first}{second}" for first in "ABCDEFG" for second in "aeiouy"][:41]
ME: Final = ("--set", "user_id=me")
NAMES: Final = [f"{name}n Quell" for name in ABC[:-1]] + ["Björk Åsk"]
SOME: Final = [*NAMES[:20], "Nobody Known", *NAMES[20:]]
LISTENS: Final = [{"listened_at": 1696602720, "track_metadata": {"artist_name": name.upper()}} for name in SOME]
PLAYED: Final = [{"endTime": "2023-10-06 14:32", "artistName": name, "msPlayed": 61000} for name in SOME]


def history(head: str, *rows: str) -> str:
    """A header and 42 rows made of forms, of which the 21st (line 22) speaks of what is not known."""
    known, stranger = rows
    made = [known.format(n=n, who=name) for n, name in enumerate(NAMES, 1)]
    return "\n".join([head, *made[:20], stranger, *made[20:], ""])


PLAYS: Final = history("user_id,track_id,plays,at", "u{n},t{n},2,2023-10-06T14:32:00Z", "u9,t999,1,2023-10-06")
LASTFM: Final = history("uts,utc_time,artist", '1,"06 Oct 2023, 14:32",{who}', '1,"06 Oct 2023, 14:32",Nobody Known')
ARTISTS: Final = history("artist,tags,country", "{who},pop:3;slow dance,DE", ",pop,DE")
LISTS: Final = history("playlist_id,track_ids,title", "p{n},t1; t2 t3;t4,Mix", "p0,t1 t999 t2,Mix")
LISTENING: Final[dict[str, tuple[str, str, str, tuple[str, ...], str]]] = {
    "artists of which one has no name": ("artists", "artists.csv", ARTISTS, (), "artist"),
    "plays of a track": ("interactions", "plays.csv", PLAYS, (), "t999"),
    "a Last.fm history by artist": ("interactions", "a.csv", LASTFM, (*columns("utc_time=at"), *ME), "Nobody Known"),
    "listens as ListenBrainz nests them": ("interactions", "listens.jsonl", "\n".join(map(json.dumps, LISTENS)),
        (*columns("listened_at=at", "track_metadata.artist_name=artist"), *ME), "Nobody Known"),
    "a Spotify history as an array": ("interactions", "StreamingHistory0.json", json.dumps(PLAYED, indent=1),
        (*columns("endTime=at", "artistName=artist"), *ME), "Nobody Known"),
    "playlists with blanks and semicolons": ("playlists", "lists.csv", LISTS, (), "t999"),
}  # fmt: skip


def catalog_home(folder: Path) -> Path:
    """A home with the tracks t1 to t41."""
    rows = [[f"t{n}", f"Song {n}", who] for n, who in enumerate(NAMES, 1)]
    assert len(put(folder, table(["track_id", "title", "artist"], *rows), name="catalog.csv").tracks) == 41
    return folder / "home"


@pytest.mark.parametrize("what", LISTENING)
def test_what_listeners_did_is_kept_and_the_unknown_told(what: str, tmp_path: Path) -> None:
    """The unknown is named with its line (items of an array may be counted otherwise); what was kept is counted."""
    source, name, body, options, unknown = LISTENING[what]
    catalog_home(tmp_path)
    outcome = put(tmp_path, body, *options, name=name, source=source)
    assert outcome.exit_code == 0, outcome.said
    assert unknown.casefold() in outcome.said.casefold()
    assert lines_named(outcome.said) & ({22} if name.endswith("csv") else {21, 22, *range(100, 110)})
    assert re.search(r"\b42\b" if source == "playlists" else r"\b41\b", outcome.said.replace(str(tmp_path), ""))


def test_one_broken_line_among_consent_records_is_told_and_the_others_hold(tmp_path: Path) -> None:
    """The takedown after the broken line must be on record, and the broken one must be told."""
    home = catalog_home(tmp_path)
    deal = {"kind": "deal", "territories": ["Worldwide"], "use_types": ["OnDemandStream"], "start": "2020-01-01"}
    records = [
        json.dumps(deal | {"track_id": "t1"}), json.dumps(deal | {"track_id": "t3"}),
        '{"kind": "takedown", "track_id": "t2", "reason": "cut sho',
        '{"kind": "takedown", "track_id": "t3", "reason": "Frau Öst asked"}', "",
        '{"kind": "disclosure", "track_id": "t1", "level": "none"}']  # fmt: skip
    outcome = put(tmp_path, "\ufeff" + "\r\n".join(records), name="records.jsonl", source="consent")
    assert outcome.exit_code == 0, outcome.said
    assert_told(outcome, 3)
    stories = {track: command("consent", "show", track, "--home", str(home))[1] for track in ("t1", "t3")}
    assert "Frau Öst asked" in stories["t3"]
    assert "Frau Öst asked" not in stories["t1"]
