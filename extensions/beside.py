"""Do independent parts of a training at the same time, each in a process of its own.

The process is forked, so that nothing has to be sent to it; only what it found comes back. It must leave the sentence encoder
alone, whose threads it does not have.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, TypeVar

Found = TypeVar("Found")


class BesideError(Exception):
    """A process ended without an answer."""


def beside(work: Callable[..., Found], *told: Any) -> Callable[[], Found]:
    """Begin `work(*told)` and return a function that waits for what it returns, or raises what it raises."""
    if sys.platform != "linux":  # elsewhere a process with threads cannot be forked safely
        found = work(*told)
        return lambda: found
    context = multiprocessing.get_context("fork")
    ours, its = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(its, work, told), daemon=True)
    process.start()
    its.close()

    def result() -> Found:
        try:
            done, found = ours.recv()
        except EOFError:
            raise BesideError(f"{work.__qualname__} was ended") from None
        finally:
            ours.close()
            process.join()
        if not done:
            raise found
        return found

    return result


def _answer(its: Connection, work: Callable[..., Any], told: tuple[Any, ...]) -> None:
    try:
        its.send((True, work(*told)))
    except Exception as error:
        its.send((False, error))
