// What: a face as it was found, and the picture of the person whom it matched, side by side.
// Active: in every row. Depends on: base.js, format.js.
;(function (StashFace) {
  "use strict";

  const { React, h, components, PREFIX } = StashFace;

  /** A square picture, or an outline where there is none or it does not load. */
  function Picture({ src, alt, className }) {
    const [broken, setBroken] = React.useState(null);
    const known = `${PREFIX}-picture ${className || ""}`;
    if (!src || broken === src) {
      return h(
        "span",
        { className: `${known} ${PREFIX}-nobody`, role: "img", "aria-label": alt },
        h(components.Icon, { name: "faUser" }),
      );
    }
    return h("img", {
      className: known,
      src,
      alt,
      loading: "lazy",
      decoding: "async",
      referrerPolicy: "no-referrer",
      onError: () => setBroken(src),
    });
  }

  /** The face found. */
  function FaceCrop({ thumbnail, label }) {
    const t = StashFace.i18n.useText();
    return h(Picture, { src: thumbnail, alt: label || t("face.found") });
  }

  /** The person's picture: from their stash-box if the user has set it up, else from Stash. */
  function Reference({ person, boxes }) {
    const t = StashFace.i18n.useText();
    const hosts = boxes.map((box) => box.host);
    const own = person.localId ? new URL(`performer/${person.localId}/image`, document.baseURI).href : null;
    const src = StashFace.format.safeReference(person.picture, hosts) || own;
    return h(Picture, {
      src,
      alt: t("face.reference", { name: person.name }),
      className: `${PREFIX}-reference`,
    });
  }

  components.Picture = Picture;
  components.FaceCrop = FaceCrop;
  components.Reference = Reference;
})(window.StashFace);
