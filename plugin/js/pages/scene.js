// What: the tab "Faces" of a scene: who is in it and when, who is tagged but not seen, and who is in
// the frame that the player shows.
// Active: on the scene page, at the patch points ScenePage.Tabs and ScenePage.TabContent.
// Depends on: SceneRow.js, FaceRow.js, Ignored.js. Without the patch points: no tab, so no button either.
;(function (StashFace) {
  "use strict";

  const { React, h, components, jobs, actions, results, pages, api, i18n, PREFIX } = StashFace;

  const TAB = `${PREFIX}-tab`;
  const argsOf = (id) => ({ mode: "identify_scene", scene_id: id });
  const start = (id) => jobs.start(jobs.keyOf("scene", id), argsOf(id));

  /** Adding confirms the face that is shown: it becomes a reference of the performer. */
  function handlers(key, id, row, face) {
    const item = { kind: "scene", id };
    const run = (work) => actions.forRow(key, row.key, work);
    return {
      onAdd: (person) => run(() => actions.accept(item, person, { face })),
      onUndo: () => run(() => actions.takeBack(jobs.get(key).marks[row.key].undo)),
      onReject: () => run(() => actions.reject(item, row.best ? [row.best] : row.others)),
    };
  }

  /** Leaves all faces of the person alone; the answer then says so. */
  const ignore = (key, id, row) =>
    actions
      .forRow(key, row.key, async () => {
        await actions.decide({ kind: "scene", id, face: row.number, decision: "ignore" });
        return null;
      })
      .then(() => jobs.again(key));

  async function heedAgain(key, id, rows) {
    for (const { number } of rows)
      await actions.decide({ kind: "scene", id, face: number, decision: "undo" });
    await jobs.again(key);
  }

  /** The frame of the player: asked with its picture, so that the video need not be opened again. */
  async function identifyFrame(id) {
    const key = jobs.keyOf("frame", id);
    const frame = StashFace.scene.playerFrame();
    const at = frame ? frame.at : 0;
    const args = { mode: "identify_frame", scene_id: id, at };
    jobs.drop(key);
    await jobs.start(key, frame && frame.image ? { ...args, image_base64: frame.image } : args);
  }

  /** A frame is not asked about again for that, so the row keeps the way back. */
  const leaveAlone = (key, id, row, face) =>
    actions.forRow(key, row.key, async () => {
      const note = { kind: "scene", id, face };
      await actions.decide({ ...note, decision: "ignore" });
      return { state: "ignored", undo: { rejected: [note] } };
    });

  function FrameFaces({ id }) {
    const t = i18n.useText();
    const key = jobs.keyOf("frame", id);
    const job = jobs.useJob(key);
    const boxes = StashFace.library.useBoxes();
    const [active, setActive] = React.useState(null);
    if (!job) return null;
    const rows = results.imageRows(job.answer);
    const at = job.answer && StashFace.format.clock(job.answer.at);
    return h(
      "section",
      { className: `${PREFIX}-frame`, "aria-label": t("frame") },
      h(
        "header",
        { className: `${PREFIX}-head` },
        h("div", { className: `${PREFIX}-title` }, at ? t("frame.at", { time: at }) : t("frame")),
        h(components.IconButton, { icon: "faTimes", label: t("close"), onClick: () => jobs.drop(key) }),
      ),
      job.phase === "running" && h(components.Busy, { text: t("image.busy"), onStop: () => jobs.stop(key) }),
      job.phase === "failed" && h(components.Failed, { error: job.error, onAgain: () => identifyFrame(id) }),
      job.answer && !rows.length && h("p", { className: `${PREFIX}-note` }, t("faces.none")),
      h(
        "ul",
        { className: `${PREFIX}-list` },
        rows.map((row) => {
          const face = StashFace.scene.numberOf(job.answer.faces[row.face]);
          const { onAdd, onUndo } = handlers(key, id, row, face);
          return h(components.FaceRow, {
            key: row.key,
            row,
            boxes,
            mark: job.marks[row.key],
            active: active === row.key,
            onHover: setActive,
            onAdd,
            onUndo,
            onIgnore: face === null ? null : () => leaveAlone(key, id, row, face),
          });
        }),
      ),
    );
  }

  function People({ scene, job, jobKey, seek }) {
    const t = i18n.useText();
    const boxes = StashFace.library.useBoxes();
    const all = StashFace.scene.personRows(job.answer);
    const rows = all.filter((row) => !row.ignored);
    const ignored = all.filter((row) => row.ignored && row.number !== null);
    const list = (some) =>
      h(
        "ul",
        { className: `${PREFIX}-list` },
        some.map((row) =>
          h(components.SceneRow, {
            key: row.key,
            row,
            boxes,
            seek,
            duration: job.answer.duration_s,
            mark: job.marks[row.key],
            ...handlers(jobKey, scene.id, row, row.number),
            onIgnore: row.number === null ? null : () => ignore(jobKey, scene.id, row),
          }),
        ),
      );
    const unknown = rows.filter((row) => row.unknown);
    const { source, sprite_missing: missing, problems = [] } = job.answer;
    // Other problems say themselves why only frames were looked at, or only the sprite.
    const told = source === "both" || (source === "frames" && missing) || (source === "sprite" && !problems.length);
    const notes = [...(told ? [t(`source.${source}`)] : []), ...problems.slice(told && missing ? 1 : 0)];
    return h(
      React.Fragment,
      null,
      !rows.length && h("p", { className: `${PREFIX}-note` }, t("faces.none")),
      list(rows.filter((row) => !row.unknown)),
      unknown.length > 0 &&
        h(
          "details",
          { className: `${PREFIX}-more` },
          h("summary", null, t("unknown.n", { n: job.answer.unknown_total || unknown.length })),
          list(unknown),
        ),
      h(components.Ignored, { count: ignored.length, onShow: () => heedAgain(jobKey, scene.id, ignored) }),
      h(components.Performers, {
        title: t("notseen"),
        people: job.answer.tagged_not_seen || [],
        note: (each) =>
          !each.in_database && h("span", { className: `${PREFIX}-small` }, t("notseen.absent")),
      }),
      notes.map((note) => h("p", { key: note, className: `${PREFIX}-note` }, String(note))),
    );
  }

  /** "97 tiles and frames, 77 faces, about 6 seconds left" */
  function progressText(t, progress) {
    if (!progress) return t("scene.busy");
    const stills =
      Object.values(progress.stills || {}).reduce((sum, n) => sum + n, 0) || progress.images_processed || 0;
    const left = StashFace.format.timeLeft(progress.eta_s);
    return [
      t("scene.stills", { n: stills }),
      t("faces.n", { n: progress.faces_detected || 0 }),
      left && t(left[0], { n: left[1] }),
    ]
      .filter(Boolean)
      .join(", ");
  }

  function SceneFaces({ scene, seek }) {
    const t = i18n.useText();
    const key = jobs.keyOf("scene", scene.id);
    const job = jobs.useJob(key);
    React.useEffect(() => {
      const control = new AbortController();
      jobs.recall("scene", scene.id, argsOf(scene.id), control.signal).catch((error) => {
        if (!api.wasAborted(error)) console.warn("stash_face:", error.message);
      });
      return () => control.abort();
    }, [scene.id]);
    const running = Boolean(job && job.phase === "running");
    const button = (text, onClick, icon) =>
      h(
        components.TextButton,
        { disabled: running && onClick !== frame, onClick },
        h(components.Icon, { name: icon }),
        " ",
        text,
      );
    const frame = () => identifyFrame(scene.id);
    return h(
      "section",
      { className: `${PREFIX}-panel`, "aria-label": t("title") },
      h(
        "div",
        { className: `${PREFIX}-toggles` },
        button(t(job && job.answer ? "again.ask" : "identify"), () => start(scene.id), "faUserTag"),
        button(t("frame.identify"), frame, "faCamera"),
      ),
      job &&
        h(components.JobState, {
          job,
          text: progressText(t, job.progress),
          onStop: () => jobs.stop(key),
          onStart: () => start(scene.id),
          goOn: true,
        }),
      h(FrameFaces, { id: scene.id }),
      job && job.answer && h(People, { scene, job, jobKey: key, seek }),
    );
  }

  function TabLabel() {
    return i18n.useText()("title");
  }

  pages.scene = { TAB, start, progressText, SceneFaces, TabLabel };
})(window.StashFace);
