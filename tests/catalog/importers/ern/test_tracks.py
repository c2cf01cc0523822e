"""What a message tells of a track: who performs it, when it came out, in which version, sung or not, played on what."""

from dataclasses import replace

import pytest

from catalog.credits import Performer, Role
from catalog.importers.ern.messages import Message, read_message
from catalog.importers.ern.values import read_duration
from catalog.tracks import Track
from tests.ern_messages import (
    RAIN,
    SENDER,
    contributor,
    deal,
    is_38,
    new_release,
    reasons,
    recording,
    records,
    release,
    release_deal,
    terms,
)

ISNI = "0000000121032683"


def described(
    version: str, content: str, *changes: tuple[str, str], of_release: str = "", title: str = "Tin Rain"
) -> Message:
    """Read a message whose recording and release say more, after some changes of its text."""
    at_details = is_38(version) and content.startswith("<!--by territory-->")
    resource = recording(version, title=title, more="" if at_details else content)
    if at_details:
        resource = resource.replace("<LabelName>", f"{content}<LabelName>")
    whole = release(version, more=of_release)
    message = new_release(version, resources=resource, releases=whole).decode()
    for old, new in changes:
        assert old in message
        message = message.replace(old, new)
    return read_message(message.encode(), "m.xml")


def track(
    version: str, content: str, *changes: tuple[str, str], of_release: str = "", title: str = "Tin Rain"
) -> Track:
    (found,) = described(version, content, *changes, of_release=of_release, title=title).delivery.tracks
    return found


# Years


def pline(year: int) -> str:
    return f"<PLine><Year>{year}</Year><PLineText>(P) North Pier</PLineText></PLine>"


PUBLISHED = "<FirstPublicationDate>1999-05-01</FirstPublicationDate>"
ORIGINAL = "<OriginalReleaseDate>1999-05-01</OriginalReleaseDate>"
REISSUED = "<ReleaseDate>2024-02-01</ReleaseDate>"


@pytest.mark.parametrize(
    ("of_recording", "of_release", "year"),
    [
        (PUBLISHED + pline(2024), ORIGINAL.replace("1999", "1998"), 1999),
        (PUBLISHED + PUBLISHED.replace("1999", "1997"), "", 1997),
        (pline(2019), "", 2019),
        ("", pline(2018), 2018),
        (pline(2019), pline(2018), 2019),
        ("", ORIGINAL + REISSUED, 1999),
        ("", REISSUED, 2024),
        (pline(2019), REISSUED, 2019),
        (pline(2024), REISSUED.replace("2024", "2015"), 2024),
        ("", pline(2024) + REISSUED.replace("2024", "2015"), 2024),
        (pline(1975), ORIGINAL, 1975),
        (pline(2024), ORIGINAL, 2024),
        (pline(2024) + "<IsRemastered>true</IsRemastered>", ORIGINAL, 1999),
        ("", "<GlobalOriginalReleaseDate>2003</GlobalOriginalReleaseDate>", 2003),
        ("", "<GlobalReleaseDate>2023-01-01</GlobalReleaseDate>", 2023),
        ("", "", None),
    ],
)
def test_a_year_is_that_of_the_first_publication_and_no_older_than_anything_says(
    of_recording: str, of_release: str, year: int | None
) -> None:
    assert track("432", of_recording, of_release=of_release).year == year


@pytest.mark.parametrize(
    ("dates", "year"),
    [
        ("<ResourceReleaseDate>2024-01-01</ResourceReleaseDate>", 2024),
        (
            "<ResourceReleaseDate>2024-01-01</ResourceReleaseDate>"
            "<OriginalResourceReleaseDate>2001-01-01</OriginalResourceReleaseDate>",
            2001,
        ),
        (pline(2017), 2017),
    ],
)
def test_version_38_dates_a_recording_by_territory(dates: str, year: int) -> None:
    assert track("382", f"<!--by territory-->{dates}").year == year


def test_a_pline_of_the_edition_that_is_the_recording_counts() -> None:
    edition = ("</ResourceId></SoundRecordingEdition>", f"</ResourceId>{pline(2016)}</SoundRecordingEdition>")
    assert track("43", "", edition).year == 2016


# Titles


def subtitle(text: str) -> tuple[str, str]:
    return "<TitleText>Tin Rain</TitleText>", f"<TitleText>Tin Rain</TitleText><SubTitle>{text}</SubTitle>"


@pytest.mark.parametrize("version", ["382", "41", "432"])
def test_a_subtitle_and_a_version_are_told_in_the_title(version: str) -> None:
    live = "<VersionType>LiveVersion</VersionType>"
    assert track(version, live).title == "Tin Rain (Live)"
    assert track(version, "", subtitle("At the Pier")).title == "Tin Rain (At the Pier)"
    assert track(version, live, subtitle("Live at the Pier")).title == "Tin Rain (Live at the Pier)"
    assert track(version, live, subtitle("At the Pier")).title == "Tin Rain (At the Pier) (Live)"


@pytest.mark.parametrize(
    ("title", "kind", "full"),
    [
        ("Tin Rain", "RadioVersion", "Tin Rain (Radio Version)"),
        ("Tin Rain - Live", "LiveVersion", "Tin Rain - Live"),
        ("Tin Rain [live at noon]", "LiveVersion", "Tin Rain [live at noon]"),
        ("Tin Rain Live", "LiveVersion", "Tin Rain Live"),
        ("Live Wire", "LiveVersion", "Live Wire (Live)"),
    ],
)
def test_a_version_is_told_once(title: str, kind: str, full: str) -> None:
    assert track("432", f"<VersionType>{kind}</VersionType>", title=title).title == full


def test_a_version_of_the_senders_own_is_told_in_its_words() -> None:
    content = '<VersionType UserDefinedValue="Bathroom Mix">UserDefined</VersionType>'
    assert track("432", content).title == "Tin Rain (Bathroom Mix)"


def test_a_title_grows_no_longer_than_a_title_may_be() -> None:
    title = "T" * 998
    assert track("432", "<VersionType>LiveVersion</VersionType>", title=title).title == title


# Voices and instruments


@pytest.mark.parametrize(
    ("content", "instrumental"),
    [
        ("<IsInstrumental>true</IsInstrumental>", True),
        ("<IsInstrumental>false</IsInstrumental>", False),
        ("<HasVocalPerformance>true</HasVocalPerformance>", False),
        ("<HasVocalPerformance>false</HasVocalPerformance>", True),
        ("<HasVocalPerformance>false</HasVocalPerformance><ContainsAI>Partly</ContainsAI>", None),
        ("<HasVocalPerformance>false</HasVocalPerformance><ContainsAI>None</ContainsAI>", True),
        ("<HasForegroundVocalPerformance>false</HasForegroundVocalPerformance>", None),
        ("<IsInstrumental>true</IsInstrumental><HasVocalPerformance>true</HasVocalPerformance>", False),
        ("<VersionType>KaraokeVersion</VersionType>", True),
        ("<LanguageOfPerformance>zxx</LanguageOfPerformance>", True),
        ("<LanguageOfPerformance>zxx</LanguageOfPerformance><HasVocalPerformance>1</HasVocalPerformance>", False),
        ("<LanguageOfPerformance>fr</LanguageOfPerformance>", None),
    ],
)
def test_a_recording_is_instrumental_where_nobody_is_said_to_sing(content: str, instrumental: bool | None) -> None:
    assert track("432", content).instrumental is instrumental


@pytest.mark.parametrize(("given", "kept"), [("ZXX", "zxx"), ("zxx-Latn", "zxx"), ("pt-BR", "pt-BR")])
def test_a_language_is_kept_as_given_but_no_words_have_one_code(given: str, kept: str) -> None:
    assert track("432", f"<LanguageOfPerformance>{given}</LanguageOfPerformance>").language == kept


@pytest.mark.parametrize("version", ["382", "42", "432"])
def test_what_contributors_play_is_an_instrument_of_the_track(version: str) -> None:
    playing = '<InstrumentType>AcousticGuitar</InstrumentType><InstrumentType UserDefinedValue="Musical Saw">UserDefined</InstrumentType>'
    credit = contributor(version, None, "Musician")
    end = "</ResourceContributor>" if is_38(version) else "</Role>" if version == "432" else "</Contributor>"
    credit = credit.replace(end, f"{playing}{end}")
    content = new_release(version, resources=recording(version, contributors=credit + credit))
    (found,) = read_message(content, "m.xml").delivery.tracks
    assert found.instruments == ("acoustic guitar", "musical saw")


def test_covers_and_remasters_are_told_as_attributes() -> None:
    found = track("432", "<IsCover>true</IsCover><IsRemastered>true</IsRemastered>").attributes
    assert (found["cover"], found["remastered"]) == ("true", "true")
    found = track("432", "<IsCover>false</IsCover>").attributes
    assert not {"cover", "remastered"} & found.keys()


def test_a_cover_whose_original_is_on_record_needs_no_attribute() -> None:
    origin = "<RelatedResource><ResourceRelationshipType>IsCoverOf</ResourceRelationshipType></RelatedResource>"
    message = described("432", f"{origin}<IsCover>true</IsCover>")
    assert "cover" not in message.delivery.tracks[0].attributes
    assert terms(message.delivery, "derivation")
    assert track("382", "<IsCover>true</IsCover>").attributes["cover"] == "true"


# Durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("P0Y0M0DT0H3M1S", 181), ("PT0H3M1S", 181), ("P0WT3M", 180), ("PT181.5S", 181.5), ("P1D", 86_400)],
)
def test_a_duration_is_read_with_years_and_months_of_zero(text: str, seconds: float) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize("text", ["PT99H99M99S", "PT0S", "P0D", "P", "PT", "P1Y", "P1M", "P1W", "PT24H1S", "3:01", ""])
def test_what_stands_in_for_a_duration_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        read_duration(text)


# Performers

PARTIES = "<PartyReference>PAda</PartyReference>"
BEN = "<Party><PartyReference>PBen</PartyReference>{ids}<PartyName><FullName>Ben Oar</FullName></PartyName></Party></PartyList>"


def of_ada(ids: str) -> tuple[str, str]:
    return PARTIES, f"{PARTIES}{ids}"


def billed(version: str, *artists: tuple[str, str]) -> list[tuple[str, str]]:
    """Bill artists by reference and role after Ada Quill, and describe Ben Oar."""
    more = "".join(
        f"<DisplayArtist><ArtistPartyReference>{who}</ArtistPartyReference><DisplayArtistRole>{role}</DisplayArtistRole></DisplayArtist>"
        for who, role in artists
    )
    return [("<Duration>", f"{more}<Duration>"), ("</PartyList>", BEN.format(ids=""))]


def test_who_is_billed_one_by_one_performs_with_a_role() -> None:
    found = track("432", "", *billed("432", ("PBen", "FeaturedArtist")))
    assert found.performers == (Performer("Ada Quill"), Performer("Ben Oar", Role.FEATURED))
    assert (found.artist, found.artist_id) == ("Ada Quill", "")


def test_version_38_bills_parties_in_place() -> None:
    role = "<ArtistRole>MainArtist</ArtistRole></DisplayArtist>"
    guest = "<DisplayArtist><PartyName><FullName>Ben Oar</FullName></PartyName><ArtistRole>FeaturedArtist</ArtistRole></DisplayArtist>"
    party_id = f'<PartyId IsISNI="true">{ISNI}</PartyId><ArtistRole>'
    found = track("382", "", (role, f"{role}{guest}"), ("<ArtistRole>MainArtist", f"{party_id}MainArtist"))
    assert found.performers == (Performer("Ada Quill", ids=(ISNI,)), Performer("Ben Oar", Role.FEATURED))


def test_who_only_wrote_it_does_not_perform_it() -> None:
    found = track("432", "", *billed("432", ("PBen", "Composer")))
    assert found.performers == (Performer("Ada Quill"),)


def test_where_nobody_is_the_main_artist_all_lead() -> None:
    solo = ("<DisplayArtistRole>MainArtist", "<DisplayArtistRole>Soloist")
    found = track("432", "", solo, *billed("432", ("PBen", "Orchestra")))
    assert [performer.role for performer in found.performers] == [Role.LEAD, Role.LEAD]


def test_one_who_is_billed_twice_performs_once_and_leads() -> None:
    found = track(
        "432", "", *billed("432", ("PAda", "FeaturedArtist"), ("PBen", "FeaturedArtist"), ("PBen", "MainArtist"))
    )
    assert found.performers == (Performer("Ada Quill"), Performer("Ben Oar"))


def test_a_joined_name_that_is_billed_as_one_party_stays_one() -> None:
    found = track("432", "", ("Ada Quill", "Ada &amp; Ben"))
    assert found.performers == (Performer("Ada & Ben"),)


def test_where_one_of_those_billed_has_no_name_nobody_is_told_one_by_one() -> None:
    assert track("432", "", *billed("432", ("PNobody", "MainArtist"))).performers == ()
    special = (
        "<ArtistPartyReference>PAda</ArtistPartyReference>",
        "<SpecialDisplayArtist>GenerativeAI</SpecialDisplayArtist>",
    )
    assert track("432", "", special).performers == ()


@pytest.mark.parametrize(
    ("ids", "kept"),
    [
        ("<PartyId><ISNI>0000 0001 2103 2683</ISNI></PartyId>", (ISNI,)),
        ("<PartyId><IPN>1234567</IPN></PartyId>", ("ipn:1234567",)),
        ("<PartyId><IpiNameNumber>00014107338</IpiNameNumber></PartyId>", ("ipi:00014107338",)),
        ("<PartyId><IpiNameNumber>14107338</IpiNameNumber></PartyId>", ("ipi:00014107338",)),
        ("<PartyId><ProprietaryId>a-77</ProprietaryId></PartyId>", (f"{SENDER}:a-77",)),
        (f'<PartyId><ProprietaryId Namespace="DPID:{SENDER}">a-77</ProprietaryId></PartyId>', (f"{SENDER}:a-77",)),
        ('<PartyId><ProprietaryId Namespace="Seashell">a-77</ProprietaryId></PartyId>', ()),
        ("<PartyId><DPID>PA-DPIDA-2026010188-Q</DPID></PartyId>", ("PADPIDA2026010188Q",)),
        ("<PartyId>PADPIDA2026010188Q</PartyId>", ("PADPIDA2026010188Q",)),
        ('<PartyId Namespace="IPI">00014107338</PartyId>', ("ipi:00014107338",)),
        ('<PartyId Namespace="PADPIDA2026010101A">a-77</PartyId>', (f"{SENDER}:a-77",)),
        ("<PartyId><ProprietaryId>0</ProprietaryId></PartyId><PartyId><IPN>000</IPN></PartyId>", ()),
        (
            "<PartyId><DPID>PADPIDA2026010188Q</DPID></PartyId><PartyId><ProprietaryId>a-77</ProprietaryId></PartyId>"
            f"<PartyId><IpiNameNumber>00014107338</IpiNameNumber><IPN>1234567</IPN><ISNI>{ISNI}</ISNI></PartyId>",
            (ISNI, "ipn:1234567", "ipi:00014107338", f"{SENDER}:a-77", "PADPIDA2026010188Q"),
        ),
    ],
)
def test_party_ids_are_kept_those_that_tell_an_artist_best_first(ids: str, kept: tuple[str, ...]) -> None:
    found = track("432", "", of_ada(ids))
    assert found.performers == (Performer("Ada Quill", ids=kept),)
    assert found.artist_id == (kept[0] if kept else "")


def test_of_several_performers_the_one_who_is_shown_gives_the_artist_id() -> None:
    found = track("432", "", of_ada(f"<PartyId><ISNI>{ISNI}</ISNI></PartyId>"), *billed("432", ("PBen", "MainArtist")))
    assert (found.artist, found.artist_id) == ("Ada Quill", ISNI)


def test_an_isni_that_cannot_be_right_is_reported_and_not_used() -> None:
    wrong = f"{ISNI[:-1]}4"
    message = described("432", "", of_ada(f"<PartyId><ISNI>{wrong}</ISNI></PartyId>"))
    assert message.delivery.tracks[0].performers == (Performer("Ada Quill"),)
    assert wrong in reasons(message)


# Two recordings under one id


def under_one_id(first: str, second: str, ids: str, version: str = "42") -> Message:
    """Read a message of two recordings with one id, the second with a release of its own."""
    resources = first + second.replace("<ResourceReference>A1<", "<ResourceReference>A2<")
    content = new_release(
        version,
        resources=resources.replace(f"<ISRC>{RAIN}</ISRC>", ids),
        releases=release(version, resources=("A1", "A2")),
        deals=release_deal(deal(version)),
    )
    return read_message(content, "m.xml")


NUMBER = f"{SENDER}:PID1"
BY_NUMBER = "<ProprietaryId>PID1</ProprietaryId>"


@pytest.mark.parametrize(
    "other", [{"title": "Tide Table"}, {"more": "<VersionType>LiveVersion</VersionType>"}], ids=str
)
def test_two_recordings_under_one_number_are_reported_and_neither_is_licensed(other: dict[str, str]) -> None:
    """Nobody can tell which of them a licence is for."""
    hidden = "<DisableSearch>true</DisableSearch><ContainsAI>None</ContainsAI>"
    second = recording("432", **{**other, "more": other.get("more", "") + hidden})
    message = under_one_id(recording("432"), second, BY_NUMBER, "432")
    stated = [record for one in message.delivery.statements for record in one.records]
    assert {record.subject.value for record in stated} == {NUMBER}
    assert [record.kind for record in stated] == ["block"]
    assert NUMBER in reasons(message)
    assert "licenses neither of the two" in reasons(message)


def test_two_versions_of_one_duration_apart_are_two() -> None:
    longer = recording("42").replace("PT3M1S", "PT5M1S")
    message = under_one_id(recording("42"), longer, BY_NUMBER)
    assert not [record for one in message.delivery.statements for record in one.records if record.kind == "deal"]


def test_a_recording_that_is_described_twice_alike_is_one() -> None:
    message = under_one_id(recording("42"), recording("42"), BY_NUMBER)
    assert [one.track_id for one in message.delivery.tracks] == [NUMBER]
    assert not message.problems
    (record,) = (record for one in message.delivery.statements for record in one.records)
    assert record.kind == "deal"


def test_an_isrc_is_one_recording_however_it_is_described() -> None:
    message = under_one_id(recording("42"), recording("42", title="Tide Table"), f"<ISRC>{RAIN}</ISRC>")
    assert [one.title for one in message.delivery.tracks] == ["Tin Rain"]
    assert [record.kind for record in records(message.delivery)] == ["deal"]
    assert "taken for the same one" in reasons(message)


def test_what_is_read_of_a_track_does_not_depend_on_the_namespace_of_its_children() -> None:
    """All that this file reads, once with a prefix."""
    content = new_release("432", resources=recording("432", more=f"{pline(2019)}<IsCover>true</IsCover>"))
    plain = read_message(content, "m.xml").delivery.tracks
    prefixed = content.replace(b"<ern:", b"<").replace(b"</ern:", b"</").replace(b"xmlns:ern=", b"xmlns=")
    assert [replace(one, attributes={}) for one in read_message(prefixed, "m.xml").delivery.tracks] == [
        replace(one, attributes={}) for one in plain
    ]
