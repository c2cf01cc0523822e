"""The last gate: every track of a final list is decided on from the records committed at that moment."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from catalog.consent import ConsentContext, Decision, Permitted, Policy, Preferences, TrackFacts, decide
from catalog.stores import CatalogStore
from catalog.tracks import Position, TrackId

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class LastGate:
    """Decides for one request. `decisions` holds what was decided, by position; `epoch` names the records relied on.

    `permitted` is what was known of the tracks before.
    """

    _catalog: CatalogStore
    _context: ConsentContext
    _policy: Policy
    _preferences: Preferences
    _permitted: Permitted
    decisions: dict[Position, Decision] = field(default_factory=dict)
    epoch: int = -1

    @property
    def at(self) -> datetime:
        """The instant as of which it decides, UTC."""
        return self._context.at

    @property
    def unreadable(self) -> bool:
        """Whether consent could not be read at all, so that everything was withheld."""
        return self.epoch == -1 and bool(self.decisions)

    def admit(
        self,
        candidates: Sequence[Position],
        denied: Sequence[Position],
        sequence: Callable[[Sequence[Position]], list[Position]],
    ) -> list[Position]:
        """Sequence candidates and decide on the list; while any track is withheld, the next ones take the places.

        A list is made anew too where a track turns out to have another standing than it was sequenced by.

        All of a list is decided on from one snapshot. What was `denied` is decided on with it, so that its reasons can be
        told. Where consent cannot be read, nothing is admitted.
        """
        while True:
            gone = {position for position, decision in self.decisions.items() if not decision.allowed}
            chosen = sequence([position for position in candidates if position not in gone])
            assumed = [self.standing(position) for position in chosen]
            self._decide([*chosen, *denied])
            if all(
                self.decisions[position].allowed and self.standing(position) == before
                for position, before in zip(chosen, assumed, strict=True)
            ):
                return chosen
            if self.unreadable:
                return []

    def standing(self, position: Position) -> int:
        """Return a track's bits of `Standing`: as this gate decided, else as compiled before."""
        decision = self.decisions.get(position)
        return self._permitted.standing(position) if decision is None else int(decision.standing)

    def _decide(self, positions: Sequence[Position]) -> None:
        try:
            self.epoch, facts = self._catalog.facts(positions)
        except Exception as error:  # whatever it is, nothing is known
            _LOG.warning("Consent cannot be read, so nothing plays: %s", error)
            self.epoch, facts = -1, {}
        for position in positions:
            try:
                decision = self._decision(position, facts.get(position))
            except Exception:
                _LOG.exception("Consent cannot be decided on, so it is withheld")
                decision = self._decision(position, None)
            self.decisions[position] = decision

    def _decision(self, position: Position, facts: TrackFacts | None) -> Decision:
        return decide(facts, self._context, self._policy, self._preferences, track_id=TrackId(str(position)))
