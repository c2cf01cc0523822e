"""`consonance consent`: what is on record is shown, and take-downs."""

from pathlib import Path

import pytest

from tests.api.terminal.conftest import Command, answered, assert_complaint


class TestConsent:
    def test_what_is_on_record_is_shown(self, command: Command, home: Path) -> None:
        playlist = answered(command("playlist", "rainy sunday jazz", "--format", "json", "--home", home))
        for track in playlist.tracks[:5]:
            ended = command("consent", "show", track.track_id, "--home", home)
            assert ended.status == 0
            assert track.title in ended.out
            assert "Allowed" in ended.out
            assert "What happened, and what lies ahead" in ended.out
            assert track.consent.basis is not None
            assert track.consent.basis.licensor is None or track.consent.basis.licensor in " ".join(ended.out.split())

    def test_a_take_down_for_one_territory_holds_there_alone(self, command: Command, changing: Path) -> None:
        playlist = answered(command("playlist", "rainy sunday jazz", "--format", "json", "--home", changing))
        track_id = next(
            track.track_id
            for track in playlist.tracks
            if track.consent.basis and track.consent.basis.territories == ["Worldwide"]
        )
        words = ("consent", "takedown", track_id, "--territory", "de", "--reason", "a claim", "--home", changing)
        assert command(*words).out.startswith(f"taken down DE: {track_id}")
        show = ("consent", "show", track_id, "--home", changing, "--territory")
        assert "Withheld in Germany" in command(*show, "DE").out
        assert "Allowed" in command(*show, "FR").out

    def test_a_source_spelled_nearly_as_a_kind_of_source_is_told(self, command: Command, changing: Path) -> None:
        """As an operator's own name it outranks the artist, who could not take the word back."""
        playlist = answered(command("playlist", "jazz", "--length", 1, "--format", "json", "--home", changing))
        track_id = playlist.tracks[0].track_id
        words = ("consent", "grant", track_id, "recommendation", "not_allowed", "--home", changing, "--by")
        assert "if 'artist_statement' was meant" in command(*words, "artist_statment").out
        assert "was meant" not in command(*words, "artist_statement").out
        assert "was meant" not in command(*words, "our lawyer").out

    @pytest.mark.parametrize("form", ["urn:isrc:{0.isrc}", "urn:consonance:track:{0.track_id}"])
    def test_a_track_is_named_as_exports_name_it(self, command: Command, changing: Path, form: str) -> None:
        playlist = answered(command("playlist", "rainy sunday jazz", "--format", "json", "--home", changing))
        track = next(track for track in playlist.tracks if track.isrc)
        name = form.format(track)
        assert command("consent", "takedown", name, "--reason", "asked to", "--home", changing).status == 0
        assert "Withheld" in command("consent", "show", name, "--home", changing).out
        assert "Withheld" in command("consent", "show", track.track_id, "--home", changing).out

    def test_a_take_down_of_an_unknown_track_among_known_ones_changes_nothing(
        self, command: Command, changing: Path
    ) -> None:
        playlist = answered(command("playlist", "jazz", "--length", 1, "--format", "json", "--home", changing))
        known = playlist.tracks[0].track_id
        words = ("consent", "takedown", known, "nope", "--reason", "x", "--home", changing)
        assert_complaint(command(*words), "'nope'", status=2)
        assert "Allowed" in command("consent", "show", known, "--home", changing).out
