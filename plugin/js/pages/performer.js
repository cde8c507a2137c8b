// What: who a performer of the library is at the stash-boxes, side by side, and whose faces are alike.
// Active: on the performer page, at the patch point PerformerDetailsPanel. Depends on:
// CandidateRow.js. Without the patch point: it is not shown.
;(function (StashFace) {
  "use strict";

  const { h, components, jobs, actions, results, pages, PREFIX, bootstrap, i18n } = StashFace;

  const keyOf = (id) => jobs.keyOf("performer", id);
  const start = (id) => jobs.start(keyOf(id), { mode: "identify_performer", performer_id: id });

  /** The proposed people; the picture is that of the closest match of the same name. */
  function rowsOf(answer) {
    const pictures = new Map((answer.matches || []).map((each) => [each.performer_id, each]));
    return (answer.proposals || []).map((each) => {
      const match = pictures.get(each.performer_id) || {};
      const person = results.candidate({
        ...match,
        ...each,
        image_url: each.image_url || match.image_url,
        local_performer_id: null,
      });
      return {
        key: person.id,
        person,
        decision: each.decision,
        reason: results.reasonOf(each),
        ids: Object.entries(each.new_stash_ids || {})
          .filter(([, value]) => value)
          .map(([host]) => host),
      };
    });
  }

  function Proposal({ id, row, mark, boxes }) {
    const t = i18n.useText();
    const key = keyOf(id);
    const item = { kind: "performer", id };
    const busy = Boolean(mark && mark.state === "busy");
    const run = (work) => actions.forRow(key, row.key, work);
    // Ids that were linked by now; rejected people have none left.
    const done = (mark && mark.hosts) || [];
    const open = mark && mark.state === "rejected" ? [] : row.ids.filter((host) => !done.includes(host));
    const link = (hosts, text) =>
      h(
        bootstrap.Button,
        {
          key: text,
          variant: "success",
          size: "sm",
          disabled: busy,
          onClick: () =>
            run(async () => {
              const made = await actions.accept(item, { ...row.person, localId: id }, { hosts });
              const all = [...done, ...hosts];
              return { ...made, name: all.join(", "), hosts: all };
            }),
        },
        text,
      );
    const own = new URL(`performer/${encodeURIComponent(id)}/image`, document.baseURI).href;
    const left = h(components.Picture, { src: own, alt: t("face.own") });
    return h(
      "li",
      { className: `${PREFIX}-face`, "aria-label": row.person.name, "aria-busy": busy },
      h(components.CandidateRow, {
        person: row.person,
        decision: row.decision,
        boxes,
        left,
        where: false,
        note: t.reason(row.reason),
      }),
      mark && mark.error && h(components.Failed, { error: mark.error }),
      mark &&
        mark.undo &&
        h(components.Done, { mark, busy, onUndo: () => run(() => actions.takeBack(mark.undo)) }),
      (open.length > 0 || !mark || !mark.undo) &&
        h(
          "div",
          { className: `${PREFIX}-tools` },
          open.map((host) => link([host], t("link", { hosts: host }))),
          open.length > 1 && link(open, t("link.all")),
          !(mark && mark.undo) &&
            h(components.IconButton, {
              icon: "faTimes",
              label: t("reject.for", { name: row.person.name }),
              disabled: busy,
              onClick: () => run(() => actions.reject(item, [row.person])),
            }),
        ),
    );
  }

  /** Items they are tagged on whose clear faces are all somebody else's. */
  function NeverSeen({ items }) {
    const t = i18n.useText();
    const { Link } = StashFace.stash.libraries.ReactRouterDOM;
    const paths = { image: "images", gallery: "galleries", scene: "scenes" };
    if (!items.length) return null;
    return h(
      "details",
      { className: `${PREFIX}-more` },
      h("summary", null, t("doubtful", { n: items.length })),
      h(
        "ul",
        { className: `${PREFIX}-plain` },
        items.map((each) =>
          h(
            "li",
            { key: `${each.kind}${each.id}` },
            h(
              Link,
              { to: `/${paths[each.kind] || "images"}/${encodeURIComponent(each.id)}` },
              t(`kind.${each.kind}`),
              " ",
              String(each.title || each.id),
            ),
          ),
        ),
      ),
    );
  }

  function Found({ id, answer, marks }) {
    const t = i18n.useText();
    const boxes = StashFace.library.useBoxes();
    const rows = rowsOf(answer);
    const note = [t.reason(results.reasonOf(answer)), answer.picture_problem].filter(Boolean).join(" ");
    return h(
      "div",
      null,
      h(
        "p",
        { className: `${PREFIX}-note` },
        t("performer.seen", { n: answer.seen_in || 0, total: answer.scanned || 0 }),
      ),
      rows.length
        ? h(
            "ul",
            { className: `${PREFIX}-list` },
            rows.map((row) => h(Proposal, { key: row.key, id, row, mark: marks[row.key], boxes })),
          )
        : h("p", { className: `${PREFIX}-note` }, note || t("performer.none")),
      h(components.Performers, {
        title: t("alike"),
        people: answer.duplicates || [],
        note: (each) => t.percent(each.confidence),
      }),
      h(NeverSeen, { items: answer.never_seen || [] }),
    );
  }

  function PerformerPanel({ id }) {
    const t = i18n.useText();
    const job = jobs.useJob(keyOf(id));
    const running = Boolean(job && job.phase === "running");
    return h(
      "div",
      { className: `detail-item ${PREFIX}-performer` },
      h(
        "section",
        { className: job ? `${PREFIX}-panel` : "", "aria-label": t("title") },
        h(
          "div",
          { className: `${PREFIX}-toggles` },
          h(
            components.TextButton,
            { disabled: running, onClick: () => start(id) },
            h(components.Icon, { name: "faUserTag" }),
            " ",
            t("performer.find"),
          ),
          job &&
            !running &&
            h(components.IconButton, {
              icon: "faTimes",
              label: t("close"),
              onClick: () => jobs.drop(keyOf(id)),
            }),
        ),
        job &&
          h(components.JobState, {
            job,
            text: t("image.busy"),
            onStop: () => jobs.stop(keyOf(id)),
            onStart: () => start(id),
          }),
        job && job.answer && h(Found, { id, answer: job.answer, marks: job.marks }),
      ),
    );
  }

  pages.performer = { PerformerPanel };
})(window.StashFace);
