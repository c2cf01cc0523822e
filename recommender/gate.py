"""The last gate: every track of a final list is decided on from the records committed at that moment."""

from collections.abc import Callable, Sequence

from catalog.policy import ConsentContext, Decision, Policy, ReasonCode, decide
from catalog.store import CatalogStore, StoreError


class LastGate:
    """Decides for one request. `decisions` holds what was decided, by position; `epoch` names the records relied on."""

    def __init__(self, catalog: CatalogStore, context: ConsentContext, policy: Policy) -> None:
        self._catalog = catalog
        self._context = context
        self._policy = policy
        self.decisions: dict[int, Decision] = {}
        self.epoch = -1

    @property
    def unreadable(self) -> bool:
        """Whether consent could not be read for some track, which was withheld for that."""
        return any(decision.primary is ReasonCode.CONSENT_UNAVAILABLE for decision in self.decisions.values())

    @property
    def refused(self) -> list[Decision]:
        """The decisions that withheld a track."""
        return [decision for decision in self.decisions.values() if not decision.allowed]

    def admit(
        self, candidates: Sequence[int], missed: Sequence[int], sequence: Callable[[Sequence[int]], list[int]]
    ) -> list[int]:
        """Sequence candidates and decide on the list; while any track is withheld, the next ones take the places.

        All of a list is decided on from one snapshot. What was `missed` is decided on with it, so that its reasons can be
        told. Where consent cannot be read, nothing is admitted.
        """
        while True:
            chosen = sequence([position for position in candidates if self._may_stay(position)])
            self._decide([*chosen, *missed])
            if all(self.decisions[position].allowed for position in chosen):
                return chosen
            if self.unreadable:
                return []

    def _may_stay(self, position: int) -> bool:
        return position not in self.decisions or self.decisions[position].allowed

    def _decide(self, positions: Sequence[int]) -> None:
        try:
            self.epoch, facts = self._catalog.facts(positions)
        except StoreError:
            self.epoch, facts = -1, {}
        for position in positions:
            self.decisions[position] = decide(facts.get(position), self._context, self._policy, str(position))
