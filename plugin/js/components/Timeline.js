// What: when somebody is seen in a scene: a bar of the whole, and times to click.
// Active: on the scene page. Depends on: scene.js.
;(function (StashFace) {
  "use strict";

  const { h, components, PREFIX, bootstrap } = StashFace;

  // The first times as buttons; the bar has all of them.
  const SHOWN = 6;

  function Timeline({ times, duration, seek, name }) {
    const t = StashFace.i18n.useText();
    if (!times.length) return null;
    const { clock } = StashFace.format;
    const parts = StashFace.scene.stretches(times, duration);
    // Tiles of a short scene lie within a second.
    const seconds = times.filter((time, at) => !at || clock(time) !== clock(times[at - 1]));
    return h(
      "div",
      { className: `${PREFIX}-times` },
      parts.length > 0 &&
        h(
          "div",
          { className: `${PREFIX}-timeline`, "aria-hidden": true },
          parts.map((part) =>
            h("span", {
              key: part.left,
              style: { left: `${part.left * 100}%`, width: `${part.width * 100}%` },
              title: clock(part.time),
              onClick: () => seek(part.time),
            }),
          ),
        ),
      h(
        "span",
        { className: `${PREFIX}-seeks` },
        seconds.slice(0, SHOWN).map((time) =>
          h(
            bootstrap.Button,
            {
              key: time,
              variant: "link",
              size: "sm",
              className: `${PREFIX}-seen`,
              onClick: () => seek(time),
              "aria-label": t("seek.for", { time: clock(time), name }),
            },
            clock(time),
          ),
        ),
        seconds.length > SHOWN &&
          h("span", { className: `${PREFIX}-small` }, t("more", { n: seconds.length - SHOWN })),
      ),
    );
  }

  components.Timeline = Timeline;
})(window.StashFace);
