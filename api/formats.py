"""Playlist formats (JSPF, XSPF, M3U8, CSV, plain text), and their negotiation by Accept header.

Players play a track from its `location` where the catalog knows one; we hold no audio. Else they find it by its identifiers:
`urn:consonance:track:` with the catalog's id, `urn:isrc:`, and the address of the MusicBrainz recording. JSPF is as
ListenBrainz takes it (listenbrainz.readthedocs.io, playlists): a track is identified by that address alone, where it is known.
Every format names the policy: a list in which nothing was withheld (`audit_only`) says so wherever it goes.
"""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath, PureWindowsPath
from urllib.parse import quote

from api.negotiation import preferred
from api.schemas.playlists import PlaylistResponse
from api.schemas.tracks import MUSICBRAINZ_RECORDING, TrackResponse
from api.wording import AI, POLICY_CHOICES, on_one_line
from catalog.formulas import guarded
from catalog.tracks import ISRC_URN, TRACK_URN

_XSPF = "http://xspf.org/ns/0/"
_AI_LABEL, _POLICY = "urn:consonance:ai", "urn:consonance:policy"
_NOT_PRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")
_COLUMNS = (
    *("position", "track_id", "isrc", "title", "artist", "album", "year", "duration_s", "score", "reasons"),
    *("verdict", "ai", "licensor", "decision_id", "policy", "mbid", "location"),
)
_JSPF_PLAYLIST, _JSPF_TRACK = (f"https://musicbrainz.org/doc/jspf#{part}" for part in ("playlist", "track"))
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_IN_ADDRESSES = "/:?#[]@!$&'()*+,;=%~"
_IN_NO_FILE_NAME = re.compile(r'["%*/:<>?\\|]')
_LONGEST_FILE_NAME = 200
"""Bytes in UTF-8, without the ending: file systems take 255."""


@dataclass(frozen=True, slots=True)
class PlaylistFormat:
    """A playlist format. `media_types`: what it is asked for by; the first is what it is sent as."""

    name: str
    media_types: tuple[str, ...]
    write: Callable[[PlaylistResponse], str]

    @property
    def content_type(self) -> str:
        """The header to send with it."""
        kind = self.media_types[0]
        return kind if kind.endswith("json") else f"{kind}; charset=utf-8"

    def headers(self, title: str) -> dict[str, str]:
        """Return what lets a list of this title be saved as a file of that name (RFC 6266); JSON is read, not saved."""
        if self.name == "json":
            return {}
        words = on_one_line(_IN_NO_FILE_NAME.sub(" ", _line(title))).encode()[:_LONGEST_FILE_NAME]
        name = f"{words.decode(errors='ignore').strip('. ') or 'playlist'}.{self.name}"
        called = f'filename="{name}"' if name.isascii() else f"filename*=UTF-8''{quote(name)}"
        return {"Content-Disposition": f"attachment; {called}"}


def write_jspf(playlist: PlaylistResponse) -> str:
    """Write JSPF, XSPF's form in JSON (xspf.org/jspf)."""
    tracks = [
        {
            "title": track.title,
            "creator": track.artist,
            **({"album": track.album} if track.album else {}),
            **({"duration": _milliseconds(track)} if track.duration_s else {}),
            **({"location": [_address(track.location)]} if track.location else {}),
            "identifier": _identifiers(track)[:1] if track.mbid else _identifiers(track),
            "annotation": "; ".join(track.reasons),
            "meta": [{_AI_LABEL: track.consent.ai}],
            "extension": {_JSPF_TRACK: {"additional_metadata": {"track_id": track.track_id, "isrc": track.isrc}}},
        }
        for track in playlist.tracks
    ]
    about = {
        **_described(playlist),
        "meta": [{_POLICY: playlist.policy}],
        "extension": {_JSPF_PLAYLIST: {"public": False}},
    }
    return json.dumps({"playlist": {**about, "track": tracks}}, ensure_ascii=False)


def write_xspf(playlist: PlaylistResponse) -> str:
    """Write XSPF version 1 (xspf.org/spec). Characters that XML cannot carry become spaces."""
    root = ET.Element("playlist", {"version": "1", "xmlns": _XSPF})
    for name, text in _described(playlist).items():
        _add(root, name, text)
    _add(root, "meta", playlist.policy).set("rel", _POLICY)
    tracks = ET.SubElement(root, "trackList")
    for track in playlist.tracks:
        entry = ET.SubElement(tracks, "track")
        elements = [
            *([("location", _address(track.location))] if track.location else []),
            *(("identifier", identifier) for identifier in _identifiers(track)),
            ("title", track.title),
            ("creator", track.artist),
            *([("annotation", "; ".join(track.reasons))] if track.reasons else []),
            *([("album", track.album)] if track.album else []),
            *([("duration", str(_milliseconds(track)))] if track.duration_s else []),
        ]
        for name, text in elements:
            _add(entry, name, text)
        _add(entry, "meta", track.consent.ai).set("rel", _AI_LABEL)
    return ET.tostring(root, encoding="unicode", xml_declaration=False).join(
        ('<?xml version="1.0" encoding="UTF-8"?>\n', "\n")
    )


def write_m3u8(playlist: PlaylistResponse) -> str:
    """Write extended M3U in UTF-8, one line a value: line breaks inside a title become spaces.

    Players play each line that is no comment, so there is one only where the audio is known.
    """
    lines = ["#EXTM3U", f"#PLAYLIST:{_line(playlist.title)}", f"#POLICY:{_line(playlist.policy)}"]
    lines += [f"# {_line(playlist.sentence)}"] if playlist.sentence else []
    for track in playlist.tracks:
        seconds = round(track.duration_s) if track.duration_s else -1
        lines += [
            f"#EXTINF:{seconds},{_line(track.artist)} - {_line(track.title)}",
            *([f"#EXTALB:{_line(track.album)}"] if track.album else []),
            f"#AI:{track.consent.ai}",
            f"#{_track_urn(track)}",
            *([_media_line(track.location)] if track.location else []),
        ]
    return "\n".join(lines) + "\n"


def write_csv(playlist: PlaylistResponse) -> str:
    """Write CSV (RFC 4180) with a header, and the mark by which spreadsheet programs know UTF-8.

    Names that a spreadsheet would take for a formula (=, +, -, @ in front) get an apostrophe before them; ids are left alone.
    """
    text = io.StringIO("\ufeff", newline="")
    text.seek(1)
    rows = csv.writer(text)
    rows.writerow(_COLUMNS)
    for track in playlist.tracks:
        consent = track.consent
        rows.writerow(
            (
                track.position,
                track.track_id,
                track.isrc,
                _cell(track.title),
                _cell(track.artist),
                _cell(track.album),
                track.year,
                track.duration_s,
                track.score,
                _cell("; ".join(track.reasons)),
                consent.verdict,
                consent.ai,
                _cell(consent.basis.licensor if consent.basis else None),
                consent.decision_id,
                playlist.policy,
                track.mbid,
                _cell(track.location),
            )
        )
    return text.getvalue()


def write_text(playlist: PlaylistResponse) -> str:
    """Write what a person would put into a message: title, sentence, and a line a track, which says where AI made it."""
    lines = [_line(playlist.title), *([_line(playlist.sentence)] if playlist.sentence else [])]
    lines += [f"Policy: {_line(playlist.policy)}"] if playlist.policy not in POLICY_CHOICES else []
    lines += [""] if playlist.tracks else []
    for track in playlist.tracks:
        minutes, seconds = divmod(round(track.duration_s or 0), 60)
        lasting = f" ({minutes}:{seconds:02})" if track.duration_s else ""
        label = AI[track.consent.ai] if track.consent.ai in ("all", "partly") else ""
        marked = label or ("possibly AI" if track.consent.verdict == "allow_labelled" else "")
        lines.append(
            f"{track.position}. {_line(track.artist)} - {_line(track.title)}{lasting}{f' [{marked}]' if marked else ''}"
        )
    return "\n".join(lines) + "\n"


FORMATS = {
    playlist_format.name: playlist_format
    for playlist_format in (
        PlaylistFormat("json", ("application/json",), PlaylistResponse.model_dump_json),
        PlaylistFormat("jspf", ("application/jspf+json",), write_jspf),
        PlaylistFormat("xspf", ("application/xspf+xml",), write_xspf),
        PlaylistFormat(
            "m3u8",
            ("application/vnd.apple.mpegurl", "application/x-mpegurl", "audio/x-mpegurl", "audio/mpegurl"),
            write_m3u8,
        ),
        PlaylistFormat("csv", ("text/csv",), write_csv),
        PlaylistFormat("txt", ("text/plain",), write_text),
    )
}


_OF_KIND = {kind: written for written in FORMATS.values() for kind in written.media_types}

MEDIA_TYPES = tuple(_OF_KIND)


def negotiate(accept: str) -> PlaylistFormat | None:
    """Return the format that an Accept header likes best, sent as the media type asked for, or None if it takes none of ours.

    An empty header takes anything; between equals, JSON comes first.
    """
    kind = preferred(accept, MEDIA_TYPES)
    return None if kind is None else replace(_OF_KIND[kind], media_types=(kind,))


def _track_urn(track: TrackResponse) -> str:
    return f"{TRACK_URN}{quote(track.track_id, safe='')}"


def _described(playlist: PlaylistResponse) -> dict[str, str]:
    return {
        "title": playlist.title,
        "annotation": playlist.sentence or playlist.prompt,
        "identifier": f"urn:consonance:playlist:{quote(playlist.playlist_id, safe='')}",
        "date": playlist.at,
    }


def _identifiers(track: TrackResponse) -> list[str]:
    recording = [f"{MUSICBRAINZ_RECORDING}{track.mbid}"] if track.mbid else []
    return [*recording, _track_urn(track), *([f"{ISRC_URN}{track.isrc}"] if track.isrc else [])]


def _address(location: str) -> str:
    if _ADDRESS.match(location):
        return quote(location, safe=_IN_ADDRESSES)
    path = PureWindowsPath(location) if "\\" in location or PureWindowsPath(location).drive else PurePosixPath(location)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _media_line(location: str) -> str:
    line = _line(location)
    return f"./{line}" if line.startswith("#") else line


def _milliseconds(track: TrackResponse) -> int:
    return round((track.duration_s or 0) * 1000)


def _line(text: str) -> str:
    return _NOT_PRINTABLE.sub(" ", text)


def _cell(text: str | None) -> str | None:
    return guarded(text) if text else text


def _add(parent: ET.Element, name: str, text: str) -> ET.Element:
    child = ET.SubElement(parent, name)
    child.text = _line(text)
    return child
