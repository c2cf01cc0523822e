"""Readers of the territories, uses, commercial models and services of the terms of an ERN message.

What cannot be read is reported, and rounded to the safe side: left out of what is licensed (rounded down), and taken for
everything in what is withheld or excepted from a licence (rounded up).
"""

from collections.abc import Callable, Iterable
from functools import reduce

from catalog.consent import CommercialModel, UseType
from catalog.importers.cells import MAX_TEXT, shown
from catalog.importers.ern.header import dpid_of, party_name
from catalog.importers.ern.scopes import EVERYTHING, NOTHING, Selection
from catalog.importers.ern.values import Problems
from catalog.importers.hardened_xml import Element
from catalog.tracks import WORLDWIDE, parse_territory

_ALSO_WRITTEN = {"UseForGenerativeAI": UseType.TRAINING_GENERATIVE_AI}
"""The older spelling, in the value sets of 2020."""

_OTHER_USES = frozenset((
    "AsPerContract", "Broadcast", "Cable", "Display", "Download", "Dub", "DubForAdvertisement",
    "DubForLivePerformance", "DubForMovies", "DubForMusicOnHold", "DubForOnDemandStreaming",
    "DubForPublicPerformance", "DubForRadio", "DubForTV", "ExtractForInternet", "KioskDownload", "Narrowcast",
    "Perform", "PerformAsMusicOnHold", "PerformInLivePerformance", "PerformInPublic", "PlayInPublic", "Playback",
    "Podcast", "Print", "PrivateCopy", "ProgrammedContentStream", "PurchaseAsPhysicalProduct", "Rent", "Simulcast",
    "TetheredDownload", "Unknown", "Use", "UseAsAlertTone", "UseAsDevice", "UseAsKaraoke", "UseAsRingbackTone",
    "UseAsRingbackTune", "UseAsRingtone", "UseAsRingtune", "UseAsScreensaver", "UseAsVoiceMail", "UseAsWallpaper",
    "UseForIdentification", "UseInMobilePhoneMessaging", "UseInPhoneListening", "UserMakeAvailableLabelProvided",
    "UserMakeAvailableUserProvided", "UserDefined", "Webcast",
))  # fmt: skip
"""DDEX's uses that no recommender asks for."""

_UNASSIGNED = frozenset({"XK"})
"""Kosovo: DDEX has a code for it, ISO 3166-1 has none, so no request can name it and nothing is lost by leaving it out."""

Reader = Callable[[Element, bool, Problems], Selection]
"""Reads the choice of one element, rounded up or down."""


def chosen(elements: list[Element], read: Reader, round_up: bool, problems: Problems) -> Selection:
    """Return the union of the elements' choices; everything where there are none."""
    return joined(elements, read, round_up, problems) if elements else EVERYTHING


def joined(elements: Iterable[Element], read: Reader, round_up: bool, problems: Problems) -> Selection:
    """Return the union of the elements' choices; nothing where there are none."""
    return reduce(Selection.join, (read(element, round_up, problems) for element in elements), NOTHING)


def _unknown(element: Element, what: str, round_up: bool, problems: Problems) -> Selection:
    problems.report(element, f"{what}; {'it was taken to stand for all' if round_up else 'it was left out'}")
    return EVERYTHING if round_up else NOTHING


def territory(element: Element, round_up: bool, problems: Problems) -> Selection:
    """Read a territory: ISO 3166-1 or Worldwide; of a part of a country (ISO 3166-2) the whole, rounded up."""
    code = element.text.upper()
    if code == WORLDWIDE.upper():
        return EVERYTHING
    country, hyphen, _ = code.partition("-")
    told = f"{shown(element.text)} is not a country of ISO 3166-1, such as DE"
    try:
        # TIS has codes of its own, and a withdrawn ISO code may be another country's now.
        if element.attributes.get("IdentifierType", "ISO") != "ISO":
            raise ValueError(told)
        found = Selection(frozenset({parse_territory(country)}))
    except ValueError:
        return _unknown(element, told, round_up and code not in _UNASSIGNED, problems)
    if not hyphen:
        return found
    if not round_up:
        return _unknown(element, told, round_up, problems)
    problems.report(element, f"{told}; the whole of {country} was taken")
    return found


def use(element: Element, round_up: bool, problems: Problems) -> Selection:
    """Read a UseType; one that DDEX has and no recommender asks for chooses nothing."""
    if element.text in _OTHER_USES:
        return NOTHING
    try:
        return Selection(frozenset({_ALSO_WRITTEN.get(element.text) or UseType(element.text)}))
    except ValueError:
        return _unknown(element, f"{shown(element.text)} is not a DDEX UseType", round_up, problems)


def commercial_model(element: Element, round_up: bool, problems: Problems) -> Selection:
    """Read a CommercialModelType."""
    try:
        return Selection(frozenset({CommercialModel(element.text)}))
    except ValueError:
        return _unknown(element, f"{shown(element.text)} is not a DDEX CommercialModelType", round_up, problems)


def service(element: Element, round_up: bool, problems: Problems) -> Selection:
    """Read a DistributionChannel: the DPID of the service, or its name."""
    name = dpid_of(element) or party_name(element) or element.text_of("TradingName")
    if not name or len(name) > MAX_TEXT:
        return _unknown(element, "names no service: it needs a DPID or a name", round_up, problems)
    return Selection(frozenset({name}))
