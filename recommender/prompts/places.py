"""Places of a list in words and figures: "the third one", "the first five", "the last"."""

import re
from collections.abc import Sequence
from typing import Final

from recommender.prompts.quantity_tokens import ARTICLES, Extent, Token, as_place, bounded, figures_of


def said_as(extent: Extent, single: bool = True) -> str:
    """Return an extent as a value: "20", "3-6", "-1969"."""
    low, high = ("" if side is None else f"{round(max(side, 0), 2):.12g}" for side in extent)
    return low if single and low == high else f"{low}-{high}"


_LAST: Final = re.compile(
    r"last\b|letzte|final|clos|\bend|finish|ende\b|dernier|dernière|fin\b|últim|ultim|chiu|fondo|laatste|ostatni|последн"
    r"|\bson\b|\bsona|\bsonda|sonuncu|schlu(?:ss|ß)|slot|einde|koniec|finał|конец|финал|напоследок|fim\b|cierr|cerrar|encerr|fine\b|kapan"
    r"|bitir|bottom|outro|ラスト|締め|엔딩|맨 뒤|마무리|最後|마지막|끝"
)
_OPENING: Final = re.compile(
    "open|start|begin|anfang|beginn|erst|début|entrada|inici|iníci|inizi|начал|początk|başla|最初|처음|맨 앞"
)
_FIRST_FEW: Final = re.compile("처음|앞|最初|頭")


def place_of(tokens: Sequence[Token], words: str) -> str | None:
    """Return what words say of the list's tracks: a place, or a range of places ("first five" is 1-5, "from the third on" 3-)."""
    tokens = [as_place(token) for token in tokens]
    tokens = [token for token in tokens if token.text not in ARTICLES or len(tokens) == 1]
    numbers = [token for token in tokens if token.kind == "number" and token.low >= 1]
    if _LAST.search(words) and not any(token.low > 1 for token in numbers):
        return "last"
    if not numbers:
        return "1" if _OPENING.search(words) else None
    first = next((i for i, token in enumerate(numbers) if token.ordinal and token.low == 1), None)
    others = [token for token in numbers if token.low > 1 and not token.ordinal]
    if first is not None:
        before = re.match("premi|prim", numbers[first].text) is not None  # "les deux premières"
        others = [token for token in others if before or token.start > numbers[first].start]
    if others and (first is not None or _FIRST_FEW.search(words)):
        return said_as((1, others[0].high))
    if first is not None and len(numbers) > 1 and not any(token.kind == "to" for token in tokens):
        return "1"
    low, high, is_range = figures_of(tokens)[0]
    if is_range:
        return said_as((low, high))
    low_side, high_side = bounded(low, high, [token for token in tokens if token.kind != "not"], step=1)
    return said_as((1.0 if low_side is None else low_side, high_side))
