// What: who is in a gallery, above its images; the work goes on while other pages are looked at.
// Active: on the gallery page, at the patch point GalleryImagesPanel; begun by the toolbar's button,
// or shown folded where the answer is known. Depends on: PersonRow.js.
// Without the patch point: no list, so no button either.
;(function (StashFace) {
  "use strict";

  const { React, h, components, jobs, actions, results, pages, PREFIX, bootstrap, i18n } = StashFace;

  // A visit that is only passing through asks nothing.
  const SETTLED_MS = 600;
  const argsOf = (id) => ({ mode: "identify_gallery", gallery_id: id });

  function start(id) {
    const key = jobs.keyOf("gallery", id);
    jobs.set(key, { open: true });
    return jobs.start(key, argsOf(id));
  }

  /** What a row's buttons do; `choices` say what gets the names beside the gallery. */
  function handlers(key, id, row, choices) {
    const item = { kind: "gallery", id };
    const scope = choices.withImages ? "gallery_and_images" : "gallery";
    const run = (work) => actions.forRow(key, row.key, work);
    return {
      onAdd: (person) => run(() => actions.accept(item, person, { scope })),
      onUndo: () => run(() => actions.takeBack(jobs.get(key).marks[row.key].undo)),
      onReject: () => run(() => actions.reject(item, [row.best])),
    };
  }

  async function acceptAll(key, id, rows, choices) {
    for (const row of rows) await handlers(key, id, row, choices).onAdd(row.best);
  }

  const isOpenRow = (job, choices) => (row) =>
    results.isAcceptable(row, choices.create) && !(job.marks[row.key] || {}).undo;

  function Toggles({ choices, change, left }) {
    const t = i18n.useText();
    const scope = (withImages, key) =>
      h(
        bootstrap.Button,
        {
          variant: "secondary",
          size: "sm",
          className: choices.withImages === withImages ? "active" : "",
          "aria-pressed": choices.withImages === withImages,
          onClick: () => change({ withImages }),
        },
        t(key),
      );
    return h(
      "div",
      { className: `${PREFIX}-toggles` },
      h(
        bootstrap.ButtonGroup,
        { size: "sm", "aria-label": t("scope") },
        scope(false, "scope.gallery"),
        scope(true, "scope.images"),
      ),
      left > 0 &&
        h(bootstrap.Form.Check, {
          type: "checkbox",
          id: `${PREFIX}-create`,
          checked: choices.create,
          label: t("create.too", { n: left }),
          onChange: () => change({ create: !choices.create }),
        }),
    );
  }

  function People({ id, job, jobKey }) {
    const t = i18n.useText();
    const boxes = StashFace.library.useBoxes();
    const [choices, change] = StashFace.preferences.useChoices();
    const [working, setWorking] = components.useLasting(false);
    const rows = results.galleryRows(job.answer);
    const open = rows.filter(isOpenRow(job, choices));
    const missing = rows.filter(
      (row) => row.decision === "match" && row.best && !row.best.localId && !(job.marks[row.key] || {}).undo,
    );
    const all = async () => {
      setWorking(true);
      await acceptAll(jobKey, id, open, choices);
      setWorking(false);
    };
    return h(
      React.Fragment,
      null,
      rows.length > 0 &&
        h(
          "div",
          { className: `${PREFIX}-head` },
          h(Toggles, { choices, change, left: missing.length }),
          h(
            bootstrap.Button,
            {
              variant: "success",
              size: "sm",
              disabled: working || !open.length,
              onClick: all,
              className: `${PREFIX}-all`,
            },
            t("accept.all", { n: open.length }),
          ),
        ),
      h(Rows, { rows, id, job, jobKey, choices, boxes }),
      h(Unknown, { id, job, jobKey, choices }),
      h(Problems, { problems: (job.answer && job.answer.problems) || [] }),
    );
  }

  function Rows({ rows, id, job, jobKey, choices, boxes }) {
    return h(
      "ul",
      { className: `${PREFIX}-list ${PREFIX}-grid` },
      rows.map((row) =>
        h(components.PersonRow, {
          key: row.key,
          row,
          boxes,
          mark: job.marks[row.key],
          ...handlers(jobKey, id, row, choices),
        }),
      ),
    );
  }

  function Unknown({ id, job, jobKey, choices }) {
    const t = i18n.useText();
    const rows = results.unknownRows(job.answer);
    if (!rows.length) return null;
    return h(
      "details",
      { className: `${PREFIX}-more` },
      h("summary", null, t("unknown.n", { n: job.answer.unknown_total || rows.length })),
      h(Rows, { rows, id, job, jobKey, choices }),
    );
  }

  function Problems({ problems }) {
    const t = i18n.useText();
    if (!problems.length) return null;
    return h(
      "details",
      { className: `${PREFIX}-more` },
      h("summary", null, t("problems.n", { n: problems.length })),
      h(
        "ul",
        { className: `${PREFIX}-plain` },
        problems.map((each) => h("li", { key: each.image_id }, String(each.problem))),
      ),
    );
  }

  /** "23 of 47 images, 31 faces, about 20 seconds left" */
  function progressText(t, progress) {
    if (!progress || !progress.total_images) return t("gallery.busy");
    const left = StashFace.format.timeLeft(progress.eta_s);
    return [
      t("gallery.images", { done: progress.images_processed, n: progress.total_images }),
      t("faces.n", { n: progress.faces_detected }),
      left && t(left[0], { n: left[1] }),
    ]
      .filter(Boolean)
      .join(", ");
  }

  function Summary({ job, jobKey, id }) {
    const t = i18n.useText();
    const answer = job.answer;
    const found = results.galleryRows(answer).length;
    const text = answer
      ? `${t("people.n", { n: found })} · ${t("faces.n", { n: answer.faces_detected })}`
      : t("title");
    return h(
      "header",
      { className: `${PREFIX}-head` },
      h("div", { className: `${PREFIX}-title` }, text),
      h(
        "span",
        null,
        answer &&
          job.phase !== "running" &&
          h(components.IconButton, { icon: "faSyncAlt", label: t("again.ask"), onClick: () => start(id) }),
        answer &&
          h(components.IconButton, {
            icon: job.open ? "faChevronUp" : "faChevronDown",
            label: t(job.open ? "fold" : "unfold"),
            "aria-expanded": Boolean(job.open),
            onClick: () => jobs.set(jobKey, { open: !job.open }),
          }),
      ),
    );
  }

  function GalleryPanel({ id }) {
    const t = i18n.useText();
    const key = jobs.keyOf("gallery", id);
    const job = jobs.useJob(key);
    React.useEffect(() => {
      const control = new AbortController();
      const timer = setTimeout(
        () => jobs.recall("gallery", id, argsOf(id), control.signal).catch(() => undefined),
        SETTLED_MS,
      );
      return () => {
        clearTimeout(timer);
        control.abort();
      };
    }, [id]);
    if (!job) return null;
    const progress = job.progress;
    const share =
      progress && progress.total_images ? progress.images_processed / progress.total_images : null;
    return h(
      "section",
      { className: `${PREFIX}-panel`, "aria-label": t("title") },
      h(Summary, { job, jobKey: key, id }),
      h(components.JobState, {
        job,
        text: progressText(t, progress),
        share,
        onStop: () => jobs.stop(key),
        onStart: () => start(id),
        goOn: true,
      }),
      job.open && job.answer && h(People, { id, job, jobKey: key }),
    );
  }

  pages.gallery = { start, progressText, GalleryPanel };
})(window.StashFace);
