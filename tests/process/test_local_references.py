from __future__ import annotations

from typing import Any

from tests.photos import Photos, stash_id
from tests.process.plugin import Plugin

STASHDB = "https://stashdb.org/graphql"
# Somebody of whom there are photos, but who is not in the face database of the tests.
OWN = "Jackie_Chan"

LISTED = ("pack", "people", "pictures", "confirmed", "idle", "note")


def refresh(plugin: Plugin, **args: Any) -> Any:
    return plugin.get("local_references", action="refresh", **args)


def best(plugin: Plugin, image_id: str) -> tuple[str, str | None]:
    (face,) = plugin.get("identify_image", image_id=image_id)["faces"]
    first = face["matches"][0]["performer_id"] if face["matches"] else None
    return face["decision"], first


def test_the_user_s_own_performers_are_recognised_by_their_picture(
    plugin: Plugin, photos: Photos
) -> None:
    image_id = plugin.stash.add_image(photos.known[OWN][-1])
    assert best(plugin, image_id)[0] == "unknown"
    picture = photos.known[OWN][0].read_bytes()
    own = plugin.stash.add_performer("Own", image=picture)
    known = photos.known["Bill_Clinton"][-1].read_bytes()
    plugin.stash.add_performer("William", [(STASHDB, stash_id("Bill_Clinton"))], known)
    plugin.stash.add_performer("Without a picture")
    group = plugin.stash.add_performer("Of many", image=photos.group.read_bytes())

    done = refresh(plugin, budget_s=60)

    assert (done["total"], done["processed"], done["done"]) == (3, 3, True)
    assert (done["people"], done["pictures"], done["confirmed"]) == (2, 2, 0)
    assert done["problems"] == [
        {
            "local_performer_id": group,
            "name": "Of many",
            "problem": "The picture shows several faces of like size.",
        }
    ]
    assert best(plugin, image_id) == ("match", f"local:{own}")
    given = plugin.get("identify", image_url=f"/image/{image_id}/image")
    assert given["faces"][0]["matches"][0]["local_performer_id"] == own
    counted = plugin.get("local_references")
    assert counted == {key: done[key] for key in LISTED}

    # Without the performer all is as before.
    del plugin.stash.library.performers[own]
    assert refresh(plugin)["people"] == 1
    assert best(plugin, image_id)[0] == "unknown"


def test_a_refresh_goes_on_where_the_last_one_left_off(plugin: Plugin, photos: Photos) -> None:
    for name in ("Bill_Clinton", "Colin_Powell"):
        picture = photos.known[name][-1].read_bytes()
        plugin.stash.add_performer(name, [(STASHDB, stash_id(name))], picture)

    first, second = refresh(plugin, budget_s=0), refresh(plugin, budget_s=0)

    assert (first["processed"], first["done"], first["cursor"]) == (1, False, "1")
    assert (second["processed"], second["done"], second["cursor"]) == (2, True, None)
    # What is known costs no model.
    del plugin.stash.environment["STASH_FACE_MODELS"]
    assert refresh(plugin) == second


def test_a_wrong_confirmation_is_taken_back_and_its_influence_is_gone(
    plugin: Plugin, photos: Photos
) -> None:
    wrong = plugin.stash.add_performer("Wrong")
    first, second = (plugin.stash.add_image(path) for path in photos.known[OWN][1:3])
    before = [plugin.get("identify_image", image_id=each) for each in (first, second)]
    said = {"kind": "image", "id": first, "performer": wrong}

    plugin.get("decide", **said, decision="confirm")
    assert best(plugin, second) == ("match", f"local:{wrong}")
    plugin.get("decide", **said, decision="undo")

    assert [plugin.get("identify_image", image_id=each) for each in (first, second)] == before
