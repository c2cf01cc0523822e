"""Scopes of ERN deals (territories, uses, models, services, period) and the difference of two scopes."""

from dataclasses import dataclass

from catalog.consent import CommercialModel, Deal, Period, TerritoryScope, UseType

_STREAMS = frozenset(use for use in UseType if UseType.STREAM.covers(use))


@dataclass(frozen=True, slots=True)
class Selection:
    """A set of names, or with `others` its complement; false where it is empty."""

    names: frozenset[str] = frozenset()
    others: bool = False

    def __bool__(self) -> bool:
        return self.others or bool(self.names)

    @property
    def territory_scope(self) -> TerritoryScope:
        """The territories of these names as consent records have them."""
        return TerritoryScope(excluded=self.names) if self.others else TerritoryScope(self.names)

    def meet(self, other: "Selection") -> "Selection":
        """Return the intersection."""
        if self.others and other.others:
            return Selection(self.names | other.names, others=True)
        if self.others:
            return Selection(other.names - self.names)
        return Selection(self.names - other.names if other.others else self.names & other.names)

    def minus(self, other: "Selection") -> "Selection":
        """Return the difference."""
        return self.meet(Selection(other.names, others=not other.others))

    def join(self, other: "Selection") -> "Selection":
        """Return the union."""
        neither = Selection(self.names, not self.others).meet(Selection(other.names, not other.others))
        return Selection(neither.names, not neither.others)


NOTHING = Selection()
EVERYTHING = Selection(others=True)


@dataclass(frozen=True, slots=True)
class Scope:
    """What one deal covers, in one period. Uses and models are chosen by name or all of them, never all but some."""

    territories: Selection
    uses: Selection
    models: Selection
    channels: Selection
    period: Period

    @property
    def use_types(self) -> frozenset[UseType]:
        """The uses as consent records have them: empty for all."""
        return frozenset(map(UseType, self.uses.names))

    @property
    def commercial_models(self) -> frozenset[CommercialModel]:
        """The commercial models as consent records have them: empty for all."""
        return frozenset(map(CommercialModel, self.models.names))

    def deal(self, licensor: str) -> Deal:
        """Return the deal of this scope."""
        names = self.channels.names
        included, excluded = (frozenset[str](), names) if self.channels.others else (names, frozenset[str]())
        return Deal(
            self.territories.territory_scope,
            self.use_types,
            self.commercial_models,
            self.period,
            licensor,
            included,
            excluded,
        )

    def minus(self, cut: "Scope") -> list["Scope"]:
        """Return scopes that together cover what this one does and `cut` does not; this one alone where they do not meet.

        Streams are taken apart into their kinds: without one of them, the rest is no licence for streams of every kind.
        """
        mine, cut_away = self._sides(taken_away=False), cut._sides(taken_away=True)
        shared = [side.meet(other) for side, other in zip(mine, cut_away, strict=True)]
        before, during, after = _split(self.period, cut.period)
        if during is None or not all(shared):
            return [self]
        rest = [
            _joined([*shared[:number], left, *mine[number + 1 :]], self.period)
            for number, (side, other) in enumerate(zip(mine, cut_away, strict=True))
            if (left := side.minus(other))
        ]
        return rest + [_joined(shared, period) for period in (before, after) if period]

    def _sides(self, *, taken_away: bool) -> list[Selection]:
        uses = self.uses.names or frozenset(UseType)
        if UseType.STREAM in uses:
            uses |= _STREAMS
        elif taken_away and uses & _STREAMS:
            uses |= {UseType.STREAM}
        return [
            self.territories,
            Selection(uses),
            Selection(self.models.names or frozenset(CommercialModel)),
            self.channels,
        ]


def _joined(sides: list[Selection], period: Period) -> Scope:
    territories, uses, models, channels = sides
    if uses.names == frozenset(UseType):
        uses = EVERYTHING
    elif UseType.STREAM in uses.names:
        uses = Selection(uses.names - _STREAMS | {UseType.STREAM})
    if models.names == frozenset(CommercialModel):
        models = EVERYTHING
    return Scope(territories, uses, models, channels, period)


def _split(period: Period, cut: Period) -> tuple[Period | None, Period | None, Period | None]:
    """Return the parts of a period before, during and after another one; None for a part that is empty."""
    start = max(filter(None, (period.start, cut.start)), default=None)
    end = min(filter(None, (period.end, cut.end)), default=None)
    if start is not None and end is not None and start >= end:
        return None, None, None
    before = Period(period.start, cut.start) if cut.start and start == cut.start != period.start else None
    after = Period(cut.end, period.end) if cut.end and end == cut.end != period.end else None
    return before, Period(start, end), after
