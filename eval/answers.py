"""What the product answers: asked once, by several processes where wanted, and kept for the next run.

The product is where a run's time goes; all else is made in the run's own process, so that however many processes ask, every
number is made in the same way.
"""

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from hashlib import sha256
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from eval.evaluation import AUDIT_ONLY, EvaluationError
from eval.identity import digest
from eval.kept import keep_json, kept_json
from eval.queries import Asked
from eval.systems.system import Pool, System
from recommender.prompts.reading import PromptQuery, PromptReader
from recommender.requests import RequestError
from recommender.scored_tracks import ScoredTracks

Answer = list[int] | str
"""The positions of a list, best first; or why the prompt was refused."""

_FILE = "answers.json"
_PORTION = 4
"""So many queries another process answers at a time: few, so that none is left alone at work."""


class Pipeline(NamedTuple):
    """The product as one system of a run, the pool that it ranks, and the policy under which it was permitted."""

    system: System
    pool: Pool
    policy: str


@dataclass(frozen=True, eq=False)
class Product:
    """The product as every pipeline of a run, by name, its lists as deep as the run reads them, and its reader of prompts."""

    pipelines: Mapping[str, Pipeline]
    depth: int
    reader: PromptReader

    def keys(self, made_from: object) -> dict[str, str]:
        """Return the digest of all that each pipeline's answers are made from: `made_from`, and how it is set here."""
        return {name: digest([made_from, self.depth, *_described(one)]) for name, one in self.pipelines.items()}

    def answer(self, name: str, asked: Asked) -> Answer:
        """Ask a pipeline. Raises RequestError where something but the prompt cannot be answered."""
        system, pool, _ = self.pipelines[name]
        try:
            return [int(position) for position in system.rank(asked, self.depth, pool).positions]
        except RequestError as error:
            if error.field != "prompt":
                raise
            return error.reason


Open = Callable[[], AbstractContextManager[Product]]
"""Opens the product in another process, the same way as in this one."""

_opens: Open
"""What another process was given to open the product with."""


class Told(NamedTuple):
    """The result of one query from a worker process: the reading of its prompt, and the answer of each pipeline by name."""

    asked: Asked
    reading: PromptQuery
    answers: Mapping[str, Answer]


class Answers:
    """The answers of a product's pipelines to the `asked` queries, cached on disk under `keys` (`Product.keys`).

    With worker processes, all queries that are not cached are submitted at once in their order, and awaited when an answer is
    needed. Pipelines with equal keys are asked once.
    """

    def __init__(
        self,
        product: Product,
        asked: Sequence[Asked],
        keys: Mapping[str, str],
        processes: ProcessPoolExecutor | None,
    ) -> None:
        self._product, self._asked = product, [*dict.fromkeys(asked)]
        self._key = {name: keys[name] for name in product.pipelines}
        self._known = {key: _read(key, self._asked) for key in self._key.values()}
        self._new = {key: name for name, key in self._key.items() if not self._known[key]}
        self._readings: dict[str, PromptQuery] = {}
        self._awaited: dict[Asked, Future[list[Told]]] = {}
        if processes is not None and self._new:
            for start in range(0, len(self._asked), _PORTION):
                portion = self._asked[start : start + _PORTION]
                self._awaited |= dict.fromkeys(portion, processes.submit(_answered, [*self._new.values()], portion))

    def system(self, name: str) -> System:
        """Return a pipeline as a system that gives these answers."""
        return replace(self._product.pipelines[name].system, rank=partial(self._rank, name))

    def reading(self, prompt: str) -> PromptQuery:
        """Return how a prompt is read by itself."""
        return self._readings.get(prompt) or self._product.reader.read(prompt)

    def keep(self) -> None:
        """Keep the answers of the pipelines that answered everything; never what was listed with nothing withheld."""
        for key, name in self._new.items():
            withholds = self._product.pipelines[name].policy != AUDIT_ONLY
            if withholds and len(known := self._known[key]) == len(self._asked):
                keep_json(key, _FILE, [known[one] for one in self._asked])

    def _rank(self, name: str, asked: Asked, _k: int, _pool: Pool) -> ScoredTracks:
        known = self._known[self._key[name]]
        if asked not in known:
            self._wait(asked)
        if asked not in known:
            known[asked] = self._product.answer(name, asked)
        if isinstance(answer := known[asked], str):
            raise RequestError("prompt", answer)
        return ScoredTracks(np.array(answer, np.int64), np.arange(len(answer), 0, -1, dtype=np.float32))

    def _wait(self, asked: Asked) -> None:
        """Take over the portion of answers that another process gives with this one. Raises what it raised."""
        if (awaited := self._awaited.get(asked)) is None:
            return
        for told in awaited.result():
            del self._awaited[told.asked]
            self._readings[told.asked.prompt] = told.reading
            for name, answer in told.answers.items():
                self._known[self._key[name]][told.asked] = answer


@contextmanager
def processes(jobs: int, opens: Open) -> Iterator[ProcessPoolExecutor | None]:
    """Start so many processes that answer from a product of their own; none for one job, which this process does.

    Raises EvaluationError where one is ended from outside.
    """
    if jobs == 1:
        yield None
        return
    # Spawned: a fork would share open databases and the threads of libraries. Each on one thread, for there are others.
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (opens,))
    # What is blocked here they inherit: whoever stops the run stops this process, which waits for them and ends them.
    unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        pool.map(_ready, range(jobs))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
    try:
        yield pool
    except BrokenProcessPool as error:
        raise EvaluationError(
            "a process that ranks was ended from outside, perhaps for want of memory; run with fewer --jobs (a script "
            "of your own has to call `run` under `if __name__ == '__main__':`)"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(opens: Open) -> None:
    global _opens
    _opens = opens
    threadpool_limits(1)


@cache
def _opened() -> Product:
    """Return the product of this process, opened when it is first asked, which stays open until the process ends."""
    return ExitStack().enter_context(_opens())


def _ready(_number: int) -> None:
    """Open the product while the run's own process does, which tells what is wrong with it."""
    with suppress(Exception):
        _opened()


def _answered(names: Sequence[str], portion: Sequence[Asked]) -> list[Told]:
    product = _opened()
    return [
        Told(one, product.reader.read(one.prompt), {name: product.answer(name, one) for name in names})
        for one in portion
    ]


def _described(pipeline: Pipeline) -> tuple[str, str, str]:
    system, pool, policy = pipeline
    return (
        system.settings,
        policy,
        sha256(np.packbits(pool.mask).tobytes() + repr(pool.candidates).encode()).hexdigest(),
    )


def _read(key: str, asked: Sequence[Asked]) -> dict[Asked, Answer]:
    answers = kept_json(key, _FILE)
    return {} if answers is None else dict(zip(asked, answers, strict=True))
