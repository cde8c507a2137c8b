// What: the faces of an image, boxed on the picture and listed above its details.
// Active: on the image page, at the patch point ImageDetailPanel; begun by the toolbar's button.
// Depends on: FaceRow.js, FaceBoxes.js, Ignored.js. Without the patch point: no list, so no button either.
;(function (StashFace) {
  "use strict";

  const { React, h, components, jobs, actions, results, ignored, pages, PREFIX } = StashFace;

  const argsOf = (id) => ({ mode: "identify_image", image_id: id });
  const start = (id) => jobs.start(jobs.keyOf("image", id), argsOf(id));

  /** What a row's buttons do, for the image. */
  function handlers(key, id, row, redraw) {
    const item = { kind: "image", id };
    const then = (work) => actions.forRow(key, row.key, work).then(() => jobs.again(key));
    const add = (person) => then(() => actions.accept(item, person, { face: row.face }));
    return {
      onAdd: add,
      onUndo: () => then(() => actions.takeBack(jobs.get(key).marks[row.key].undo)),
      onReject: (people) =>
        then(async () => {
          await actions.reject(item, people, row.face);
          return null;
        }),
      onIgnore: () =>
        actions.forRow(key, row.key, async () => {
          await actions.decide({ ...item, face: row.face, decision: "ignore" });
          ignored.add(`image:${id}`, row.bbox);
          redraw();
          return null;
        }),
    };
  }

  /** Shows all faces again, and lets the plugin name them. */
  async function heedAgain(key, id, hidden) {
    await Promise.all(
      hidden.map((row) => actions.decide({ kind: "image", id, face: row.face, decision: "undo" })),
    );
    ignored.clear(`image:${id}`);
    await jobs.again(key);
  }

  /** The boxes live in Stash's own picture container, beside the picture. */
  function Boxes({ rows, active, onHover, onChoose }) {
    const host = components.useHost(".image-container", "append", "div");
    const picture = host && host.parentNode && host.parentNode.querySelector("img.image-image");
    if (!picture) return null;
    return StashFace.stash.ReactDOM.createPortal(
      h(components.FaceBoxes, { picture, rows, active, onHover, onChoose }),
      host,
    );
  }

  function Faces({ id, answer, marks, jobKey }) {
    const t = StashFace.i18n.useText();
    const boxes = StashFace.library.useBoxes();
    const [active, setActive] = React.useState(null);
    const [, count] = components.useLasting(0);
    const redraw = () => count((n) => n + 1);
    const item = `image:${id}`;
    const all = results.imageRows(answer);
    const rows = all.filter((row) => !ignored.has(item, row.bbox));
    const anchor = (row) => `${PREFIX}-${item}-${row}`.replace(/:/g, "-");
    const choose = (row) => {
      const element = document.getElementById(anchor(row));
      if (!element) return;
      element.scrollIntoView({ block: "nearest" });
      element.focus();
      setActive(row);
    };
    const hidden = all.filter((row) => ignored.has(item, row.bbox));
    const showAll = () => heedAgain(jobKey, id, hidden).then(redraw);
    if (!all.length) return h("p", { className: `${PREFIX}-note` }, t("faces.none"));
    return h(
      React.Fragment,
      null,
      h(Boxes, { rows, active, onHover: setActive, onChoose: choose }),
      h(
        "ul",
        { className: `${PREFIX}-list` },
        rows.map((row) =>
          h(components.FaceRow, {
            key: row.key,
            row,
            boxes,
            mark: marks[row.key],
            active: active === row.key,
            anchor: anchor(row.key),
            onHover: setActive,
            ...handlers(jobKey, id, row, redraw),
          }),
        ),
      ),
      h(components.Ignored, { count: hidden.length, onShow: showAll }),
    );
  }

  function ImagePanel({ id }) {
    const t = StashFace.i18n.useText();
    const key = jobs.keyOf("image", id);
    const job = jobs.useJob(key);
    if (!job) return null;
    const faces = results.imageRows(job.answer).length;
    return h(
      "section",
      { className: `${PREFIX}-panel`, "aria-label": t("title") },
      h(
        "header",
        { className: `${PREFIX}-head` },
        h("div", { className: `${PREFIX}-title` }, job.answer ? t("faces.n", { n: faces }) : t("title")),
        job.phase !== "running" &&
          h(components.IconButton, { icon: "faTimes", label: t("close"), onClick: () => jobs.drop(key) }),
      ),
      !(job.phase === "running" && job.answer) &&
        h(components.JobState, {
          job,
          text: t("image.busy"),
          onStop: () => jobs.stop(key),
          onStart: () => start(id),
        }),
      job.answer && h(Faces, { id, answer: job.answer, marks: job.marks, jobKey: key }),
    );
  }

  pages.image = { start, ImagePanel };
})(window.StashFace);
