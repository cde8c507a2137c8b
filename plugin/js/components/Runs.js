// What: what was scanned and changed, newest first, each run with its undo.
// Active: on the review page. Depends on: base.js.
;(function (StashFace) {
  "use strict";

  const { React, h, components, api, PREFIX } = StashFace;

  function Runs() {
    const t = StashFace.i18n.useText();
    const [state, setState] = components.useLasting({ runs: null, error: null });
    const read = React.useCallback(
      (signal) =>
        api.operation({ mode: "runs", limit: 50 }, { signal }).then(
          (answer) => setState({ runs: answer.runs, error: null }),
          (error) => !api.wasAborted(error) && setState({ runs: null, error }),
        ),
      [],
    );
    React.useEffect(() => {
      const control = new AbortController();
      read(control.signal);
      return () => control.abort();
    }, [read]);
    if (state.error) return h(components.Failed, { error: state.error, onAgain: () => read() });
    if (!state.runs) return h(components.Busy, { text: t("loading") });
    if (!state.runs.length) return h("p", { className: `${PREFIX}-note` }, t("runs.none"));
    return h(
      "ul",
      { className: `${PREFIX}-list` },
      state.runs.map((run) => h(Run, { key: run.run, run, onDone: read })),
    );
  }

  function Run({ run, onDone }) {
    const t = StashFace.i18n.useText();
    const [state, setState] = components.useLasting({ phase: "idle" });
    const undo = async () => {
      setState({ phase: "busy" });
      try {
        const answer = await api.operation({ mode: "undo", run: run.run });
        setState({ phase: "done", answer });
        answer.restored.forEach((each) => StashFace.library.forget({ [each.kind]: each.ids }));
        await StashFace.library.refresh();
        await onDone();
      } catch (error) {
        setState({ phase: "failed", error });
      }
    };
    const began = new Date(`${String(run.started_at).replace(" ", "T")}Z`);
    const counts = Object.entries(run.counts || {})
      .map(([name, value]) => `${name} ${value}`)
      .join(", ");
    return h(
      "li",
      { className: `${PREFIX}-face` },
      h(
        "div",
        { className: `${PREFIX}-row` },
        h(
          "div",
          { className: `${PREFIX}-words` },
          h(
            "span",
            { className: `${PREFIX}-name` },
            `${run.task} `,
            h(
              "time",
              { className: `${PREFIX}-small`, dateTime: began.toISOString() },
              began.toLocaleString(t.locale),
            ),
          ),
          h(
            "span",
            { className: `${PREFIX}-small` },
            [run.state, counts, run.told].filter(Boolean).join(" · "),
          ),
        ),
        run.changed > 0 &&
          h(
            "div",
            { className: `${PREFIX}-actions` },
            h(
              components.TextButton,
              { disabled: state.phase === "busy", onClick: undo },
              t("undo.changes", { n: run.changed }),
            ),
          ),
      ),
      state.phase === "failed" && h(components.Failed, { error: state.error }),
      state.phase === "done" &&
        h(
          "div",
          { role: "status", className: `${PREFIX}-note` },
          t("undone", { n: state.answer.restored.length }),
          h(
            "ul",
            { className: `${PREFIX}-plain` },
            state.answer.skipped.map((each, index) => h("li", { key: index }, String(each.sentence))),
          ),
        ),
    );
  }

  components.Runs = Runs;
})(window.StashFace);
