"""The words of the listener's page, a file a language: `languages/en.toml` has them all, another file those it translates.

A key is `section.name`; its text is a string, or a table of CLDR plural forms ("one", "other"), with `{placeholders}`.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Self

from babel import Locale
from babel.lists import format_list
from babel.numbers import format_decimal

from api.negotiation import ranges
from catalog.tracks import TERRITORIES, Territory

_FILES: Final = Path(__file__).parent / "languages"

ENGLISH: Final = "en"

LANGUAGES: Final = (ENGLISH, *sorted({file.stem for file in _FILES.glob("*.toml")} - {ENGLISH}))
"""The languages that there are files of, by ISO 639-1 code; English first."""

PLURAL_FORMS: Final = frozenset({"zero", "one", "two", "few", "many", "other"})
"""What CLDR calls the forms of a word by count; every language has "other"."""

Text = str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language by key, those that its file lacks in English."""

    language: str
    texts: Mapping[str, Text]

    @classmethod
    def of(cls, language: str) -> Self:
        """Return the words of one of LANGUAGES. Raises ValueError for another, and for a file that cannot be used."""
        if language not in LANGUAGES:
            raise ValueError(f"there are no words in {language!r}; there are {', '.join(LANGUAGES)}")
        return cls(language, {**texts_of(ENGLISH), **texts_of(language)})

    def say(self, key: str, count: float | None = None, **values: str | float) -> str:
        """Return a text with its values put in, the form that fits `count` where it has several.

        Numbers are written as the language writes them; what must not be grouped, such as a year, comes as a string.
        Raises KeyError for a key that English lacks, and for a placeholder without a value.
        """
        text = self.texts[key]
        if not isinstance(text, str):
            text = text.get(self.locale.plural_form(count or 0), text["other"])
        given = values if count is None else {"count": count, **values}
        return text.format_map({name: self.written(value) for name, value in given.items()})

    def text(self, key: str) -> str:
        """Return a text without plural forms as its file has it, with its placeholders."""
        return str(self.texts[key])

    @property
    def locale(self) -> Locale:
        """What CLDR knows of the language."""
        return Locale.parse("en_GB" if self.language == ENGLISH else self.language)

    def country(self, territory: str) -> str:
        """Return the name of an ISO 3166-1 territory, its code where it has none."""
        return str(self.locale.territories.get(territory, territory))

    def listed(self, said: Sequence[str]) -> str:
        """Join words as a sentence does: one, two and three."""
        return format_list(said, locale=self.locale)

    def written(self, value: str | float) -> str:
        """Return a number with the language's own signs and at most two decimals; a string as it is."""
        return value if isinstance(value, str) else format_decimal(value, "#,##0.##", locale=self.locale)


@cache
def texts_of(language: str) -> Mapping[str, Text]:
    """Return what the file of a language says, by key. Raises ValueError naming the file and the key of what is no text."""
    sections = tomllib.loads((_FILES / f"{language}.toml").read_text(encoding="utf-8"))
    texts = {f"{section}.{name}": text for section, named in sections.items() for name, text in named.items()}
    for key, text in texts.items():
        forms = text if isinstance(text, dict) else {"other": text}
        if not {"other"} <= forms.keys() <= PLURAL_FORMS or not all(isinstance(form, str) for form in forms.values()):
            raise ValueError(
                f'languages/{language}.toml: {key} is {text!r}; write a text, or {{one = "...", other = "..."}}'
            )
    return texts


def preferred_language(header: str) -> str:
    """Return which of LANGUAGES an `Accept-Language` header likes best (RFC 9110, 12.5.4); English where it takes none."""
    return next((code for tag in _liked(header) if (code := tag.partition("-")[0]) in LANGUAGES), ENGLISH)


def preferred_region(header: str) -> Territory | None:
    """Return the first territory that an `Accept-Language` header names ("ja-JP"), its best liked language first; None for none."""
    subtags = (part.upper() for tag in _liked(header) for part in tag.split("-")[1:])
    return next((Territory(part) for part in subtags if part in TERRITORIES), None)


def _liked(header: str) -> list[str]:
    """Return the language tags that a header takes, in lower case, those that it likes best first."""
    return [tag for tag, quality in sorted(ranges(header), key=lambda one: -one[1]) if quality > 0]
