from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from stash_face.errors import BadRequest
from stash_face.faces import packs
from stash_face.faces.packs import DEFAULT_PACK, load_pack, pack_names

ALL = pack_names()


def test_there_are_five_packs_and_the_default_comes_first() -> None:
    assert ALL == [DEFAULT_PACK, "stash-sense", "small", "open", "dev"]


@pytest.mark.parametrize("name", ALL)
def test_a_pack_names_its_files_by_pinned_size_and_hash(name: str) -> None:
    for file in load_pack(name).files:
        for pin in (file, file.archive or file):
            assert re.fullmatch("[0-9a-f]{64}", pin.sha256)
            assert pin.size > 2e6
        assert re.fullmatch(r"[\w.]+\.onnx", file.name)
        assert file.licence


@pytest.mark.parametrize("name", ALL)
def test_a_pack_states_every_field_with_a_value_that_the_engine_knows(name: str) -> None:
    pack = load_pack(name)
    assert pack.detector.floor < pack.detector.sure_face
    assert 0 < pack.join < 1
    assert 0 < pack.max_distance < 1
    assert pack.genuine.mean > pack.prior.threshold(1000, 0.01)
    for embedder in pack.embedders:
        assert re.fullmatch("[a-z0-9_]+", embedder.key)
        assert embedder.layout in ("NCHW", "NHWC")
        assert embedder.channels in ("RGB", "BGR")
        assert embedder.mirror in ("mean", "sum", "none")
        assert embedder.template == "arcface112"
        assert (embedder.input_size, embedder.dimension) in ((112, 512), (160, 512))


def test_every_file_and_archive_is_used_and_has_no_field_too_many() -> None:
    registry = json.loads(Path(packs.__file__).with_name("packs.json").read_text("utf-8"))
    used = [
        part["file"]
        for pack in registry["packs"].values()
        for part in [pack["detector"], *pack["embedders"]]
    ]
    assert set(used) == set(registry["files"])
    assert {f["archive"] for f in registry["files"].values()} - {None} == set(registry["archives"])
    known = {*packs.WeightFile._fields}
    assert all(set(entry) == known for entry in registry["files"].values())


def test_published_databases_get_their_own_unusual_inputs() -> None:
    pack = load_pack("stash-sense")
    assert [
        (e.key, e.file.name, e.layout, e.channels, e.std, e.mirror) for e in pack.embedders
    ] == [
        ("facenet", "facenet512.onnx", "NHWC", "RGB", 127.5, "sum"),
        ("arcface", "arcface.onnx", "NHWC", "RGB", 128.0, "sum"),
    ]


def test_the_default_pack_feeds_each_network_as_it_was_trained() -> None:
    facenet, arcface = load_pack(DEFAULT_PACK).embedders
    assert (facenet.channels, facenet.input_size, facenet.mirror) == ("BGR", 160, "mean")
    assert (arcface.channels, arcface.input_size, arcface.layout) == ("RGB", 112, "NCHW")


def test_only_arcface_like_norms_count_as_quality() -> None:
    signs = {e.key: e.norm_is_quality for name in ALL for e in load_pack(name).embedders}
    assert [key for key, counts in signs.items() if not counts] == ["facenet", "edgeface_xs"]


@pytest.mark.parametrize("name", ALL)
def test_a_norm_counts_only_where_what_was_measured_of_it_bears_that_out(name: str) -> None:
    pack = load_pack(name)

    for embedder in pack.embedders:
        if embedder.norm_correlation is not None:
            assert embedder.norm_is_quality == (embedder.norm_correlation > 0.5)
    assert pack.norm_embedder == next(e.key for e in pack.embedders if e.norm_is_quality)


def test_no_development_file_is_offered_for_download() -> None:
    assert not any(file.url or file.archive or file.page for file in load_pack("dev").files)


@pytest.mark.parametrize(
    ("people", "fpir", "measured"),
    [
        # research: 1 % and 0.1 % at the largest database, read off its own impostors
        (3691, 0.01, 0.392),
        (3691, 0.001, 0.456),
        # what unknown photos asked for at 600 people
        (600, 0.01, 0.344),
        # extrapolated there
        (100_000, 0.01, 0.48),
        (100_000, 0.001, 0.55),
    ],
)
def test_the_prior_of_the_dev_pack_is_the_measured_law(
    people: int, fpir: float, measured: float
) -> None:
    law = load_pack("dev").prior
    assert law.measured
    assert law.threshold(people, fpir) == pytest.approx(measured, abs=0.008)


def test_packs_without_measurements_say_so_and_are_stricter_than_the_measured_law() -> None:
    floor = load_pack("dev").prior.threshold(1000, 0.01)
    for name in ALL[:-1]:
        pack = load_pack(name)
        stated = (pack.prior.measured, pack.genuine.measured, pack.thresholds_measured)
        assert stated == (False, False, False)
        assert pack.prior.threshold(1000, 0.01) > floor


def test_an_empty_database_has_a_threshold_too() -> None:
    law = load_pack("dev").prior
    assert law.threshold(0, 0.01) == law.threshold(1, 0.01)


def test_an_unknown_pack_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadRequest, match="no model pack 'buffalo'; choose one of facenet512"):
        load_pack("buffalo")


def test_an_embedder_is_found_by_its_key() -> None:
    assert load_pack("small").embedder("arcface_mbf").file.name == "w600k_mbf.onnx"
    with pytest.raises(BadRequest, match="'facenet'; it has arcface_mbf"):
        load_pack("small").embedder("facenet")
