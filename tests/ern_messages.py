"""ERN messages for tests: the written ones of `tests/catalog/importers/ern/messages`, and small ones made from parts.

A version is written as in its namespace: 382, 383, 41, 42, 43, 431, 432. All parties, titles and numbers are invented.
"""

from collections.abc import Iterable
from pathlib import Path

from catalog.consent import ConsentRecord, Delivery, Statement, Subject, SubjectKind, Terms
from catalog.importers.ern.messages import Message, read_message

FOLDER = Path(__file__).resolve().parent / "catalog" / "importers" / "ern" / "messages"

SENDER = "PADPIDA2026010101A"
SENDER_NAME = "North Pier Records"
OTHER_SENDER = "PADPIDA2026010102B"
CREATED = "2026-02-01T10:00:00Z"

RAIN, TIDE = "QZNPR2600001", "QZNPR2600002"
"""ISRCs of "Tin Rain" and "Tide Table" by Ada Quill."""

ICPN = "2000000000015"
DEALS = f"deals/{SENDER}/ICPN:{ICPN}"
"""The matter of what the sender licenses of its release."""


def read(name: str) -> Message:
    """Read a message of the folder."""
    return read_message((FOLDER / name).read_bytes(), name)


def statement(delivery: Delivery, matter: str) -> Statement:
    """Return the one statement about a matter."""
    (found,) = (one for one in delivery.statements if one.matter == matter)
    return found


def matters(delivery: Delivery) -> set[str]:
    """Return the matters that a message speaks about."""
    return {one.matter for one in delivery.statements}


def records(delivery: Delivery, isrc: str = RAIN) -> list[ConsentRecord]:
    """Return what a message says about one recording."""
    subject = Subject(SubjectKind.ISRC, isrc)
    return [record for one in delivery.statements for record in one.records if record.subject == subject]


def terms(delivery: Delivery, kind: str, isrc: str = RAIN) -> list[Terms]:
    """Return the terms of one kind that a message states about one recording."""
    return [record.terms for record in records(delivery, isrc) if record.kind == kind]


def reasons(message: Message) -> str:
    """Return everything that was reported about a message, a line each."""
    return "\n".join(problem.reason for problem in message.problems)


def is_38(version: str) -> bool:
    """Whether a version has details by territory and no list of parties."""
    return version.startswith("38")


def contributor(version: str, who: str | None, role: str = "LeadVocalist", share: str | None = None) -> str:
    """Credit a party (None: Ada Quill) or a special contributor with a role and a share of AI."""
    stated = "" if share is None else f"<AiContribution>{share}</AiContribution>"
    special = "" if who is None else f"<SpecialContributor>{who}</SpecialContributor>"
    if is_38(version):
        party = special or "<PartyName><FullName>Ada Quill</FullName></PartyName>"
        return f"<ResourceContributor>{party}<ResourceContributorRole>{role}</ResourceContributorRole>{stated}</ResourceContributor>"
    party = special or "<ContributorPartyReference>PAda</ContributorPartyReference>"
    if version == "432":
        role = f"<Value>{role}</Value>"
    return f"<Contributor>{party}<Role>{role}</Role>{stated}</Contributor>"


def recording(
    version: str,
    *,
    reference: str = "A1",
    isrc: str = RAIN,
    title: str = "Tin Rain",
    contributors: str = "",
    more: str = "",
) -> str:
    """Describe a recording; `more` follows its duration, where ContainsAI has its place."""
    identified = f"<ISRC>{isrc}</ISRC>"
    if is_38(version):
        return (
            "<SoundRecording><SoundRecordingType>MusicalWorkSoundRecording</SoundRecordingType>"
            f"<SoundRecordingId>{identified}</SoundRecordingId><ResourceReference>{reference}</ResourceReference>"
            f"<ReferenceTitle><TitleText>{title}</TitleText></ReferenceTitle><Duration>PT3M1S</Duration>{more}"
            "<SoundRecordingDetailsByTerritory><TerritoryCode>Worldwide</TerritoryCode>"
            f'<Title TitleType="DisplayTitle"><TitleText>{title}</TitleText></Title>'
            "<DisplayArtist><PartyName><FullName>Ada Quill</FullName></PartyName><ArtistRole>MainArtist</ArtistRole>"
            f"</DisplayArtist>{contributors}<LabelName>North Pier</LabelName></SoundRecordingDetailsByTerritory></SoundRecording>"
        )
    resource_id = f"<ResourceId>{identified}</ResourceId>"
    if version not in ("41", "42"):
        resource_id = f"<SoundRecordingEdition>{resource_id}</SoundRecordingEdition>"
    return (
        f"<SoundRecording><ResourceReference>{reference}</ResourceReference><Type>MusicalWorkSoundRecording</Type>{resource_id}"
        f"<DisplayTitleText>{title}</DisplayTitleText><DisplayTitle><TitleText>{title}</TitleText></DisplayTitle>"
        "<DisplayArtistName>Ada Quill</DisplayArtistName>"
        '<DisplayArtist SequenceNumber="1"><ArtistPartyReference>PAda</ArtistPartyReference>'
        f"<DisplayArtistRole>MainArtist</DisplayArtistRole></DisplayArtist>{contributors}"
        f"<Duration>PT3M1S</Duration>{more}</SoundRecording>"
    )


def release(
    version: str, *, icpn: str = ICPN, resources: Iterable[str] = ("A1",), title: str = "Harbour", more: str = ""
) -> str:
    """Describe the release R0 of some resources; `more` stands at its end."""
    identified = f"<ReleaseId><ICPN>{icpn}</ICPN></ReleaseId>"
    if is_38(version):
        listed = "".join(f"<ReleaseResourceReference>{one}</ReleaseResourceReference>" for one in resources)
        return (
            f'<Release IsMainRelease="true">{identified}<ReleaseReference>R0</ReleaseReference>'
            f"<ReferenceTitle><TitleText>{title}</TitleText></ReferenceTitle>"
            f"<ReleaseResourceReferenceList>{listed}</ReleaseResourceReferenceList><ReleaseType>Album</ReleaseType>"
            "<ReleaseDetailsByTerritory><TerritoryCode>Worldwide</TerritoryCode>"
            "<DisplayArtistName>Ada Quill</DisplayArtistName><LabelName>North Pier</LabelName>"
            f"</ReleaseDetailsByTerritory>{more}</Release>"
        )
    items = "".join(
        f"<ResourceGroupContentItem><SequenceNumber>{number}</SequenceNumber>"
        f"<ReleaseResourceReference>{one}</ReleaseResourceReference></ResourceGroupContentItem>"
        for number, one in enumerate(resources, 1)
    )
    return (
        f"<Release><ReleaseReference>R0</ReleaseReference><ReleaseType>Album</ReleaseType>{identified}"
        f"<DisplayTitleText>{title}</DisplayTitleText><DisplayTitle><TitleText>{title}</TitleText></DisplayTitle>"
        "<DisplayArtistName>Ada Quill</DisplayArtistName><ReleaseLabelReference>PLabel</ReleaseLabelReference>"
        f"<ResourceGroup>{items}</ResourceGroup>{more}</Release>"
    )


def deal(
    version: str,
    *,
    territories: Iterable[str] = ("Worldwide",),
    excluded: Iterable[str] = (),
    start: str = "2026-01-01T00:00:00Z",
    end: str | None = None,
    models: Iterable[str] = ("SubscriptionModel",),
    uses: Iterable[str] = ("OnDemandStream",),
    flag: str = "",
    more: str = "",
) -> str:
    """Write a Deal; `flag` is a TakeDown or AllDealsCancelled of ERN 3, `more` stands at the end of its terms."""
    scope = "".join(f"<ExcludedTerritoryCode>{code}</ExcludedTerritoryCode>" for code in excluded)
    scope = scope or "".join(f"<TerritoryCode>{code}</TerritoryCode>" for code in territories)
    until = "" if end is None else f"<EndDateTime>{end}</EndDateTime>"
    period = f"<ValidityPeriod><StartDateTime>{start}</StartDateTime>{until}</ValidityPeriod>"
    model = "".join(f"<CommercialModelType>{one}</CommercialModelType>" for one in models)
    use = "".join(f"<UseType>{one}</UseType>" for one in uses)
    if is_38(version):
        usage = f"<Usage>{use}</Usage>" if use else ""
        return f"<Deal><DealTerms>{model}{usage}{flag}{scope}{period}{more}</DealTerms></Deal>"
    return f"<Deal><DealTerms>{scope}{period}{model}{use}{more}</DealTerms></Deal>"


TAKEN_DOWN = "<TakeDown>true</TakeDown>"


def release_deal(*deals: str, reference: str = "R0") -> str:
    """Write the deals of one release."""
    return f"<ReleaseDeal><DealReleaseReference>{reference}</DealReleaseReference>{''.join(deals)}</ReleaseDeal>"


def header(message_id: str, created_at: str, sender: str, sender_name: str) -> str:
    """Write a MessageHeader."""
    return (
        f"<MessageHeader><MessageThreadId>thread-1</MessageThreadId><MessageId>{message_id}</MessageId>"
        f"<MessageSender><PartyId>{sender}</PartyId><PartyName><FullName>{sender_name}</FullName></PartyName></MessageSender>"
        "<MessageRecipient><PartyId>PADPIDA2026010199Z</PartyId></MessageRecipient>"
        f"<MessageCreatedDateTime>{created_at}</MessageCreatedDateTime></MessageHeader>"
    )


def document(root: str, version: str, content: str) -> bytes:
    """Write an XML document with a root in the namespace of a version."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ern:{root} xmlns:ern="http://ddex.net/xml/ern/{version}" '
        f'LanguageAndScriptCode="en">{content}</ern:{root}>\n'
    ).encode()


_PARTIES = (
    "<PartyList><Party><PartyReference>PAda</PartyReference><PartyName><FullName>Ada Quill</FullName></PartyName></Party>"
    "<Party><PartyReference>PLabel</PartyReference><PartyName><FullName>North Pier</FullName></PartyName></Party></PartyList>"
)


def new_release(
    version: str,
    *,
    resources: str | None = None,
    releases: str | None = None,
    deals: str | None = None,
    message_id: str = "m-1",
    created_at: str = CREATED,
    sender: str = SENDER,
    sender_name: str = SENDER_NAME,
) -> bytes:
    """Write a NewReleaseMessage; what is not given is one recording on one release, licensed worldwide."""
    resources = recording(version) if resources is None else resources
    releases = release(version) if releases is None else releases
    deals = release_deal(deal(version)) if deals is None else deals
    return document(
        "NewReleaseMessage",
        version,
        header(message_id, created_at, sender, sender_name)
        + ("" if is_38(version) else _PARTIES)
        + f"<ResourceList>{resources}</ResourceList><ReleaseList>{releases}</ReleaseList>"
        + (f"<DealList>{deals}</DealList>" if deals else ""),
    )


def only_a_test(version: str) -> bytes:
    """Write a new release message that is only a test."""
    told = b"<MessageControlType>TestMessage</MessageControlType></MessageHeader>"
    return new_release(version).replace(b"</MessageHeader>", told)


def purge(
    version: str,
    *,
    icpn: str = ICPN,
    message_id: str = "m-9",
    created_at: str = CREATED,
    sender: str = SENDER,
    sender_name: str = SENDER_NAME,
) -> bytes:
    """Write a PurgeReleaseMessage of one release."""
    purged = f"<PurgedRelease><ReleaseId><ICPN>{icpn}</ICPN></ReleaseId></PurgedRelease>"
    return document("PurgeReleaseMessage", version, header(message_id, created_at, sender, sender_name) + purged)
