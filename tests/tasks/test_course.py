from __future__ import annotations

import pytest

from stash_face.tasks.course import Course, duration


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr("stash_face.tasks.course.time.monotonic", lambda: self.now)


def test_the_time_left_follows_the_pace_of_the_last_minutes(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    clock = Clock(monkeypatch)
    work = Course(10_000)
    assert work.eta_s is None
    # What is known goes by quickly, what is new does not.
    for _ in range(10):
        clock.now += 1
        work.advance(500)
    assert work.eta_s == pytest.approx(10)
    for _ in range(300):
        clock.now += 1
        work.advance(5)

    assert work.eta_s == pytest.approx(700)
    told = capfd.readouterr().err
    assert "\x01p\x020.6500" in told
    assert "pictures, about" in told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(1, "1 min"), (200, "3 min"), (3_600, "1 h 0 min"), (19_200, "5 h 20 min")],
)
def test_a_duration_is_told_as_people_say_it(seconds: float, told: str) -> None:
    assert duration(seconds) == told
