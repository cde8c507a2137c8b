"""Processes that use one store: `python -m tests.store.process WHAT FILE ...`."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sqlite3
import sys
import time
from pathlib import Path

import stash_face.store as room
from stash_face.errors import StoreError
from stash_face.store.connection import Store
from stash_face.store.images import save_scan
from stash_face.store.queue import enqueue, open_store
from tests.store.made_up import scan


def save(file: str, first: str, count: str) -> None:
    """Saves `count` scans, in two galleries by turns."""
    with Store(Path(file)) as store:
        for number in range(int(first), int(first) + int(count)):
            save_scan(store, scan(str(number), number % 4), str(number % 2))


def save_for_ever(file: str) -> None:
    """Saves scans, again and again the same ones, until it is killed."""
    with Store(Path(file)) as store:
        print("ready", flush=True)
        number = 0
        while True:
            save_scan(store, scan(str(number % 50), number % 5), "1")
            number += 1


def open_new(folder: str, count: str, start: str) -> None:
    """Opens `count` new files, each at an instant that others can keep too."""
    for number in range(int(count)):
        time.sleep(max(float(start) + number * 0.02 - time.time(), 0))
        Store(Path(folder, f"{number}.sqlite")).connection.close()


def queue_up(folder: str, first: str, count: str) -> None:
    """Queues images; prints how often it was told to ask for the task."""
    with open_store(Path(folder)) as store:
        ids = range(int(first), int(first) + int(count))
        print(sum(enqueue(store, "image", str(number), "created") for number in ids))


def fill(file: str, ballast: str) -> None:
    """Saves until the disk is full, frees some of it, and saves again; prints what it was told,
    and how many scans it saw through before and after."""
    Path(ballast).write_bytes(bytes(200_000))
    with Store(Path(file)) as store:
        before = _save_until_full(store, 0)
        Path(ballast).unlink()
        after = _save_until_full(store, before)
    connection = sqlite3.connect(file)
    for question in CHECKS:
        print(*connection.execute(question).fetchone(), end=" ")
    print(before, after, flush=True)


CHECKS = (
    "PRAGMA integrity_check",
    "SELECT count(*), sum(faces_detected) FROM image_fingerprints",
    "SELECT count(*) FROM faces",
    "SELECT count(*) FROM face_embeddings",
)


def _save_until_full(store: Store, first: int) -> int:
    count = 0
    while True:
        try:
            save_scan(store, scan(str(first + count), 3))
        except StoreError as error:
            print(error.sentence)
            return count
        count += 1


def open_as_nobody(file: str) -> None:
    """Opens the file with the rights of a user who owns nothing."""
    if os.geteuid() == 0:
        os.setuid(65534)
    try:
        with Store(Path(file)) as store:
            save_scan(store, scan("1"))
    except StoreError as error:
        print(error.sentence)


def import_all() -> None:
    """Prints what importing the whole room brings in."""
    for module in pkgutil.iter_modules(room.__path__):
        importlib.import_module(f"stash_face.store.{module.name}")
    print(*sys.modules)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
