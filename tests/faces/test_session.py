from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import onnxruntime
import pytest

from stash_face.errors import BadRequest, WeightsError
from stash_face.faces.session import DEVICES, measure, open_session
from tests.faces.networks import write_flatten

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"
PROVIDERS = {
    "cuda": CUDA,
    "tensorrt": "TensorrtExecutionProvider",
    "directml": "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
}


@pytest.fixture
def network(tmp_path: Path) -> Path:
    return write_flatten(tmp_path / "net.onnx", (3, 8, 8))


class Card:
    """onnxruntime's session on a graphics card that may fail; on the CPU it always works."""

    fails_to = "nothing"
    opened: list[list[str]] = []

    def __init__(self, path: str, options: Any, providers: Sequence[Any]) -> None:
        self._providers = [p if isinstance(p, str) else p[0] for p in providers]
        Card.opened.append(self._providers)
        if CUDA in self._providers and Card.fails_to == "load":
            raise RuntimeError("CUDA failure 2: out of memory")

    def get_providers(self) -> list[str]:
        return self._providers

    def get_inputs(self) -> list[Any]:
        return [SimpleNamespace(name="input", shape=["N", 3, "H", "W"])]

    def run(self, names: object, feed: dict[str, Any]) -> list[Any]:
        assert feed["input"].shape == (1, 3, 64, 64)
        if CUDA in self._providers and Card.fails_to == "run":
            raise RuntimeError("CUDNN_STATUS_NOT_INITIALIZED")
        if CUDA in self._providers and Card.fails_to == "stay":
            self._providers = [CPU]
        return [feed["input"]]


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> type[Card]:
    monkeypatch.setattr(Card, "opened", [])
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, CPU])
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: None, raising=False)
    monkeypatch.setattr(onnxruntime, "InferenceSession", Card)
    return Card


def test_what_is_reported_is_the_session_s_own_provider(network: Path) -> None:
    running = open_session(network, "cpu")

    assert running.provider == running.session.get_providers()[0] == CPU
    assert running.note == ""


def test_every_device_without_support_is_named_and_the_cpu_used(network: Path) -> None:
    here = onnxruntime.get_available_providers()
    lacking = [device for device, provider in PROVIDERS.items() if provider not in here]
    if CUDA in here:
        lacking = [device for device in lacking if device != "tensorrt"]

    notes = {device: open_session(network, device) for device in lacking}

    # No onnxruntime supports them all.
    assert notes
    for device, running in notes.items():
        assert running.provider == CPU
        assert running.note == (
            f"The device {device} was asked for, but this onnxruntime has no support for it, "
            "so the CPU is used."
        )


def test_an_unknown_device_is_refused_with_the_known_ones(network: Path) -> None:
    with pytest.raises(BadRequest, match="no device 'gpu': choose one of auto, cuda, tensorrt"):
        open_session(network, "gpu")


def test_a_card_that_computes_is_reported(card: type[Card]) -> None:
    for device in ("auto", "cuda"):
        running = open_session(Path("net.onnx"), device)
        assert (running.provider, running.note) == (CUDA, "")


def test_the_cpu_is_not_tried_out(card: type[Card]) -> None:
    assert open_session(Path("net.onnx"), "cpu").provider == CPU
    assert card.opened == [[CPU]]


@pytest.mark.parametrize(
    "fails_to",
    [
        "load",  # its memory is full
        "run",  # cuDNN is missing, which is noticed at the first convolution
        "stay",  # onnxruntime gives up on the card in the middle of a run
    ],
)
def test_a_card_that_fails_is_left_for_the_cpu_with_a_sentence(
    card: type[Card], monkeypatch: pytest.MonkeyPatch, fails_to: str
) -> None:
    monkeypatch.setattr(card, "fails_to", fails_to)

    running = open_session(Path("net.onnx"), "auto")

    assert running.provider == CPU
    assert running.note == (
        "CUDA is installed but did not start, so the CPU is used: its driver or libraries are "
        "missing or too old."
    )


@pytest.mark.filterwarnings("ignore:Specified provider:UserWarning")
def test_a_silent_fall_back_of_onnxruntime_is_told(
    network: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = onnxruntime.get_available_providers()
    device, provider = next(
        (device, provider) for device, provider in PROVIDERS.items() if provider not in here
    )
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [provider, CPU])
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: None, raising=False)

    running = open_session(network, device)

    assert running.provider == running.session.get_providers()[0] == CPU
    assert "is installed but did not start, so the CPU is used" in running.note


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: b"",
        lambda content: b"<html>Please log in</html>",
        lambda content: content + b"more",
        lambda content: b"\0" * len(content),
    ],
    ids=["cut off", "empty", "a page", "something behind it", "zeros"],
)
def test_a_file_that_is_no_model_is_named_with_the_way_to_mend_it(
    network: Path, damage: Any
) -> None:
    network.write_bytes(damage(network.read_bytes()))

    with pytest.raises(WeightsError) as failure:
        open_session(network)

    sentence = failure.value.sentence
    assert sentence.startswith("The model net.onnx cannot be loaded (")
    assert sentence.endswith("): delete the file and fetch it again.")
    assert "\n" not in sentence


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"The model net\.onnx cannot be loaded"):
        open_session(tmp_path / "net.onnx")


def test_an_inference_takes_time(network: Path) -> None:
    assert 0 < measure(open_session(network, "cpu"), (1, 3, 8, 8)) < 1000


def test_all_devices_are_known_by_name() -> None:
    assert ("auto", *PROVIDERS, "cpu") == DEVICES
