"""`python -m dev.bench_scene_floor VIDEO SECOND,... DETECTOR EMBEDDER,...`: the least work that
finds and embeds the faces in frames of a video.

PyAV alone seeks and decodes; faces are found by the loop of bench_floor. Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence

import av

from dev.bench_floor import Pixels, _loop, _session


def main(words: list[str]) -> None:
    video, times, detector, embedders = words
    sessions = [_session(path) for path in (detector, *embedders.split(","))]
    frames = _frames(video, [float(each) for each in times.split(",")])
    print(json.dumps({"faces": _loop(frames, sessions[0], sessions[1:])}))


def _frames(path: str, times: Sequence[float]) -> Iterator[Pixels]:
    """The key frame at or before each time."""
    with av.open(path) as container:
        (track,) = container.streams.video
        track.codec_context.thread_count = 1
        for at in times:
            container.seek(round(at / track.time_base), stream=track)
            yield next(container.decode(track)).to_ndarray(format="rgb24")


if __name__ == "__main__":
    main(sys.argv[1:])
