// What: boxes around the faces on Stash's own picture; each is a button that leads to its row.
// Active: on the image page. Depends on: results.js, base.js. Without the picture's element: hidden.
;(function (StashFace) {
  "use strict";

  const { React, h, components, PREFIX } = StashFace;

  const sizeOf = (picture) => ({
    natural: { width: picture.naturalWidth, height: picture.naturalHeight },
    shown: { width: picture.clientWidth, height: picture.clientHeight },
    left: picture.offsetLeft,
    top: picture.offsetTop,
  });

  /** The picture's sizes, kept while it loads, and when the window or the page around it changes. */
  function usePictureSize(picture) {
    const [size, setSize] = React.useState(null);
    React.useEffect(() => {
      if (!picture) return undefined;
      const measure = () => setSize(sizeOf(picture));
      const observer = new ResizeObserver(measure);
      observer.observe(picture);
      if (picture.parentElement) observer.observe(picture.parentElement);
      picture.addEventListener("load", measure);
      measure();
      return () => {
        observer.disconnect();
        picture.removeEventListener("load", measure);
      };
    }, [picture]);
    return size;
  }

  function FaceBoxes({ picture, rows, active, onHover, onChoose }) {
    const t = StashFace.i18n.useText();
    const size = usePictureSize(picture);
    if (!size || !size.natural.width) return null;
    return h(
      "div",
      {
        className: `${PREFIX}-boxes`,
        style: { left: size.left, top: size.top, width: size.shown.width, height: size.shown.height },
      },
      rows.map((row) =>
        h(
          "button",
          {
            key: row.key,
            type: "button",
            className: `${PREFIX}-box ${PREFIX}-${row.decision} ${active === row.key ? "active" : ""}`,
            style: StashFace.results.placed(row.bbox, size.natural, size.shown),
            "aria-label": t("box", { n: row.face + 1, name: row.best ? row.best.name : t("unknown") }),
            onMouseEnter: () => onHover(row.key),
            onMouseLeave: () => onHover(null),
            onFocus: () => onHover(row.key),
            onBlur: () => onHover(null),
            onClick: () => onChoose(row.key),
          },
          h("span", { "aria-hidden": true }, row.face + 1),
        ),
      ),
    );
  }

  components.FaceBoxes = FaceBoxes;
})(window.StashFace);
