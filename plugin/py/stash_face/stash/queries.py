"""The GraphQL texts, each valid on Stash v0.30.1 and on the recorded schema (a test checks)."""

from __future__ import annotations

FILE_FIELDS = """
fragment FileFields on BaseFile {
  path size mod_time
  fingerprints { type value }
  zip_file { path }
}
"""

IMAGE_FIELDS = (
    FILE_FIELDS
    + """
fragment ImageFields on Image {
  id title
  visual_files {
    __typename
    ... on ImageFile { ...FileFields }
    ... on VideoFile { ...FileFields }
  }
  performers { id }
  galleries { id }
}
"""
)

FIND_IMAGE = (
    """
query FindImage($id: ID!) {
  findImage(id: $id) { ...ImageFields }
}
"""
    + IMAGE_FIELDS
)

FIND_SCENE = (
    """
query FindScene($id: ID!) {
  findScene(id: $id) {
    id title
    files { __typename duration ...FileFields }
    performers { id name image_path stash_ids { endpoint stash_id } }
  }
  configuration { general { generatedPath videoFileNamingAlgorithm } }
}
"""
    + FILE_FIELDS
)

FIND_GALLERY = """
query FindGallery($id: ID!) {
  findGallery(id: $id) {
    id title image_count performers { id } folder { path } files { path }
  }
}
"""

# Sorted by id, which does not move while images are retitled, renamed or added.
GALLERY_IMAGES = (
    """
query GalleryImages($gallery: ID!, $page: Int!, $size: Int!) {
  findImages(
    image_filter: { galleries: { value: [$gallery], modifier: INCLUDES } }
    filter: { page: $page, per_page: $size, sort: "id", direction: ASC }
  ) {
    count
    images { ...ImageFields }
  }
}
"""
    + IMAGE_FIELDS
)

API_KEY = """
query ApiKey {
  configuration { general { apiKey } }
}
"""

# With which Stash it is: a hook has time for one question.
SETTINGS = """
query Settings($plugin: ID!) {
  configuration { plugins(include: [$plugin]) }
  systemStatus { databasePath configPath os }
}
"""

SYSTEM_PATHS = """
query SystemPaths {
  systemStatus { databasePath configPath os }
}
"""

VERSION = """
query Version {
  version { version }
}
"""

TAGGED_IMAGES = (
    """
query TaggedImages($page: Int!, $size: Int!, $sort: String!) {
  findImages(
    image_filter: { performers: { modifier: NOT_NULL } }
    filter: { page: $page, per_page: $size, sort: $sort, direction: ASC }
  ) {
    images { ...ImageFields }
  }
}
"""
    + IMAGE_FIELDS
)

TAGGED_GALLERIES = """
query TaggedGalleries($page: Int!, $size: Int!, $sort: String!) {
  findGalleries(
    gallery_filter: { performers: { modifier: NOT_NULL } }
    filter: { page: $page, per_page: $size, sort: $sort, direction: ASC }
  ) {
    galleries { id title image_count performers { id } }
  }
}
"""

PERFORMERS_WITH_IDS = """
query PerformersWithIds($page: Int!, $size: Int!, $sort: String!) {
  findPerformers(
    performer_filter: { stash_id_endpoint: { modifier: NOT_NULL } }
    filter: { page: $page, per_page: $size, sort: $sort, direction: ASC }
  ) {
    performers { id name stash_ids { endpoint stash_id } }
  }
}
"""

PERFORMERS = """
query Performers($page: Int!, $size: Int!) {
  findPerformers(filter: { page: $page, per_page: $size, sort: "id", direction: ASC }) {
    performers { id name image_path stash_ids { endpoint stash_id } }
  }
}
"""

PERFORMER = """
query Performer($id: ID!) {
  findPerformer(id: $id) { id name image_path stash_ids { endpoint stash_id } }
}
"""

# Newest first, below the last id that was seen: items that come or go meanwhile move nobody.
NEWEST_IMAGES = (
    """
query NewestImages($below: Int!, $size: Int!) {
  findImages(
    image_filter: { id: { value: $below, modifier: LESS_THAN } }
    filter: { per_page: $size, sort: "id", direction: DESC }
  ) {
    count
    images { ...ImageFields }
  }
}
"""
    + IMAGE_FIELDS
)

NEWEST_GALLERIES = """
query NewestGalleries($below: Int!, $size: Int!) {
  findGalleries(
    gallery_filter: { id: { value: $below, modifier: LESS_THAN } }
    filter: { per_page: $size, sort: "id", direction: DESC }
  ) {
    count
    galleries { id title image_count performers { id } folder { path } files { path } }
  }
}
"""

IMAGES_OF_PERFORMER = """
query ImagesOfPerformer($performer: ID!, $below: Int!, $size: Int!) {
  findImages(
    image_filter: {
      performers: { value: [$performer], modifier: INCLUDES }
      id: { value: $below, modifier: LESS_THAN }
    }
    filter: { per_page: $size, sort: "id", direction: DESC }
  ) {
    images { id title performers { id } }
  }
}
"""

GALLERIES_OF_PERFORMER = """
query GalleriesOfPerformer($performer: ID!, $below: Int!, $size: Int!) {
  findGalleries(
    gallery_filter: {
      performers: { value: [$performer], modifier: INCLUDES }
      id: { value: $below, modifier: LESS_THAN }
    }
    filter: { per_page: $size, sort: "id", direction: DESC }
  ) {
    galleries { id title performers { id } }
  }
}
"""

SCENES_OF_PERFORMER = """
query ScenesOfPerformer($performer: ID!, $below: Int!, $size: Int!) {
  findScenes(
    scene_filter: {
      performers: { value: [$performer], modifier: INCLUDES }
      id: { value: $below, modifier: LESS_THAN }
    }
    filter: { per_page: $size, sort: "id", direction: DESC }
  ) {
    scenes { id title performers { id } }
  }
}
"""

IMAGE_IDS = """
query ImageIds($below: Int!, $size: Int!) {
  findImages(
    image_filter: { id: { value: $below, modifier: LESS_THAN } }
    filter: { per_page: $size, sort: "id", direction: DESC }
  ) {
    images { id }
  }
}
"""

GALLERY_IDS = """
query GalleryIds($below: Int!, $size: Int!) {
  findGalleries(
    gallery_filter: { id: { value: $below, modifier: LESS_THAN } }
    filter: { per_page: $size, sort: "id", direction: DESC }
  ) {
    galleries { id }
  }
}
"""

SCENE_IDS = """
query SceneIds($below: Int!, $size: Int!) {
  findScenes(
    scene_filter: { id: { value: $below, modifier: LESS_THAN } }
    filter: { per_page: $size, sort: "id", direction: DESC }
  ) {
    count
    scenes { id }
  }
}
"""

JOB_QUEUE = """
query JobQueue {
  jobQueue { id status description }
}
"""

RUN_TASK = """
mutation RunTask($plugin: ID!, $task: String!) {
  runPluginTask(plugin_id: $plugin, task_name: $task)
}
"""


def performers_by_stash_id(count: int) -> str:
    """One request for `count` ids: variables s0, s1, ... and answers p0, p1, ..."""
    variables = ", ".join(f"$s{i}: String!" for i in range(count))
    # Every endpoint's matches come back: the same id may stand under several of them.
    searches = "\n".join(
        f"""  p{i}: findPerformers(
    performer_filter: {{ stash_id_endpoint: {{ stash_id: $s{i}, modifier: EQUALS }} }}
    filter: {{ per_page: -1, sort: "id" }}
  ) {{ performers {{ ...LocalPerformer }} }}"""
        for i in range(count)
    )
    return f"""
query PerformersByStashId({variables}) {{
{searches}
}}
fragment LocalPerformer on Performer {{
  id name
  stash_ids {{ endpoint stash_id }}
}}
"""


# The shuffle by a number is the same each time.
INSPECTION = """
query Inspection($size: Int!) {
  version { version }
  configuration { general { apiKey username maxSessionAge } }
  findScenes(filter: { per_page: $size, sort: "random_1927" }) { count scenes { id } }
}
"""
