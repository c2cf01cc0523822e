"""What a terminal shows of an answer: concise, literal, with the right and the AI label of every track."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.cells import cell_len

from api.experiments.assignment import NO_EXPERIMENT, assign
from api.pages.languages import ENGLISH, texts_of
from api.schemas.playlists import ChangesResponse, LeftResponse, PlaceResponse, PlaylistResponse
from api.terminal.playlists import basis_words, main_reasons, print_explanation, print_playlist
from api.wording import WISHED
from catalog.consent import ConsentContext, TrackFacts, decide, parse_record
from catalog.consent.presets import POLICIES
from catalog.tracks import Track, TrackId
from recommender.playlists import (
    Contradiction,
    Droppable,
    Interpretation,
    Playlist,
    PlaylistTrack,
    Reason,
    Relaxation,
    Shortfall,
    Versions,
)
from recommender.requests import PlaylistRequest

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HARBOUR = {"kind": "deal", "track_id": "t1", "licensor": "Harbour Records", "source": "ern_message"}


def answer(track: Track, *said: dict[str, Any], **changes: Any) -> PlaylistResponse:
    """Return an answer of one track about which this was said; `withheld` and others as of `Playlist`."""
    facts = TrackFacts(track.track_id, tuple([parse_record(row) for row in said]), track.year)
    context = ConsentContext("DE", NOON)
    decision = decide(facts, context, POLICIES["labelled_ai"])
    reasons = (
        Reason("tagged", ("slow",), "tagged slow"),
        Reason("near", ("1",), "among the closest to your words"),
    )
    playlist = Playlist(
        title="Slow rain",
        request=PlaylistRequest("slow rain, no vocals", "DE", policy="labelled_ai"),
        policy="labelled_ai",
        at=NOON,
        interpretation=(Interpretation("instrumental", True, "no vocals", hard=True, unverified=1, said="no vocals"),),
        tracks=(PlaylistTrack(1, track, 0.5, {"dense": 0.4, "lexical": 0.1}, reasons, decision),),
        withheld={},
        shortfall=None,
        versions=Versions("1-1", "b1", "labelled_ai-1", 7),
        eligible_count=1,
        eligible_hash="0f",
    )
    return PlaylistResponse.of(replace(playlist, **changes), "p1", "r1", assign(NO_EXPERIMENT, "r1"))


@pytest.fixture(params=[40, 60, 80, 99, 100, 140, 300])
def columns(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Columns of a terminal."""
    monkeypatch.setenv("COLUMNS", str(request.param))
    return int(request.param)


def shown(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


TRACK = Track(TrackId("t1"), "Slow Rain", "Marta Quell", year=2014, duration_s=215.4)


def test_a_list_shows_what_was_understood_each_track_its_label_and_its_licence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    disclosure = {
        "kind": "disclosure",
        "track_id": "t1",
        "level": "partly",
        "facets": [{"facet": "lyrics", "level": "partly"}],
    }
    print_playlist(answer(TRACK, {**HARBOUR, "territories": ["DE", "FR"], "end": "2030-07-01"}, disclosure))
    text = shown(capsys)
    assert "Slow rain 1 track, 3:35, DE, free of charge, policy labelled_ai" in text
    assert "must: no vocals (not known of 1)" in text
    assert "Slow Rain [AI in part]" in text
    assert "tagged slow; among" in text
    assert "AI in part (lyrics)" in text
    assert "Harbour Records · DE, FR · until 2030-07-01" in text
    assert "Marta Quell, 2014" in text
    assert "consonance explain p1" in text


def test_where_only_people_may_play_each_track_shows_what_shows_them(capsys: pytest.CaptureFixture[str]) -> None:
    """Under other policies that is told by `explain`; whatever it is, AI that nobody declared is told too."""
    verified = {"kind": "party", "artist": "Marta Quell", "verified_human": True, "source": "registry"}
    playlist = answer(TRACK, HARBOUR, verified)
    told = "performer verified to be human by a registry; first published in 2014, before 2022"
    print_playlist(playlist)
    assert "verified to be human" not in shown(capsys)
    print_explanation(playlist)
    assert f"people {told}" in shown(capsys)
    print_playlist(playlist.model_copy(update={"policy": "human_only"}))
    lines = capsys.readouterr().out.splitlines()
    column = lines[2].index("AI, licence")
    assert " ".join(" ".join(line[column:] for line in lines[3:]).split()).startswith(f"AI not declared; {told}")


def test_what_is_read_is_told_in_words_and_so_is_what_does_not_go_together(
    capsys: pytest.CaptureFixture[str],
) -> None:
    spoken = (Interpretation("ai", "none", "AI", True, said="nothing labelled as made with AI"),)
    both = (Contradiction(("no vocals", "singing"), "music is either sung or not", "singing"),)
    print_playlist(answer(TRACK, HARBOUR, interpretation=spoken, contradictions=both))
    text = shown(capsys)
    assert "must: nothing labelled as made with AI" in text
    assert "'no vocals' and 'singing'" in text
    assert "music is either sung or not" in text


def test_a_track_takes_three_lines_of_a_hundred_and_twenty_columns_at_most(
    capsys: pytest.CaptureFixture[str],
) -> None:
    one = answer(
        replace(TRACK, title="Canal Row at Six Fifteen", artist="The Corrado Castelrosso Sextet"),
        {**HARBOUR, "territories": ["AT", "BE", "CH", "DE", "FR", "NL"]},
    )
    print_playlist(one.model_copy(update={"tracks": one.tracks * 20}))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 3 * 20 + len(("heading", "understood", "columns", "withheld", "explain", "go on"))
    assert max(map(len, lines)) <= 120


def test_markup_and_control_characters_in_names_are_shown_and_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    name = "[red]x[/] [bold]\\"
    odd = Track(TrackId("t1"), name, "Ida\x1b[2J\x07 \u202eknat\u202c")
    playlist = answer(odd, HARBOUR)
    hostile = playlist.model_copy(update={"title": "[/] [link=x]"})
    print_playlist(hostile)
    print_explanation(hostile)
    text = capsys.readouterr().out
    assert text.count(name) == 2
    assert text.count("[/] [link=x]") == 2
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text


def test_of_a_long_list_of_territories_only_the_listeners_own_is_named() -> None:
    many = answer(TRACK, {**HARBOUR, "territories": ["AT", "BE", "CH", "DE", "FR", "NL"]})
    few = answer(TRACK, {**HARBOUR, "territories": ["DE", "FR"]})
    without = answer(TRACK, {**HARBOUR, "excluded_territories": ["US", "CA", "MX", "BR", "AR"]})
    assert "DE and 5 more" in basis_words(many.tracks[0].consent.basis)
    assert "DE, FR" in basis_words(few.tracks[0].consent.basis)
    assert "worldwide without AR and 4 more" in basis_words(without.tracks[0].consent.basis)


def test_the_licence_in_full_says_by_whom_where_how_paid_when_and_who_recorded_it() -> None:
    said = {**HARBOUR, "territories": ["DE"], "start": "2020-01-01", "end": "2030-01-01"}
    basis = answer(TRACK, said).tracks[0].consent.basis
    assert (
        basis_words(basis)
        == "Harbour Records · DE · free of charge · from 2020-01-01 until 2030-01-01 · by the licensor's delivery"
    )
    assert basis_words(None) == "none"


def test_withheld_tracks_are_counted_in_words_the_most_first(capsys: pytest.CaptureFixture[str]) -> None:
    print_playlist(answer(TRACK, HARBOUR, withheld={"NO_DEAL": 2, "SPAM": 9, "DUPLICATE": 2}))
    told = "9 spam, 2 a copy of another track, 2 no licence on record"
    assert f"Withheld: 13 near your words: {told}" in shown(capsys)
    print_playlist(answer(TRACK, HARBOUR, withheld={"NO_DEAL": 2, "SPAM": 9, "DUPLICATE": 2}, considered=40))
    assert f"Withheld: 13 of the 40 nearest: {told}" in shown(capsys)


def test_nothing_withheld_is_said_and_a_count_not_asked_for_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    print_playlist(answer(TRACK, HARBOUR))
    assert "Withheld: nothing near your words" in shown(capsys)
    print_playlist(answer(TRACK, HARBOUR, withheld=None))
    assert "Withheld" not in shown(capsys)


def test_a_short_list_says_why_and_what_to_relax(capsys: pytest.CaptureFixture[str]) -> None:
    wishes = (Droppable("instrumental", True, "no vocals"), Droppable("tempo", (60, 90), "60 to 90 bpm"))
    relax = (Relaxation(wishes, 3), Relaxation((), 1, "labelled_ai"))
    print_playlist(answer(TRACK, HARBOUR, shortfall=Shortfall(19, "only 1 track is permitted here and now", relax)))
    assert (
        "Short: only 1 track is permitted here and now. To relax: 3 tracks more without 'no vocals' and '60 to 90 bpm'; "
        "1 track more under the policy labelled AI." in shown(capsys)
    )


def test_an_empty_list_is_said_in_words_and_without_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    short = Shortfall(20, "consent could not be read, so nothing is recommended; try again later")
    print_playlist(answer(TRACK, HARBOUR, tracks=(), shortfall=short))
    text = shown(capsys)
    assert "0 tracks" in text
    assert "title, artist" not in text
    assert "consent could not be read" in text


def test_reasons_beside_a_track_are_those_for_which_there_is_room() -> None:
    assert main_reasons(["tagged jazz", "x" * 90, "instrumental"]) == "tagged jazz; instrumental"
    assert main_reasons(["x" * 90, "instrumental"]) == "x" * 90
    assert main_reasons([]) == ""


def test_an_explanation_tells_shares_of_the_score_and_the_decision(capsys: pytest.CaptureFixture[str]) -> None:
    playlist = answer(TRACK, HARBOUR)
    print_explanation(playlist)
    text = shown(capsys)
    assert "0.5000: dense 80%, lexical 20%" in text
    consent = playlist.tracks[0].consent
    assert f"decision {consent.verdict}, {consent.decision_id}" in text
    assert "licence Harbour Records · worldwide · free of charge · by the licensor's delivery" in text


def disclosed(level: str, *facets: str) -> dict[str, Any]:
    told = [{"facet": facet, "level": "partly"} for facet in facets]
    return {"kind": "disclosure", "track_id": "t1", "level": level, "facets": told}


ALLOWED = {"kind": "grant", "track_id": "t1", "use": "ai_source", "state": "allowed", "source": "registry"}
SUSPECTED = {
    "kind": "flag",
    "track_id": "t1",
    "flag": "ai_suspected",
    "state": "open",
    "score": 0.8,
    "source": "platform_tag",
}


@pytest.mark.parametrize(
    ("said", "mark"),
    [
        ([disclosed("all"), ALLOWED], "Slow Rain [AI]"),
        ([disclosed("partly", "artwork")], "Slow Rain [AI in part]"),
        ([disclosed("none")], "Slow Rain"),
        ([], "Slow Rain"),
        ([SUSPECTED], "Slow Rain [possibly AI]"),
    ],
)
def test_a_mark_of_ai_stands_beside_the_title_where_it_says_something(
    capsys: pytest.CaptureFixture[str], columns: int, said: list[dict[str, Any]], mark: str
) -> None:
    print_playlist(answer(TRACK, HARBOUR, *said))
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "Slow Rain" in line]
    after = "  " if columns >= 100 else " \u00b7 Marta"
    assert f"1 {mark}{after}" in line.replace("1  ", "1 ", 1)


NAMES = {
    "long": ("The Song of the Lighthouse Keeper's Second Daughter, as Sung by the Sea " * 3, "A Very Long Name " * 9),
    "wide": ("\u6771\u4eac\u306e\u96e8 \U0001f327\ufe0f\U0001f3b7" * 9, "\u96e8\u5bae\u307f\u3069\u308a" * 9),
    "from right to left": ("\u05d2\u05e9\u05dd \u05e7\u05dc " * 9, "\u0641\u064a\u0631\u0648\u0632 " * 9),
}


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
def test_any_names_fit_any_terminal_with_the_mark_and_the_time_in_view(
    capsys: pytest.CaptureFixture[str], columns: int, names: tuple[str, str]
) -> None:
    odd = replace(TRACK, title=names[0], artist=names[1])
    one = answer(odd, {**HARBOUR, "licensor": names[1]}, disclosed("partly", "lyrics", "vocals"))
    print_playlist(one.model_copy(update={"title": "Slow", "tracks": one.tracks * 3}))
    lines = [line for line in capsys.readouterr().out.splitlines() if "consonance " not in line]
    assert max(map(cell_len, lines)) <= columns
    assert sum("3:35" in line for line in lines) >= 3
    if columns < 100:
        rows = [line for line in lines if "3:35" in line][-3:]
        assert all("[AI in part]" in row and cell_len(row) == columns for row in rows)
        assert sum("AI in lyrics" in line for line in lines) == 3
    assert all(line.count("\u2068") == line.count("\u2069") for line in lines if columns < 100)


def test_a_change_says_in_a_sentence_what_stayed_moved_came_and_left_and_why(
    capsys: pytest.CaptureFixture[str],
) -> None:
    left = [LeftResponse(track_id=f"l{n}", position=n, because=why) for n, why in enumerate(("replaced", "NO_DEAL"))]
    stayed, came = [PlaceResponse(track_id="t1", position=1)], [PlaceResponse(track_id="t2", position=2)]
    changes = ChangesResponse(stayed=stayed, moved=[], came=came, left=left)
    print_playlist(answer(TRACK, HARBOUR).model_copy(update={"changes": changes}))
    told = "2 left (1 gave way to what fits better, 1 no licence on record)"
    assert f"Changed: 1 stayed, 0 moved, 1 came (now 2), {told}" in shown(capsys)
    many = changes.model_copy(update={"came": came * 1_000})
    print_playlist(answer(TRACK, HARBOUR).model_copy(update={"changes": many}))
    assert "1,000 came (now 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2 and 980 more)" in shown(capsys)


def test_wishes_count_in_the_words_of_the_page() -> None:
    page = texts_of(ENGLISH)
    assert {True: page["wishes.must"], False: page["wishes.if_possible"]} == WISHED
