"""Files that are made to hurt: each is refused with one clear line, and nothing of it is taken."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from catalog.importers.ddex import import_ddex
from catalog.importers.ern.messages import read_message
from catalog.importers.reports import CatalogImportError, unobserved
from catalog.stores import CatalogStore, open_store
from tests.ern_messages import RAIN, TIDE, deal, new_release, recording, release, release_deal

GOOD = new_release("432")
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
MILLION = 1_000_000


def with_doctype(subset: str, reference: str = "") -> bytes:
    """Put a DOCTYPE with an internal subset into a good message, and a reference into its title."""
    doctype = DECLARATION + f"<!DOCTYPE ern:NewReleaseMessage [{subset}]>\n".encode()
    return GOOD.replace(DECLARATION, doctype).replace(b"<TitleText>Tin Rain", b"<TitleText>" + reference.encode())


def in_title(text: bytes) -> bytes:
    return GOOD.replace(b"<TitleText>Tin Rain", b"<TitleText>" + text)


def many_recordings() -> bytes:
    several = range(5_001)
    recordings = "".join(recording("432", reference=f"A{n}", isrc=f"QZNPR26{n:05}") for n in several)
    return new_release("432", resources=recordings, releases=release("432", resources=[f"A{n}" for n in several]))


def many_deals() -> bytes:
    """400 recordings with 300 deals each."""
    several = range(400)
    recordings = "".join(recording("432", reference=f"A{n}", isrc=f"QZNPR26{n:05}") for n in several)
    deals = release_deal(*[deal("432") for _ in range(300)])
    return new_release(
        "432", resources=recordings, releases=release("432", resources=[f"A{n}" for n in several]), deals=deals
    )


LAUGHS = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))

HOSTILE: dict[str, Callable[[], bytes]] = {
    "billion_laughs": lambda: with_doctype(LAUGHS, "&a9;"),
    "quadratic_blow_up": lambda: with_doctype(f'<!ENTITY a "{"a" * 100_000}">', "&a;" * 10_000),
    "entity_that_holds_itself": lambda: with_doctype('<!ENTITY a "&b;"><!ENTITY b "&a;">', "&a;"),
    "entity_of_a_file": lambda: with_doctype('<!ENTITY a SYSTEM "file:///etc/hostname">', "&a;"),
    "entity_of_an_address": lambda: with_doctype('<!ENTITY a SYSTEM "http://harbour.example/a">', "&a;"),
    "entity_nobody_uses": lambda: with_doctype('<!ENTITY a "a">'),
    "entity_nobody_declared": lambda: in_title(b"&rain;"),
    "parameter_entity": lambda: with_doctype('<!ENTITY % a SYSTEM "http://harbour.example/a.dtd"> %a;'),
    "external_dtd": lambda: GOOD.replace(
        DECLARATION, DECLARATION + b'<!DOCTYPE ern:NewReleaseMessage SYSTEM "http://harbour.example/a.dtd">'
    ),
    "public_dtd": lambda: GOOD.replace(
        DECLARATION, DECLARATION + b'<!DOCTYPE ern:NewReleaseMessage PUBLIC "-//HARBOUR//EN" "a.dtd">'
    ),
    "empty_doctype": lambda: GOOD.replace(DECLARATION, DECLARATION + b"<!DOCTYPE ern:NewReleaseMessage>"),
    "doctype_in_utf16": lambda: with_doctype(LAUGHS, "&a9;").decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    "doctype_in_utf7": lambda: (
        b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE r +AFsAPAAh-ENTITY a +ACI-b+ACIAPgBdAD4APA-r/+AD4-'
    ),
    "doctype_in_utf16_called_utf8": lambda: with_doctype(LAUGHS, "&a9;").decode().encode("utf-16"),
    "doctype_in_utf16_without_a_mark": lambda: with_doctype(LAUGHS, "&a9;").decode().encode("utf-16-le"),
    "latin1_called_utf8": lambda: in_title("Prélude".encode("latin-1")),
    "overlong_utf8": lambda: in_title(b"\xc0\xbcb\xc0\xbe"),
    "unknown_encoding": lambda: GOOD.replace(b"UTF-8", b"HARBOUR-8"),
    "bare_ampersand": lambda: in_title(b"Tin & "),
    "truncated": lambda: GOOD[: len(GOOD) // 2],
    "truncated_in_a_tag": lambda: GOOD[:-5],
    "two_documents": lambda: GOOD + GOOD.removeprefix(DECLARATION),
    "nul_bytes": lambda: in_title(b"Tin\x00Rain"),
    "only_nul_bytes": lambda: bytes(4_096),
    "nul_by_number": lambda: in_title(b"&#0;"),
    "deep": lambda: GOOD.replace(b"<ResourceList>", b"<a>" * 10_000 + b"</a>" * 10_000 + b"<ResourceList>"),
    "deep_and_never_closed": lambda: DECLARATION + b"<a>" * 10_000,
    "a_million_elements": lambda: GOOD.replace(b"<ResourceList>", b"<ResourceList>" + b"<a/>" * MILLION),
    "a_long_text": lambda: in_title(b"x" * 20_001),
    "a_huge_text": lambda: in_title(b"x" * (53 * MILLION)),
    "a_huge_comment": lambda: GOOD.replace(DECLARATION, DECLARATION + b"<!--" + b"x" * (53 * MILLION) + b"-->"),
    "huge_white_space": lambda: GOOD + b" " * (53 * MILLION),
    "too_many_recordings": many_recordings,
    "too_many_deals": many_deals,
    "empty": lambda: b"",
    "white_space": lambda: b" \n\t ",
    "only_a_declaration": lambda: DECLARATION,
    "no_xml": lambda: b"Rain on tin, tide on stone",
    "a_picture": lambda: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "json": lambda: b'{"kind": "deal"}',
    "html": lambda: b"<!DOCTYPE html><html><head><title>404</title></head><body><p>Not found<br></body></html>",
    "html_without_doctype": lambda: b"<html><body><p>Not found</p></body></html>",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CatalogStore]:
    with open_store(tmp_path_factory.mktemp("catalog")) as opened:
        yield opened


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_one_clear_line_and_nothing_is_taken(
    store: CatalogStore, tmp_path: Path, name: str
) -> None:
    path = tmp_path / f"{name}.xml"
    path.write_bytes(HOSTILE[name]())
    before = store.consent_epoch()
    with pytest.raises(CatalogImportError) as refused:
        import_ddex(store, path, unobserved)
    line = str(refused.value)
    assert path.name in line
    assert "\n" not in line
    assert len(line) < 500
    assert line.isprintable()
    assert not any(word in line.lower() for word in ("lxml", "libxml", "xmlparse", "xmlsyntaxerror", "traceback"))
    assert (store.consent_epoch(), store.track_count()) == (before, 0)


def test_hostile_files_in_a_folder_are_reported_and_the_others_taken(tmp_path: Path) -> None:
    small = [name for name in HOSTILE if "huge" not in name and "million" not in name and "many" not in name]
    folder = tmp_path / "messages"
    folder.mkdir()
    for name in small:
        (folder / f"{name}.xml").write_bytes(HOSTILE[name]())
    (folder / "a_first.xml").write_bytes(GOOD)
    other = recording("432", isrc=TIDE, title="Tide Table")
    last = new_release("432", message_id="m-2", resources=other, releases=release("432", icpn="2000000000022"))
    (folder / "z_last.xml").write_bytes(last)
    with open_store(tmp_path) as store:
        report = import_ddex(store, folder, unobserved)
        assert {track.isrc for track in store.all_tracks()} == {RAIN, TIDE}
    told = [str(problem) for problem in report.problems]
    for name in small:
        assert sum(f"/{name}.xml" in line or line.startswith(f"{name}.xml") for line in told) == 1, name


def test_a_secret_beside_the_message_is_not_read_into_an_error(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the tide turns at nine")
    with pytest.raises(CatalogImportError) as refused:
        read_message(with_doctype(f'<!ENTITY a SYSTEM "{secret.as_uri()}">', "&a;"), "m.xml")
    assert "tide" not in str(refused.value)


@pytest.mark.parametrize(
    "subset",
    ['<!ENTITY a SYSTEM "{address}">', '<!ENTITY % a SYSTEM "{address}"> %a;', '<!NOTATION a SYSTEM "{address}">'],
)
def test_no_address_in_a_message_is_ever_called(subset: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/a"
        with pytest.raises(CatalogImportError):
            read_message(with_doctype(subset.format(address=address), "&a;"), "m.xml")
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_an_encoding_that_is_declared_is_read() -> None:
    for encoding in ("ISO-8859-1", "UTF-16", "windows-1252"):
        content = in_title("Prélude".encode()).decode().replace("UTF-8", encoding).encode(encoding)
        assert len(read_message(content, "m.xml").delivery.tracks) == 1, encoding


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert len(read_message(b"\xef\xbb\xbf" + GOOD, "m.xml").delivery.tracks) == 1


def test_comments_and_instructions_to_programs_are_passed_over() -> None:
    content = GOOD.replace(
        DECLARATION, DECLARATION + b'<?xml-stylesheet href="http://harbour.example/a.xsl"?><!-- a -->'
    )
    content = content.replace(b"<DisplayTitleText>Tin Rain", b"<DisplayTitleText>Tin<!-- b --> Rain")
    (track,) = read_message(content, "m.xml").delivery.tracks
    assert track.title == "Tin Rain"


def test_text_between_cdata_marks_is_text() -> None:
    content = GOOD.replace(b"Tin Rain", b"<![CDATA[Tin & Rain]]>")
    (track,) = read_message(content, "m.xml").delivery.tracks
    assert track.title == "Tin & Rain"


def test_another_document_is_never_included() -> None:
    included = b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/hostname" parse="text"/>'
    content = GOOD.replace(b"<ResourceList>", included + b"<ResourceList>")
    assert len(read_message(content, "m.xml").delivery.tracks) == 1


def test_white_space_and_control_marks_in_values_are_no_part_of_them() -> None:
    content = GOOD.replace(f"<ISRC>{RAIN}</ISRC>".encode(), f"<ISRC>\n    {RAIN}\n  </ISRC>".encode())
    (track,) = read_message(content, "m.xml").delivery.tracks
    assert track.isrc == RAIN
