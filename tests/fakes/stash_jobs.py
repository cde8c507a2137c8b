"""Stash's job queue: first in, first out, one job at a time, the last ten remembered."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone

REMEMBERED = 10


@dataclass(eq=False)
class Job:
    id: str
    description: str
    run: Callable[[Job], None] = field(repr=False)
    status: str = "READY"
    progress: float | None = None
    error: str | None = None
    addTime: str = ""  # noqa: N815 (the name in GraphQL)
    startTime: str | None = None  # noqa: N815
    endTime: str | None = None  # noqa: N815
    stop: threading.Event = field(default_factory=threading.Event, repr=False)


class JobError(Exception):
    """The only way to FAILED: the plugin could not be started at all."""


class JobQueue:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[Job] = []
        self._gone: list[Job] = []
        self._last_id = 0
        self._closed = False
        threading.Thread(target=self._work, daemon=True).start()

    def add(self, description: str, run: Callable[[Job], None]) -> str:
        with self._changed:
            self._last_id += 1
            job = Job(str(self._last_id), description, run, addTime=_now())
            self._waiting.append(job)
            self._changed.notify_all()
            return job.id

    def queue(self) -> list[Job]:
        with self._changed:
            return list(self._waiting)

    def find(self, job_id: str) -> Job | None:
        with self._changed:
            known = [*self._waiting, *self._gone]
            return next((job for job in known if job.id == job_id), None)

    def cancel(self, job_id: str) -> None:
        with self._changed:
            job = next((each for each in self._waiting if each.id == job_id), None)
            if job is None:
                return
            if job.status == "READY":
                job.status = "CANCELLED"
                self._bury(job)
            elif job.status == "RUNNING":
                job.status = "STOPPING"
            job.stop.set()

    def wait(self, job_id: str, timeout: float = 30.0) -> Job:
        """The job when it has left the queue, for tests."""
        with self._changed:
            self._changed.wait_for(lambda: any(job.id == job_id for job in self._gone), timeout)
        job = self.find(job_id)
        if job is None or job.endTime is None:
            raise TimeoutError(f"job {job_id} has not ended within {timeout} s")
        return job

    def close(self) -> None:
        for job in self.queue():
            self.cancel(job.id)
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if not self._waiting:
                    return
                job = self._waiting[0]
                job.status, job.startTime = "RUNNING", _now()
            try:
                job.run(job)
                failed = False
            except JobError as error:
                failed, job.error = True, str(error)
            with self._changed:
                ended = "CANCELLED" if job.status == "STOPPING" else "FINISHED"
                job.status = "FAILED" if failed else ended
                self._bury(job)

    def _bury(self, job: Job) -> None:
        job.endTime = _now()
        self._waiting.remove(job)
        self._gone = [*self._gone, job][-REMEMBERED:]
        self._changed.notify_all()


def _now() -> str:
    return datetime.now(timezone.utc).isoformat()
