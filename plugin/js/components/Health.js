// What: what is missing and how to mend it, the face database, and the first steps.
// Active: on the review page. Depends on: base.js.
;(function (StashFace) {
  "use strict";

  const { React, h, components, api, PREFIX, bootstrap } = StashFace;

  const POLL_MS = 1000;
  const ENDED = ["FINISHED", "FAILED", "CANCELLED"];

  /** A task of the plugin with its progress in Stash's queue; it goes on when the page is left. */
  function TaskButton({ mode, label, onEnd }) {
    const t = StashFace.i18n.useText();
    const [job, setJob] = components.useLasting(null);
    const [error, setError] = components.useLasting(null);
    const left = React.useRef(false);
    React.useEffect(
      () => () => {
        left.current = true;
      },
      [],
    );
    const follow = async (id) => {
      for (;;) {
        const { findJob } = await api.graphql(
          "query StashFaceJob($id: ID!) { findJob(input: { id: $id }) { status progress } }",
          { id },
        );
        if (left.current) return;
        setJob(findJob || { status: "FINISHED" });
        if (!findJob || ENDED.includes(findJob.status)) {
          onEnd();
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    };
    const begin = () => {
      setError(null);
      setJob({ status: "READY" });
      api
        .task(label, { mode })
        .then(follow)
        .catch((failure) => {
          setError(failure);
          setJob(null);
        });
    };
    const busy = Boolean(job && !ENDED.includes(job.status));
    return h(
      "div",
      { className: `${PREFIX}-task` },
      h(components.TextButton, { disabled: busy, onClick: begin }, label),
      busy &&
        h(components.Busy, {
          text: t(job.status === "READY" ? "task.waits" : "task.runs"),
          share: job.progress > 0 ? job.progress : null,
        }),
      job && !busy && h("span", { className: `${PREFIX}-small`, role: "status" }, t("task.ended")),
      error && h(components.Failed, { error, onAgain: begin }),
    );
  }

  function Health() {
    const t = StashFace.i18n.useText();
    const [state, setState] = components.useLasting({ phase: "running" });
    const look = React.useCallback((quick) => {
      setState((now) => ({ ...now, phase: "running" }));
      return api.operation({ mode: "health", quick }).then(
        (health) => setState({ phase: "done", health }),
        (error) => setState((now) => ({ ...now, phase: "failed", error })),
      );
    }, []);
    React.useEffect(() => {
      look(true);
    }, [look]);
    const { health } = state;
    const again = () => look(true);
    return h(
      "div",
      null,
      state.phase === "running" && h(components.Busy, { text: t("loading") }),
      state.phase === "failed" && h(components.Failed, { error: state.error, onAgain: again }),
      health && h(Problems, { health }),
      health && h(Facts, { health }),
      h(
        "div",
        { className: `${PREFIX}-toggles` },
        h(TaskButton, { mode: "set_up", label: t("task.setup"), onEnd: again }),
        h(TaskButton, { mode: "scan_library", label: t("task.scan"), onEnd: again }),
        h(
          bootstrap.Button,
          {
            variant: "secondary",
            size: "sm",
            disabled: state.phase === "running",
            onClick: () => look(false),
          },
          t("health.full"),
        ),
      ),
    );
  }

  function Problems({ health }) {
    const t = StashFace.i18n.useText();
    if (health.ok) return h("p", { className: `${PREFIX}-note ${PREFIX}-good` }, t("health.good"));
    return h(
      "ul",
      { className: `${PREFIX}-plain ${PREFIX}-problems`, role: "alert" },
      health.problems.map((each) => h("li", { key: each }, String(each))),
    );
  }

  function Facts({ health }) {
    const t = StashFace.i18n.useText();
    const { database, store } = health;
    const facts = [
      database && t("health.database", { version: String(database.version), n: database.performer_count }),
      store && t("health.store", { images: store.images, n: store.faces }),
      health.provider &&
        `${health.provider}: ${(health.models || []).map((each) => `${each.file} ${each.ms} ms`).join(", ")}`,
      `stash_face ${health.plugin}, Python ${health.python}`,
    ].filter(Boolean);
    return h(
      "ul",
      { className: `${PREFIX}-plain` },
      facts.map((each) => h("li", { key: each }, each)),
    );
  }

  components.TaskButton = TaskButton;
  components.Health = Health;
})(window.StashFace);
