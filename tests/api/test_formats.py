import csv
import io
import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.experiments.assignment import NO_EXPERIMENT, assign
from api.formats import FORMATS, negotiate
from api.schemas.playlists import PlaylistResponse
from catalog.importers.tables import import_table
from catalog.stores import open_store
from catalog.tracks import Track, TrackId
from recommender.requests import PlaylistRequest
from tests.api.conftest import TRACKS, recommending_in_order

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
XSPF = {"x": "http://xspf.org/ns/0/"}


def answer(*tracks: Track) -> PlaylistResponse:
    with TemporaryDirectory() as folder, recommending_in_order(Path(folder), tracks) as recommender:
        playlist = recommender.recommend(PlaylistRequest("slow", "DE", at=AT))
    return PlaylistResponse.of(playlist, "p1", "r1", assign(NO_EXPERIMENT, "r1"))


def written(name: str, playlist: PlaylistResponse) -> str:
    return FORMATS[name].write(playlist)


def test_json_is_the_answer_itself() -> None:
    playlist = answer(*TRACKS)
    assert PlaylistResponse.model_validate_json(written("json", playlist)) == playlist


def test_jspf_names_tracks_and_identifiers() -> None:
    document = json.loads(written("jspf", answer(*TRACKS)))["playlist"]
    assert document["title"] == "Music for: slow"
    assert document["date"] == "2026-03-01T12:00:00Z"
    assert document["meta"] == [{"urn:consonance:policy": "strict"}]
    first, second = document["track"]
    assert first["identifier"] == ["urn:consonance:track:t1", "urn:isrc:QZABC2100001"]
    assert (first["title"], first["creator"], first["album"], first["duration"]) == (
        *("Slow Rain", "Marta Quell", "Harbour"),
        215_400,
    )
    assert second["meta"] == [{"urn:consonance:ai": "partly"}]
    assert "album" not in second


def test_xspf_is_well_formed_and_says_the_same() -> None:
    root = ET.fromstring(written("xspf", answer(*TRACKS)))
    assert root.get("version") == "1"
    titles = [title.text for title in root.findall("x:trackList/x:track/x:title", XSPF)]
    assert titles == ["Slow Rain", "<img src=x onerror=alert(1)>"]
    assert [node.text for node in root.findall("x:trackList/x:track/x:duration", XSPF)] == ["215400", "61000"]
    assert [node.text for node in root.findall("x:trackList/x:track/x:meta", XSPF)] == ["undeclared", "partly"]


def test_m3u8_has_one_line_a_value() -> None:
    track = Track(
        TrackId("t1"), "Slow\nhttp://evil.example/x.mp3\r\n#EXTINF:0", "Marta\u2028Quell", album="Har\x00bour"
    )
    assert written("m3u8", answer(track)).splitlines() == [
        "#EXTM3U",
        "#PLAYLIST:Music for: slow",
        "#POLICY:strict",
        "#EXTINF:-1,Marta Quell - Slow http://evil.example/x.mp3 #EXTINF:0",
        "#EXTALB:Har bour",
        "#AI:undeclared",
        "#urn:consonance:track:t1",
    ]


def test_text_is_what_a_person_would_put_into_a_message() -> None:
    told = answer(*TRACKS, Track(TrackId("t9"), "A\nB", "C")).model_copy(update={"own_sentence": "For Ida"})
    assert written("txt", told).splitlines() == [
        "Music for: slow",
        "For Ida",
        "",
        "1. Marta Quell - Slow Rain (3:35)",
        '2. =Ansel & "Ida" - <img src=x onerror=alert(1)> (1:01) [AI in part]',
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_a_list_without_tracks_is_written_in_every_format(name: str) -> None:
    text = written(name, answer(*TRACKS).model_copy(update={"tracks": [], "left": []}))
    match name:
        case "json" | "jspf":
            assert (json.loads(text).get("playlist") or json.loads(text)).get("track", []) == []
        case "xspf":
            root = ET.fromstring(text)
            assert len(root.findall("x:trackList", XSPF)) == 1
            assert root.findall("x:trackList/x:track", XSPF) == []
        case "csv":
            assert len(list(csv.reader(io.StringIO(text)))) == 1
        case "m3u8":
            assert text.splitlines()[0] == "#EXTM3U"
            assert [line for line in text.splitlines() if not line.startswith("#")] == []
        case _:
            assert text == "Music for: slow\n"


PLACES = {
    "https://music.example/a b.mp3?x=1&y=%20": ("https://music.example/a%20b.mp3?x=1&y=%20",) * 2,
    "/music/Ö #1.flac": ("file:///music/%C3%96%20%231.flac", "/music/Ö #1.flac"),
    r"C:\Musik\x.mp3": ("file:///C:/Musik/x.mp3", r"C:\Musik\x.mp3"),
    "#1/hit.mp3": ("%231/hit.mp3", "./#1/hit.mp3"),
}


@pytest.mark.parametrize(("location", "address", "line"), [(place, *both) for place, both in PLACES.items()])
def test_players_find_the_audio_where_it_is_known(location: str, address: str, line: str) -> None:
    playlist = answer(Track(TrackId("t1"), "Slow", "Marta", location=location))
    assert json.loads(written("jspf", playlist))["playlist"]["track"][0]["location"] == [address]
    (found,) = ET.fromstring(written("xspf", playlist)).findall("x:trackList/x:track/x:location", XSPF)
    assert found.text == address
    media = [row for row in written("m3u8", playlist).splitlines() if not row.startswith("#")]
    assert media == [line if not location.startswith("https") else location]
    assert next(csv.DictReader(io.StringIO(written("csv", playlist).removeprefix("\ufeff"))))["location"] == location


def test_jspf_identifies_recordings_as_listenbrainz_takes_them() -> None:
    mbid = "f27ec8db-af05-4f36-916e-3d57f91ecf5e"
    playlist = answer(Track(TrackId("t1"), "Slow", "Marta", isrc="QZABC2100001", mbid=mbid))
    document = json.loads(written("jspf", playlist))["playlist"]
    (track,) = document["track"]
    assert track["identifier"] == [f"https://musicbrainz.org/recording/{mbid}"]
    assert document["extension"] == {"https://musicbrainz.org/doc/jspf#playlist": {"public": False}}
    assert track["extension"]["https://musicbrainz.org/doc/jspf#track"]["additional_metadata"] == {
        "track_id": "t1",
        "isrc": "QZABC2100001",
    }


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)


@given(title=st.builds(str.__add__, st.sampled_from(["", "=", "'=", "''-", "+", "@", "'"]), NAMES), artist=NAMES)
def test_names_that_went_out_as_csv_come_in_again_as_they_were(
    plain: PlaylistResponse, title: str, artist: str
) -> None:
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        path = Path(folder) / "list.csv"
        path.write_bytes(written("csv", with_track(plain, title=title, artist=artist)).encode())
        report = import_table(store, "tracks", path)
        assert [(track.title, track.artist) for track in store.all_tracks()] == [(title, artist)] or report.left_out


def test_csv_has_a_header_a_mark_of_its_encoding_and_no_formulas() -> None:
    text = written("csv", answer(*TRACKS))
    assert text.startswith("\ufeffposition,")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row["track_id"] for row in rows] == ["t1", "t2"]
    assert rows[0]["licensor"] == "Harbour Records"
    assert rows[1]["artist"] == '\'=Ansel & "Ida"'
    assert rows[1]["ai"] == "partly"


@pytest.mark.parametrize("name", FORMATS)
def test_a_list_in_which_nothing_was_withheld_says_so_in_every_format(name: str) -> None:
    everything = answer(*TRACKS).model_copy(update={"policy": "audit_only"})
    assert "audit_only" in written(name, everything)


@pytest.fixture(scope="module")
def plain() -> PlaylistResponse:
    return answer(Track(TrackId("t1"), "A", "B"))


def with_track(playlist: PlaylistResponse, **changes: str) -> PlaylistResponse:
    return playlist.model_copy(update={"tracks": [playlist.tracks[0].model_copy(update=changes)]})


def test_an_identifier_is_quoted(plain: PlaylistResponse) -> None:
    assert (
        written("m3u8", with_track(plain, track_id="a b\n/é")).splitlines()[-1]
        == "#urn:consonance:track:a%20b%0A%2F%C3%A9"
    )


@given(st.text(), st.text(), st.text())
def test_no_text_breaks_a_format(plain: PlaylistResponse, title: str, artist: str, prompt: str) -> None:
    playlist = with_track(plain, title=title, artist=artist)
    playlist = playlist.model_copy(update={"title": f"Music for: {prompt}", "prompt": prompt})
    (track,) = json.loads(written("jspf", playlist))["playlist"]["track"]
    assert (track["title"], track["creator"]) == (title, artist)
    assert len(ET.fromstring(written("xspf", playlist)).findall("x:trackList/x:track", XSPF)) == 1
    assert len(written("m3u8", playlist).splitlines()) == 6
    assert len(written("txt", playlist).splitlines()) == 3
    assert len(list(csv.reader(io.StringIO(written("csv", playlist), newline="")))) == 2


FILES = {
    "Slow Rain": 'filename="Slow Rain.csv"',
    'AC/DC: 100% \\ "live"?': 'filename="AC DC 100 live.csv"',
    "../../.profile": 'filename="profile.csv"',
    "a\r\nSet-Cookie: b\x00\u202ecsv": 'filename="a Set-Cookie b csv.csv"',
    "...": 'filename="playlist.csv"',
    "": 'filename="playlist.csv"',
    "雨": "filename*=UTF-8''%E9%9B%A8.csv",
    "l'été": "filename*=UTF-8''l%27%C3%A9t%C3%A9.csv",
}


@pytest.mark.parametrize(("title", "called"), FILES.items())
def test_a_file_is_named_after_its_title_without_what_file_systems_refuse(title: str, called: str) -> None:
    assert FORMATS["csv"].headers(title) == {"Content-Disposition": f"attachment; {called}"}
    assert FORMATS["json"].headers(title) == {}


@given(st.text(st.characters()))
def test_every_title_makes_a_name_that_a_header_and_a_file_system_take(title: str) -> None:
    called = FORMATS["xspf"].headers(title)["Content-Disposition"].removeprefix("attachment; ")
    assert called.isascii()
    name = unquote(called.removeprefix("filename*=UTF-8''").removeprefix('filename="').removesuffix('"'))
    assert not set('"%*/:<>?\\|\r\n\0') & set(name)
    assert not name.startswith((".", " "))
    assert len(name.encode()) <= 255


ACCEPTED = {
    "": "json",
    "*/*": "json",
    "application/json": "json",
    "application/*": "json",
    "application/jspf+json": "jspf",
    "application/xspf+xml": "xspf",
    "text/csv": "csv",
    "Text/CSV; charset=utf-8": "csv",
    "text/*": "csv",
    "text/plain": "txt",
    "audio/x-mpegurl": "m3u8",
    "audio/mpegurl": "m3u8",
    "audio/*": "m3u8",
    "application/vnd.apple.mpegurl": "m3u8",
    "text/csv;q=0.5, application/xspf+xml;q=0.9": "xspf",
    "text/csv;q=0.5, */*;q=0.1": "csv",
    "application/json;q=0, */*": "jspf",
    "text/html,application/xhtml+xml,*/*;q=0.8": "json",
    "text/csv;q=nonsense": "csv",
    "text/csv;q=0": None,
    "image/png": None,
    "*/*;q=0": None,
    ",;=": None,
}


@pytest.mark.parametrize(("header", "name"), ACCEPTED.items())
def test_the_accept_header_chooses(header: str, name: str | None) -> None:
    chosen = negotiate(header)
    assert (chosen.name if chosen else None) == name
