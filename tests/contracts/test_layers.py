"""What a room may import, and what only one of them may do, read from the code itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "plugin" / "py" / "stash_face"
FOLDERS = {"stash_face": PACKAGE, "builder": ROOT / "builder"}

# Rooms, or single modules of them, beside the room itself and LEAVES.
LAYERS: dict[str, tuple[str, ...]] = {
    "errors": (),
    "last_errors": ("stash.home",),
    "environment": ("protocol",),
    "file_lock": (),
    "settings": (),
    "protocol": (),
    "stash": ("protocol",),
    "media": (),
    "faces": (),
    "facedb": ("faces.types", "faces.packs"),
    "identify": ("faces.types", "facedb"),
    "store": (),
    "operations": (
        "environment",
        "last_errors",
        "settings",
        "protocol",
        "stash",
        "media",
        "faces",
        "facedb",
        "identify",
        "store",
    ),
    "tasks": (
        "environment",
        "last_errors",
        "settings",
        "protocol",
        "stash",
        "media",
        "faces",
        "facedb",
        "identify",
        "store",
        "operations",
    ),
    "hooks": ("settings", "protocol", "stash", "store"),
    "builder": ("media", "faces", "facedb"),
    # It measures the plugin's own rule, and no likeness of it.
    "builder.evaluate": ("media", "faces", "facedb", "identify"),
    # The verbs are strings here, so that only the chosen one is imported.
    "commands": ("protocol",),
    "entry": ("protocol", "commands", "environment", "last_errors"),
    "__main__": ("protocol", "environment", "media", "faces", "facedb", "operations", "tasks"),
    "main": ("entry",),
}
# What everybody may import: the version, the sentences, the lock.
LEAVES = ("", "errors", "file_lock")

# Packages that were installed, and who may use them.
PACKAGES: dict[str, tuple[str, ...]] = {
    "numpy": ("media", "faces", "facedb", "identify", "operations", "builder"),
    "cv2": ("media", "faces", "builder"),
    "PIL": ("media",),
    "pillow_heif": ("media",),
    "av": ("media",),
    "certifi": ("media", "builder"),
    "onnxruntime": ("faces",),
    "insightface": ("faces",),
    "onnx": ("faces",),
    "voyager": ("facedb",),
    "requests": ("stash", "faces"),
    "urllib3": ("stash",),
    "stashapi": ("stash",),
    "yaml": ("builder",),
    "ray": ("builder",),
    "tensorflow": ("builder",),
    "tf2onnx": ("builder",),
}

# Modules that catch everything, and why.
CATCH_ALL = {
    "entry": "the one place that answers whatever happens",
    "operations.scan": "one picture must not end the work on thousands",
    "faces.session": "onnxruntime's errors have no base of their own",
    "builder.flow": "hands a stage's failure to whoever reads the results",
    "builder.looking.local": "a picture on which a network fails is recorded, and the others go on",
}

SQL = re.compile(r"\b(SELECT .* FROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM|CREATE TABLE|PRAGMA)\b")
GRAPHQL = re.compile(r"^\s*(query|mutation|subscription|fragment)\b[^{]*\{")


def row(name: str) -> str:
    """The key of a module's row: a room, or a folder of one that has a row of its own."""
    folder = ".".join(name.split(".")[:2])
    return folder if folder in LAYERS else room(name)


@cache
def modules() -> dict[str, ast.Module]:
    """Every module by its dotted name below the package; main.py is `main`."""
    found = {"main": PACKAGE.parent / "main.py"}
    for folder, path in FOLDERS.items():
        for file in sorted(path.rglob("*.py")):
            parts = file.relative_to(path).with_suffix("").parts
            inside = ".".join(parts).removesuffix("__init__").rstrip(".")
            found[inside if folder == "stash_face" else f"builder.{inside}".rstrip(".")] = file
    return {name: ast.parse(file.read_text(encoding="utf-8")) for name, file in found.items()}


def room(name: str) -> str:
    return name.partition(".")[0]


def imports(name: str) -> Iterator[str]:
    """Full names that the module imports, its own package's as `stash_face.…`, wherever in it."""
    is_room = (PACKAGE / name.replace(".", "/") / "__init__.py").is_file()
    here = ["stash_face", *name.split(".")] if name else ["stash_face"]
    for node in ast.walk(modules()[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = here[: len(here) - node.level + is_room] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield f"{origin}.{alias.name}" if exists(f"{origin}.{alias.name}") else origin


def exists(full_name: str) -> bool:
    folder, _, inside = full_name.partition(".")
    place = FOLDERS.get(folder, PACKAGE / "nowhere").joinpath(*inside.split("."))
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


def texts(name: str) -> Iterator[str]:
    """The literal texts of a module, those of f-strings with `?` for what is put in."""
    tree = modules()[name]
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "?" for part in node.values
            )
        elif isinstance(node, ast.Constant) and id(node) not in prose:
            yield str(node.value)


def test_the_reader_of_imports_sees_them() -> None:
    assert "stash_face.protocol.log" in set(imports("operations.context"))
    assert "stash_face.stash.client" in set(imports("operations.context"))
    assert "stash_face.errors" in set(imports("media.web"))
    assert "stash_face.commands" in set(imports("entry"))
    assert "stash_face.faces.engine" in set(imports("builder.pipeline"))
    assert "stash_face.entry" in set(imports("main"))


def test_every_room_has_its_row() -> None:
    assert {row(name) for name in modules() if name} == set(LAYERS)


def test_the_documentation_has_the_same_table() -> None:
    page = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = page.partition("| room | may import |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| ([a-z., ]+) \| ([^|]+) \|", table, re.M)

    told = {each: said.strip() for rooms, said in rows for each in rooms.split(", ")}
    folders = {name for name in LAYERS if (PACKAGE / name).is_dir()}
    assert set(told) == folders | {"errors", "settings", "builder", "builder.evaluate"}
    for each, said in told.items():
        rooms = tuple(name for name in said.split(", ") if name not in LEAVES)
        everything = said == "all rooms" and set(LAYERS[each]) >= set(LAYERS["operations"])
        assert everything or rooms == LAYERS[each] or (said[0] == "–" and LAYERS[each] == ())


@pytest.mark.parametrize("name", [name for name in modules() if name])
def test_a_module_imports_only_what_its_row_allows(name: str) -> None:
    allowed = LAYERS[row(name)] + LEAVES + (room(name),)
    own = [full.partition(".")[2] for full in imports(name) if room(full) == "stash_face"]

    forbidden = [
        each
        for each in own
        if not any(each == other or each.startswith(f"{other}.") for other in allowed if other)
        and each not in LEAVES
    ]
    assert forbidden == []
    assert room(name) == "builder" or "builder" not in map(room, imports(name))


@pytest.mark.parametrize("name", [name for name in modules() if name])
def test_a_package_is_used_only_by_the_rooms_that_know_it(name: str) -> None:
    used = {room(full) for full in imports(name)} & set(PACKAGES)

    assert {package for package in used if room(name) not in PACKAGES[package]} == set()


def test_commands_names_the_verbs_only_as_strings() -> None:
    importers = {
        name
        for name in modules()
        if any(full.startswith("stash_face.operations") for full in imports(name))
    }

    assert {room(name) for name in importers} == {"operations", "tasks", "__main__"}


def test_the_rooms_of_builder_and_plugin_that_are_shared_know_nothing_of_stash() -> None:
    shared = [name for name in modules() if room(name) in ("faces", "facedb", "identify", "media")]

    assert not [n for n in shared if any("stash_face.stash" in full for full in imports(n))]
    assert not [n for n in shared if any("stash_face.store" in full for full in imports(n))]


def test_only_the_store_speaks_sql() -> None:
    speakers = {name for name in modules() if any(SQL.search(text) for text in texts(name))}
    users = {name for name in modules() if "sqlite3" in set(imports(name))}

    assert {room(name) for name in speakers | users} - {"builder"} == {"store"}
    own = {name for name in speakers | users if room(name) == "builder"}
    assert {name.rpartition(".")[0] for name in own} == {"builder.state"}


def test_only_the_gateway_speaks_graphql() -> None:
    speakers = {name for name in modules() if any(GRAPHQL.match(text) for text in texts(name))}

    assert {room(name) for name in speakers} - {"builder"} == {"stash"}
    own = {name for name in speakers if room(name) == "builder"}
    assert {name.rpartition(".")[0] for name in own} == {"builder.sources"}


@pytest.mark.parametrize("name", [n for n in modules() if not n.endswith(("__main__", "cli"))])
def test_nobody_prints_or_touches_the_standard_streams(name: str) -> None:
    """main.py uses the descriptors, log.py descriptor 2; command lines print."""
    touched = [
        ast.unparse(node)
        for node in ast.walk(modules()[name])
        if (isinstance(node, ast.Attribute) and re.fullmatch(r"_*std(in|out|err)_*", node.attr)
            and ast.unparse(node.value) == "sys")
        or (isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "input"))
    ]  # fmt: skip

    assert touched == []


def test_only_one_place_catches_everything() -> None:
    found = set()
    for name, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler) and catches_all(node) and not passes_on(node):
                found.add(name)

    assert found == set(CATCH_ALL)


def catches_all(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return bool(names & {"Exception", "BaseException"})


def passes_on(handler: ast.ExceptHandler) -> bool:
    """It only cleans up and raises the same error again."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


@pytest.mark.parametrize("name", sorted(modules()))
def test_importing_does_no_work(name: str) -> None:
    """Beside definitions a module's top level holds values, and a main guard."""
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
    working = [
        ast.unparse(node)
        for node in modules()[name].body
        if not isinstance(node, kinds)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        and not (isinstance(node, ast.If) and ast.unparse(node.test) in GUARDS)
    ]

    assert working == [] or name in WORKING


GUARDS = ("TYPE_CHECKING", "__name__ == '__main__'")
WORKING = {
    "builder": "puts the plugin on the path of a plain checkout",
    "builder.__main__": "the command itself",
    "faces.session": "ONNX Runtime reads the environment when it is imported",
}
