"""Services that the routes share (settings, experiments, recommender, log), and their dependency types."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, cast

from anyio import to_thread
from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPBearer
from prometheus_client import Metric
from prometheus_client.metrics_core import GaugeMetricFamily
from threadpoolctl import threadpool_limits

from api.experiments.files import ExperimentFiles
from api.experiments.in_force import ExperimentsInForce
from api.exposures.log import SYNC_SECONDS, ExposureLog, ExposureLogError
from api.exposures.sealing import seal_beside
from api.keys.callers import Caller, caller_of
from api.keys.store import KeyStore
from api.keys.tokens import Tokens
from api.lists.making import Desk
from api.lists.store import ListStore
from api.metrics import Metrics
from api.problems import ProblemError, ProblemKind, unavailable
from api.reserve import Reserve
from api.settings import Settings
from api.usecases import Recommender
from catalog.settings import says_something
from catalog.stores import StoreError
from recommender.bundles import age_s
from recommender.playlist_recommender import TRIAL_PROMPT
from recommender.requests import PlaylistRequest

_LOG = logging.getLogger(__name__)

OpenRecommender = Callable[[Path], Recommender]


class Services:
    """The parts of a running server.

    The recommender is `opened` when it is there to be opened: a server may start before anything is built.
    """

    def __init__(self, settings: Settings, open_recommender: OpenRecommender) -> None:
        self.settings = settings
        self.metrics = Metrics(self._found)
        files = ExperimentFiles.of(settings.home, settings)
        self.experiments = ExperimentsInForce(files, lambda bundle: self.recommender().using(bundle))
        self._open_recommender = open_recommender
        self.opened: Recommender | None = None
        self._said = ""
        self._log: ExposureLog | None = None
        self._lists: ListStore | None = None
        self.keys = KeyStore(settings.home)
        self.reserve = Reserve(settings.home)
        self._opening, self._opening_log = threading.Lock(), threading.Lock()
        self._stop = threading.Event()
        self._sealer = threading.Thread(target=self._seal_now_and_then, name="sealer", daemon=True)
        self._syncer = threading.Thread(target=self._sync_now_and_then, name="syncer", daemon=True)

    def recommender(self) -> Recommender:
        """Return the recommender. Raises ProblemError saying what is missing and what to do."""
        with self._opening:
            if self.opened is None:
                try:
                    if self.settings.consent_file and not says_something(self.settings.home):
                        raise RuntimeError(
                            f"{self.settings.home / 'consent.toml'} is gone or says nothing, and was there when this server "
                            "was started; put it back, or start the server anew without it"
                        )
                    with ExitStack() as failing:
                        opened = self._open_recommender(self.settings.home)
                        failing.callback(opened.close)
                        for policy in opened.consent.offered:  # what a first answer waits for is read and compiled now
                            opened.recommend(PlaylistRequest(TRIAL_PROMPT, self.settings.territory, policy=policy))
                        failing.pop_all()
                    self.opened = opened
                except (OSError, RuntimeError, ValueError) as error:
                    # Whatever keeps the home from being opened is for its operator to mend; until then we wait.
                    if (said := str(error)) != self._said:
                        self._said = said
                        _LOG.warning("Not ready: %s", said)
                    raise unavailable(ProblemKind.NOT_READY, str(error), retry_after=30) from error
            return self.opened

    def log(self) -> ExposureLog:
        """Return the log. Raises ExposureLogError."""
        with self._opening_log:
            if self._log is None:
                self._log = ExposureLog.open(self.settings.home, durable=self.settings.durable_log)
            return self._log

    def lists(self) -> ListStore:
        """Return the lists. Raises ListStoreError."""
        with self._opening_log:
            if self._lists is None:
                self._lists = ListStore.open(self.settings.home, durable=self.settings.durable_log)
            return self._lists

    @cached_property
    def tokens(self) -> Tokens:
        """The secrets that go with answers. Raises TokensError."""
        return Tokens.open(self.settings.home)

    def desk(self) -> Desk:
        """Return what making a list takes. Raises ProblemError, ExposureLogError or ListStoreError saying what is missing."""
        return Desk(self.recommender(), self.log(), self.lists(), self.experiments.value)

    def start(self) -> None:
        """Open what can be opened, and begin to seal the log. Raises ExposureLogError: without a log there are no answers."""
        for opened in (self.log, self.lists, lambda: self.tokens):
            self.reserve.spend_on(opened)
        self.reserve.hold()
        if self.settings.trust_callers:
            _LOG.warning("CONSONANCE_TRUST_CALLERS: whoever reaches this server may ask in the name of any listener")
        # Two lists are worked on beside each other: threads of NumPy's own would only wait for processors, at work.
        self._threads = threadpool_limits(1, "blas")
        with suppress(ProblemError):
            self.recommender()
            self.experiments.look()
        self._sealer.start()
        self._syncer.start()

    def stop(self) -> None:
        """Seal what is left and close everything."""
        self._stop.set()
        self._sealer.join()
        self._syncer.join()
        self._seal(self.log().seal)
        self.log().close()
        self.lists().close()
        self.keys.close()
        self._threads.restore_original_limits()
        if self.opened is not None:
            self.opened.close()

    def _found(self) -> Iterator[Metric]:
        with suppress(ExposureLogError):
            yield GaugeMetricFamily(
                "consonance_log_unsealed_rows",
                "Rows of answers and events that are not in Parquet yet; grows where sealing fails.",
                self.log().unsealed(),
            )
        if (opened := self.opened) is not None:
            with suppress(StoreError):
                self.metrics.consent_epoch.labels("catalog").set(opened.catalog.consent_epoch())
            with suppress(OSError):
                age = GaugeMetricFamily(
                    "consonance_bundle_age_seconds",
                    "Since the bundle in use was built, by its version; tracks that came later are in no list.",
                    labels=("version",),
                )
                age.add_metric((opened.bundle_version,), age_s(self.settings.home, opened.bundle_version))
                yield age

    def _seal_now_and_then(self) -> None:
        while not self._stop.wait(self.settings.seal_seconds):
            self._seal(self._seal_beside)

    def _sync_now_and_then(self) -> None:
        while not self._stop.wait(SYNC_SECONDS):
            self._seal(self.log().sync)
            self._seal(self.lists().sync)

    def _seal_beside(self) -> None:
        self.log().check()
        if self.log().unsealed() or self.log().is_overdue(self.settings.log):
            seal_beside(self.settings.home, self.settings.log)

    def _seal(self, seal: Callable[[], object]) -> None:
        try:
            seal()
        except Exception:
            # Nothing is lost: the rows stay in the journal until a later run can write them. A thread must not die of it.
            _LOG.exception("The log could not be sealed or synced")


def services_of(request: Request) -> Services:
    """Return the services of the application that a request is sent to."""
    return cast(Services, request.app.state.services)


async def _services(request: Request) -> Services:
    return services_of(request)


ServicesDep = Annotated[Services, Depends(_services)]


async def _recommender(services: ServicesDep) -> Recommender:
    opened = services.opened
    return await to_thread.run_sync(services.recommender) if opened is None else opened


async def _exposure_log(services: ServicesDep) -> ExposureLog:
    return services.log()


async def _request_id(request: Request) -> str:
    return cast(str, request.state.request_id)


async def _caller(request: Request) -> Caller:
    return caller_of(request.scope)


async def _may_see_who(request: Request) -> bool:
    return caller_of(request.scope).may("audit")


CallerDep = Annotated[Caller, Depends(_caller)]
MaySeeWhoDep = Annotated[bool, Depends(_may_see_who)]
"""Whether the caller may see who asked for something, and who entered it."""
BEARER = HTTPBearer(
    auto_error=False, scheme_name="key", description="a key of `consonance keys`, or CONSONANCE_ADMIN_TOKEN"
)
EDIT_SECRET = APIKeyHeader(
    name="X-Edit-Secret", auto_error=False, scheme_name="editSecret", description="what the maker of a list got with it"
)


def require(caller: Caller, scope: str) -> None:
    """Raise ProblemError (401, 403) where the caller may not do what a scope opens."""
    if caller.may(scope):
        return
    if caller.key is None:
        raise ProblemError(
            ProblemKind.UNAUTHENTICATED,
            f"send Authorization: Bearer with a key of scope `{scope}`; `consonance keys make` makes one",
            headers={"WWW-Authenticate": 'Bearer realm="consonance"'},
        )
    raise ProblemError(
        ProblemKind.FORBIDDEN, f"this key is not for `{scope}`; it is for {', '.join(sorted(caller.key.scopes))}"
    )


def needs(scope: str) -> Any:
    """Return the dependency that requires a key with a scope. It raises ProblemError (401, 403)."""

    async def check(caller: CallerDep, _: Annotated[object, Security(BEARER)]) -> None:
        require(caller, scope)

    return Security(check, scopes=[scope])


async def _desk(services: ServicesDep) -> Desk:
    return await to_thread.run_sync(services.desk) if services.opened is None else services.desk()


DeskDep = Annotated[Desk, Depends(_desk)]
RecommenderDep = Annotated[Recommender, Depends(_recommender)]
ExposureLogDep = Annotated[ExposureLog, Depends(_exposure_log)]
RequestIdDep = Annotated[str, Depends(_request_id)]
