// Stand-ins for Stash's lists of galleries and scenes: cards with what lies over their picture, which
// can be ticked, and the menu of the scenes' toolbar.
import * as React from "react";
import { useQuery } from "@apollo/client";
import { Dropdown } from "react-bootstrap";
import { Link } from "react-router-dom";
import * as GQL from "./documents.js";
import { patchable } from "./patches.js";

const h = React.createElement;

function GridCard({ url, title, overlays, selected, selecting, onSelectedChanged }) {
  const toggle = () => onSelectedChanged && onSelectedChanged(!selected);
  return h(
    "div",
    { className: "grid-card card", onClick: () => selecting && toggle() },
    onSelectedChanged &&
      h("input", {
        type: "checkbox",
        className: "card-check",
        "aria-label": `Select ${title}`,
        checked: selected,
        onChange: toggle,
        onClick: (event) => event.stopPropagation(),
      }),
    h(
      "div",
      { className: "thumbnail-section" },
      h(Link, { to: url, className: "preview", "aria-label": `Picture of ${title}` }),
      overlays,
    ),
    h("div", { className: "card-section" }, h(Link, { to: url }, title)),
  );
}

const card = (name, kind, path) =>
  patchable(name, (props) => {
    const { [kind]: item, ...rest } = props;
    const title = item.title || `${kind} ${item.id}`;
    return h(GridCard, { ...rest, url: `${path}${item.id}`, title, overlays: h("span", null, "Studio") });
  });
const GalleryCard = card("GalleryCard", "gallery", "/galleries/");
const SceneCard = card("SceneCard", "scene", "/scenes/");

export function GalleriesPage() {
  const { data } = useQuery(GQL.FindGalleriesDocument);
  const galleries = (data && data.findGalleries.galleries) || [];
  return h(
    "div",
    { className: "d-flex" },
    galleries.map((gallery) => h(GalleryCard, { key: gallery.id, gallery })),
  );
}

const SceneListOperations = patchable("SceneListOperations", ({ operations }) =>
  h(
    Dropdown,
    null,
    h(Dropdown.Toggle, { id: "more-menu", variant: "secondary" }, "More"),
    h(
      Dropdown.Menu,
      { className: "bg-secondary text-white" },
      operations
        .filter((each) => !each.isDisplayed || each.isDisplayed())
        .map((each) =>
          h(
            Dropdown.Item,
            { key: each.text, className: "bg-secondary text-white", onClick: () => each.onClick() },
            each.text,
          ),
        ),
    ),
  ),
);

export function ScenesPage() {
  const { data } = useQuery(GQL.FindScenesDocument);
  const [selected, setSelected] = React.useState([]);
  const scenes = (data && data.findScenes.scenes) || [];
  const hasSelection = selected.length > 0;
  return h(
    "div",
    { className: "scene-list" },
    h(SceneListOperations, { hasSelection, operations: [{ text: "Export all", onClick: () => undefined }] }),
    h(
      "div",
      { className: "d-flex" },
      scenes.map((scene) =>
        h(SceneCard, {
          key: scene.id,
          scene,
          selecting: hasSelection,
          selected: selected.includes(scene.id),
          onSelectedChanged: (is) =>
            setSelected((now) => (is ? [...now, scene.id] : now.filter((each) => each !== scene.id))),
        }),
      ),
    ),
  );
}
