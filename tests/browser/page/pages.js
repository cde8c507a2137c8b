// Stand-ins for Stash's pages: its toolbars, tabs and patch points, with the classes and keys that
// the real ones have.
import * as React from "react";
import { useQuery } from "@apollo/client";
import { Badge, Button, Form, Nav, Tab } from "react-bootstrap";
import { Link, useParams } from "react-router-dom";
import * as GQL from "./documents.js";
import { container, patchable } from "./patches.js";

const h = React.createElement;
const names = (item) =>
  h(
    "p",
    { className: "names" },
    item.performers.map((each) =>
      h(Badge, { key: each.id, variant: "secondary", className: "mr-1" }, each.name),
    ),
  );

function Toolbar({ kind }) {
  return h(
    "div",
    { className: `${kind}-toolbar d-flex justify-content-between` },
    h("span", { className: `${kind}-toolbar-group` }, "☆☆☆☆☆"),
    h(
      "span",
      { className: `${kind}-toolbar-group` },
      h(Button, { variant: "secondary", className: "minimal", title: "Organized" }, "☑"),
    ),
  );
}

/** An Edit tab whose Save button can be pressed as soon as something was changed. */
function Edit({ title }) {
  const [text, setText] = React.useState(title || "");
  return h(
    Form,
    { onSubmit: (event) => event.preventDefault() },
    h(Button, { className: "edit-button", variant: "primary", disabled: text === (title || "") }, "Save"),
    h(Form.Control, {
      className: "text-input",
      "aria-label": "Title",
      value: text,
      onChange: (event) => setText(event.target.value),
    }),
  );
}

function Tabs({ first, children }) {
  return h(
    Tab.Container,
    { defaultActiveKey: first },
    h(Nav, { variant: "tabs" }, children[0]),
    h(Tab.Content, null, children[1]),
  );
}

const item = (key, text) => h(Nav.Item, { key }, h(Nav.Link, { eventKey: key }, text));
const pane = (key, content) => h(Tab.Pane, { key, eventKey: key }, content);

const ImageDetailPanel = patchable("ImageDetailPanel", ({ image }) => h("div", null, names(image)));

export function ImagePage() {
  const { id } = useParams();
  const { data } = useQuery(GQL.FindImageDocument, { variables: { id } });
  const image = data && data.findImage;
  if (!image) return h("p", null, "Loading");
  return h(
    "div",
    { className: "row" },
    h(
      "div",
      { className: "image-tabs order-xl-first order-last" },
      h("h3", { className: "image-header" }, image.title || `Image ${id}`),
      h(Toolbar, { kind: "image" }),
      h(
        Tabs,
        { first: "image-details-panel" },
        [item("image-details-panel", "Details"), item("image-edit-panel", "Edit")],
        [
          pane("image-details-panel", h(ImageDetailPanel, { image })),
          pane("image-edit-panel", h(Edit, { title: image.title })),
        ],
      ),
    ),
    h(
      "div",
      { className: "image-container" },
      h("img", { className: "m-sm-auto no-gutter image-image", alt: "picture", src: image.paths.image }),
    ),
  );
}

const GalleryImagesPanel = patchable("GalleryImagesPanel", () =>
  h("div", { className: "images" }, "The images of the gallery"),
);

export function GalleryPage() {
  const { id } = useParams();
  const { data } = useQuery(GQL.FindGalleryDocument, { variables: { id } });
  const gallery = data && data.findGallery;
  if (!gallery) return h("p", null, "Loading");
  return h(
    "div",
    { className: "row" },
    h(
      "div",
      { className: "gallery-tabs" },
      h("h3", null, gallery.title || `Gallery ${id}`),
      h(Toolbar, { kind: "gallery" }),
      names(gallery),
      h(Edit, { title: gallery.title }),
    ),
    h(
      "div",
      { className: "gallery-container" },
      h(
        Tabs,
        { first: "images" },
        [item("images", "Images"), item("add", "Add")],
        [pane("images", h(GalleryImagesPanel, { active: true, gallery })), pane("add", "Add images")],
      ),
    ),
  );
}

const SceneTabs = container("ScenePage.Tabs");
const SceneContent = container("ScenePage.TabContent");

export function ScenePage() {
  const { id } = useParams();
  const { data } = useQuery(GQL.FindSceneDocument, { variables: { id } });
  const [asked, setTimestamp] = React.useState(null);
  const scene = data && data.findScene;
  if (!scene) return h("p", null, "Loading");
  return h(
    "div",
    { className: "row" },
    h(
      "div",
      { className: "scene-tabs" },
      h("h3", null, scene.title || `Scene ${id}`),
      h(Toolbar, { kind: "scene" }),
      h(
        Tabs,
        { first: "scene-details-panel" },
        [
          h(
            SceneTabs,
            { key: "tabs", scene, setTimestamp },
            item("scene-details-panel", "Details"),
            item("scene-edit-panel", "Edit"),
          ),
        ],
        [
          h(
            SceneContent,
            { key: "content", scene, setTimestamp },
            pane("scene-details-panel", names(scene)),
            pane("scene-edit-panel", h(Edit, { title: scene.title })),
          ),
        ],
      ),
    ),
    h(
      "div",
      { className: "scene-player-container" },
      h("p", { className: "seeked" }, asked === null ? "" : String(asked)),
      h(
        "div",
        { id: "VideoJsPlayer" },
        h("video", { src: scene.paths.stream, muted: true, preload: "auto" }),
      ),
    ),
  );
}

/** A list whose cards can be selected, with the operations that need a selection as buttons. */
const ImageList = patchable("ImageList", ({ images, extraOperations = [] }) => {
  const [selected, setSelected] = React.useState(new Set());
  const toggle = (id) =>
    setSelected((now) => new Set(now.has(id) ? [...now].filter((each) => each !== id) : [...now, id]));
  const shown = extraOperations.filter((each) => !each.isDisplayed || each.isDisplayed({}, {}, selected));
  return h(
    "div",
    null,
    shown.map((each) =>
      h(
        Button,
        {
          key: each.text,
          variant: each.buttonVariant,
          title: each.text,
          onClick: () => each.onClick({}, {}, selected),
        },
        each.text,
      ),
    ),
    images.map((image) =>
      h(
        "span",
        { key: image.id, className: "mr-3" },
        h("input", {
          type: "checkbox",
          "aria-label": `Select ${image.id}`,
          checked: selected.has(image.id),
          onChange: () => toggle(image.id),
        }),
        h(Link, { to: `/images/${image.id}` }, `Image ${image.id}`),
      ),
    ),
  );
});

export function ImagesPage() {
  const { data } = useQuery(GQL.FindImagesDocument);
  return h(ImageList, { images: (data && data.findImages.images) || [] });
}

const PerformerDetailsPanel = patchable("PerformerDetailsPanel", ({ performer }) =>
  h(
    "div",
    { className: "detail-group" },
    performer.stash_ids.map((each) =>
      h("div", { key: each.endpoint, className: "detail-item" }, `${each.endpoint} ${each.stash_id}`),
    ),
  ),
);

export function PerformerPage() {
  const { id } = useParams();
  const { data } = useQuery(GQL.FindPerformerDocument, { variables: { id } });
  const performer = data && data.findPerformer;
  if (!performer) return h("p", null, "Loading");
  return h(
    "div",
    { id: "performer-page" },
    h("h3", null, performer.name),
    h(PerformerDetailsPanel, { performer }),
  );
}
