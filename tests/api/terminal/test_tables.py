"""What commands print beside playlists: sentences, progress, findings."""

import pytest

from api.terminal.tables import print_findings, progress, say


def test_a_finding_stands_with_its_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    print_findings([("bundle", "stale", "the catalog [b]has[/b] changed", "run `consonance build`")])
    assert (
        " ".join(capsys.readouterr().out.split())
        == "bundle stale the catalog [b]has[/b] changed Remedy: run `consonance build`"
    )


def test_a_sentence_in_a_file_is_one_line_however_long(capsys: pytest.CaptureFixture[str]) -> None:
    say("/a/long/path" * 50)
    assert capsys.readouterr().out == "/a/long/path" * 50 + "\n"


def test_progress_in_a_file_is_one_line_when_it_is_done_and_none_when_it_failed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress("Counting", 3) as advance:
        advance(2)
        advance(1)
    assert capsys.readouterr().err == "Counting: 3\n"
    with pytest.raises(ValueError, match="no"), progress("Failing", None):
        raise ValueError("no")
    assert capsys.readouterr().err == ""
