"""Open licences as deals: a Creative Commons licence lets everybody stream a recording, everywhere and for ever."""

import re

from catalog.consent import CommercialModel, Deal, UseType

_CODES = r"(?P<code>by(?:-nc)?(?:-nd|-sa)?|by-nd-nc)"
_ID = re.compile(rf"cc-{_CODES}(?:-[1-4]\.[0-9](?:-[a-z]{{2,4}})?)?")
_URL = re.compile(
    rf"(?:https?://)?(?:www\.)?creativecommons\.org/licenses/{_CODES}/[1-4]\.[0-9](?:/[a-z]{{2,4}})?"
    r"(?:/(?:deed|legalcode)(?:\.[a-z-]+)?)?/?"
)
_CC0 = re.compile(
    r"cc0(?:-1\.0)?|(?:https?://)?(?:www\.)?creativecommons\.org/publicdomain/zero/1\.0"
    r"(?:/(?:deed|legalcode)(?:\.[a-z-]+)?)?/?"
)


def deal_of_licence(licence: str, licensor: str | None) -> Deal | None:
    """Return the deal that an open licence amounts to, or None for any other licence.

    Reads Creative Commons ids (SPDX, such as CC-BY-NC-SA-3.0 or CC0-1.0; spaces for hyphens and no version are fine too)
    and creativecommons.org addresses, those of country ports included. Streaming is allowed worldwide without an end;
    the NC element allows the free-of-charge model only. Unlike a match of words, nothing may stand before or after.
    """
    name = licence.strip().lower()
    if _CC0.fullmatch(name.replace(" ", "-")):
        models: frozenset[CommercialModel] = frozenset()
    elif match := _ID.fullmatch(name.replace(" ", "-")) or _URL.fullmatch(name):
        models = frozenset({CommercialModel.FREE_OF_CHARGE}) if "nc" in match["code"] else frozenset()
    else:
        return None
    return Deal(use_types=frozenset({UseType.STREAM}), commercial_models=models, licensor=licensor)
