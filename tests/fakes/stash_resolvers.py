"""What each field of the Stash stand-in's GraphQL does."""

from __future__ import annotations

import platform
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphql import GraphQLResolveInfo

from tests.fakes import stash_performers
from tests.fakes.stash_jobs import Job
from tests.fakes.stash_library import Image, Library, Performer
from tests.fakes.stash_lookup import (
    atoi,
    counts,
    holds,
    id_matches,
    many,
    matches,
    one,
    page,
    stash_id_matches,
)

if TYPE_CHECKING:
    from tests.fakes.stash_schema import Stash


def _library(info: GraphQLResolveInfo[Any]) -> Library:
    library: Library = info.context.stash.library
    return library


def _find_images(
    _root: Any,
    info: GraphQLResolveInfo[Any],
    image_filter: dict[str, Any] | None = None,
    ids: list[str] | None = None,
    filter: dict[str, Any] | None = None,
) -> dict[str, Any]:
    library, wanted = _library(info), image_filter or {}
    with library.lock:
        if ids:
            rows = many(library.images, ids, "image")
            return {"count": len(rows), "images": rows}
        rows = [
            image
            for image in library.images.values()
            if id_matches(image, wanted.get("id"))
            and holds(image.galleries, wanted.get("galleries"))
            and holds(image.performers, wanted.get("performers"))
            and counts(image.performers, wanted.get("performer_count"))
        ]
        return {"count": len(rows), "images": page(rows, filter)}


def _find_galleries(
    _root: Any,
    info: GraphQLResolveInfo[Any],
    gallery_filter: dict[str, Any] | None = None,
    ids: list[str] | None = None,
    filter: dict[str, Any] | None = None,
) -> dict[str, Any]:
    library, wanted = _library(info), gallery_filter or {}
    with library.lock:
        if ids:
            rows = many(library.galleries, ids, "gallery")
            return {"count": len(rows), "galleries": rows}
        rows = [
            gallery
            for gallery in library.galleries.values()
            if id_matches(gallery, wanted.get("id"))
            and matches(gallery.title, wanted.get("title"))
            and holds(gallery.performers, wanted.get("performers"))
        ]
        return {"count": len(rows), "galleries": page(rows, filter)}


def _find_performers(
    _root: Any,
    info: GraphQLResolveInfo[Any],
    performer_filter: dict[str, Any] | None = None,
    ids: list[str] | None = None,
    filter: dict[str, Any] | None = None,
) -> dict[str, Any]:
    library, wanted = _library(info), performer_filter or {}
    with library.lock:
        if ids:
            rows = many(library.performers, ids, "performer")
            return {"count": len(rows), "performers": rows}
        rows = [
            performer
            for performer in library.performers.values()
            if matches(performer.name, wanted.get("name"))
            and stash_id_matches(performer, wanted.get("stash_id_endpoint"))
        ]
        return {"count": len(rows), "performers": page(rows, filter)}


def _find_scenes(
    _root: Any,
    info: GraphQLResolveInfo[Any],
    scene_filter: dict[str, Any] | None = None,
    ids: list[str] | None = None,
    filter: dict[str, Any] | None = None,
) -> dict[str, Any]:
    library, wanted = _library(info), scene_filter or {}
    with library.lock:
        if ids:
            rows = many(library.scenes, ids, "scene")
            return {"count": len(rows), "scenes": rows}
        rows = [
            scene
            for scene in library.scenes.values()
            if id_matches(scene, wanted.get("id"))
            and holds(scene.performers, wanted.get("performers"))
        ]
        return {"count": len(rows), "scenes": page(rows, filter)}


def _image_paths(image: Image, info: GraphQLResolveInfo[Any]) -> dict[str, str]:
    base = f"{info.context.base_url}/image/{image.id}"
    return {"image": f"{base}/image?t=1", "thumbnail": f"{base}/thumbnail?t=1", "preview": ""}


def _image_path(performer: Performer, info: GraphQLResolveInfo[Any]) -> str:
    default = "" if performer.picture else "&default=true"
    return f"{info.context.base_url}/performer/{performer.id}/image?t=1{default}"


def kind_of_file(file: Any, _info: Any, _union: Any) -> str:
    return str(file.kind)


def _configuration(_root: Any, info: GraphQLResolveInfo[Any]) -> dict[str, Any]:
    stash: Stash = info.context.stash

    def plugins(_info: Any, include: list[str] | None = None) -> dict[str, Any]:
        settings = stash.library.plugin_settings
        return {key: settings[key] for key in settings if include is None or key in include}

    paths = {f"{each}Path": str(stash.root / each) for each in ("metadata", "cache")}
    general = {
        **paths,
        "generatedPath": str(stash.generated_path),
        "videoFileNamingAlgorithm": "OSHASH",
        "databasePath": str(stash.root / "stash-go.sqlite"),
        "configFilePath": str(stash.root / "config.yml"),
        "pluginsPath": str(stash.plugins or stash.root / "plugins"),
        "ffmpegPath": "",
        "ffprobePath": "",
        "parallelTasks": 1,
        "apiKey": stash.api_key,
        "username": "admin" if stash.sessions.password else "",
        "maxSessionAge": stash.max_session_age,
        "stashBoxes": stash.library.stash_boxes,
        "pythonPath": stash.python,
        "createImageClipsFromVideos": False,
    }
    return {"general": general, "plugins": plugins}


def _system_status(_root: Any, info: GraphQLResolveInfo[Any]) -> dict[str, Any]:
    root = info.context.stash.root
    return {
        "databaseSchema": 75,
        "appSchema": 75,
        "databasePath": str(root / "stash-go.sqlite"),
        "configPath": str(root / "config.yml"),
        "status": "OK",
        "os": platform.system().lower(),
        "workingDir": str(Path.cwd()),
        "homeDir": str(Path.home()),
    }


def _find_job(_root: Any, info: GraphQLResolveInfo[Any], input: dict[str, str]) -> Job | None:
    job: Job | None = info.context.stash.jobs.find(str(atoi(input["id"])))
    return job


def _run_operation(
    _root: Any, info: GraphQLResolveInfo[Any], plugin_id: str, args: Any = None
) -> Any:
    return info.context.stash.run_operation(plugin_id, args, info.context.aborted)


def _run_task(
    _root: Any,
    info: GraphQLResolveInfo[Any],
    plugin_id: str,
    task_name: str | None = None,
    description: str | None = None,
    args_map: Any = None,
) -> str:
    job: str = info.context.stash.queue_task(plugin_id, task_name, description, args_map)
    return job


def _stop_job(_root: Any, info: GraphQLResolveInfo[Any], job_id: str) -> bool:
    info.context.stash.jobs.cancel(str(atoi(job_id)))
    return True


def _configure_plugin(
    _root: Any,
    info: GraphQLResolveInfo[Any],
    plugin_id: str,
    input: Any,
) -> Any:
    _library(info).plugin_settings[plugin_id] = dict(input)
    return input


def _update_one(kind: str) -> Callable[..., Any]:
    def resolve(_root: Any, info: GraphQLResolveInfo[Any], input: dict[str, Any]) -> Any:
        library = _library(info)
        with library.lock:
            (item,) = many(_items(library, kind), [input["id"]], kind)
            _set_plain(item, input)
            if "performer_ids" in input:
                wanted = input["performer_ids"] or []
                item.performers = many(library.performers, wanted, "performer")
            return item

    return resolve


def _update_bulk(kind: str) -> Callable[..., Any]:
    def resolve(_root: Any, info: GraphQLResolveInfo[Any], input: dict[str, Any]) -> Any:
        library, change = _library(info), input.get("performer_ids")
        with library.lock:
            items = many(_items(library, kind), input.get("ids") or [], kind)
            given = many(library.performers, (change or {}).get("ids") or [], "performer")
            for item in items:
                _set_plain(item, input)
                if change:
                    item.performers = _changed(item.performers, given, change["mode"])
            return items

    return resolve


def _items(library: Library, kind: str) -> dict[str, Any]:
    kinds: dict[str, dict[str, Any]] = {
        "image": library.images,
        "gallery": library.galleries,
        "scene": library.scenes,
    }
    return kinds[kind]


def _set_plain(item: Any, given: dict[str, Any]) -> None:
    for name in ("title", "organized"):
        if name in given:
            setattr(item, name, given[name])


def _changed(have: list[Performer], given: list[Performer], mode: str) -> list[Performer]:
    if mode == "SET":
        return given
    if mode == "REMOVE":
        return [each for each in have if each not in given]
    return list(dict.fromkeys([*have, *given]))


QUERIES: dict[str, Callable[..., Any]] = {
    "findImage": lambda _root, info, id=None: one(_library(info).images, id),
    "findImages": _find_images,
    "findGallery": lambda _root, info, id: one(_library(info).galleries, id),
    "findGalleries": _find_galleries,
    "findScene": lambda _root, info, id=None: one(_library(info).scenes, id),
    "findScenes": _find_scenes,
    "findPerformer": lambda _root, info, id: one(_library(info).performers, id),
    "findPerformers": _find_performers,
    "configuration": _configuration,
    "version": lambda *_: {"version": "v0.30.1", "hash": "stand-in", "build_time": "2026-01-11"},
    "systemStatus": _system_status,
    "jobQueue": lambda _root, info: info.context.stash.jobs.queue() or None,
    "findJob": _find_job,
    **stash_performers.QUERIES,
}
MUTATIONS: dict[str, Callable[..., Any]] = {
    "runPluginOperation": _run_operation,
    "runPluginTask": _run_task,
    "stopJob": _stop_job,
    "configurePlugin": _configure_plugin,
    "imageUpdate": _update_one("image"),
    "galleryUpdate": _update_one("gallery"),
    "sceneUpdate": _update_one("scene"),
    "bulkSceneUpdate": _update_bulk("scene"),
    "bulkImageUpdate": _update_bulk("image"),
    "bulkGalleryUpdate": _update_bulk("gallery"),
    **stash_performers.MUTATIONS,
}
FIELDS: dict[str, dict[str, Callable[..., Any]]] = {
    "Query": QUERIES,
    "Mutation": MUTATIONS,
    "Image": {"paths": _image_paths},
    "Performer": {"image_path": _image_path, **stash_performers.COUNTS},
}
