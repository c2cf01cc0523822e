"""`consonance consent`: what is on record about a track, and taking tracks down."""

from argparse import Namespace
from datetime import UTC, datetime

from api.terminal import print_consent, say
from catalog.findings import ConsentContext
from catalog.flags import Takedown
from catalog.policy import decide
from catalog.presets import load_consent_settings
from catalog.records import ConsentRecord, Subject, SubjectKind
from catalog.rights import TerritoryScope
from catalog.store import CatalogStore


def run(arguments: Namespace) -> None:
    """Do what was asked of the catalog in `--home`. Raises ValueError for tracks that it does not have."""
    path = arguments.home / "catalog.sqlite"
    if not path.exists():
        raise RuntimeError(
            f"there is no catalog in {arguments.home}; run `consonance import` first, or give its --home"
        )
    with CatalogStore.open(path) as store:
        if arguments.action == "show":
            _show(arguments, store)
        else:
            _take_down(arguments, store)


def _show(arguments: Namespace, store: CatalogStore) -> None:
    at = arguments.at or datetime.now(UTC)
    (position,) = _positions(store, [arguments.track])
    (track,) = store.tracks([position])
    _, facts = store.facts([position])
    context = ConsentContext(arguments.territory, at, arguments.commercial_model)
    print_consent(
        track,
        facts[position].records,
        decide(
            facts[position], context, load_consent_settings(arguments.home / "consent.toml").policy(arguments.policy)
        ),
    )


def _take_down(arguments: Namespace, store: CatalogStore) -> None:
    _positions(store, arguments.tracks)
    territories = TerritoryScope(frozenset(arguments.territory or ()))
    terms = Takedown(territories, reason=arguments.reason)  # Without a start it holds whatever any server's clock says.
    with store.writing() as writer:
        writer.append(ConsentRecord(Subject(SubjectKind.TRACK, track_id), terms) for track_id in arguments.tracks)
    where = ", ".join(sorted(territories.included)) or "everywhere"
    say(
        f"taken down {where}: {', '.join(arguments.tracks)}; no answer begun from now on holds them "
        f"(consent epoch {store.consent_epoch()})"
    )


def _positions(store: CatalogStore, track_ids: list[str]) -> list[int]:
    found = store.positions_of(track_ids)
    if unknown := [track_id for track_id in track_ids if track_id not in found]:
        raise ValueError(f"the catalog has no track {', '.join(map(repr, unknown))}; ids stand in `--format csv`")
    return [found[track_id] for track_id in track_ids]
