// What: what a least confidence does to the suggestions there are: how many stay, how many are wrong. Pure.
// Active: on the review page. Depends on: namespace.js.
;(function (StashFace) {
  "use strict";

  /** The place of the highest of `bars` that a confidence reaches. */
  function placeOf(bars, confidence) {
    // A share such as 0.07 is not exact, and a bar that is set is to be found again.
    const above = bars.findIndex((bar) => bar > confidence + 1e-9);
    return above < 0 ? bars.length - 1 : Math.max(0, above - 1);
  }

  /** What stays at the bar `at`, against what the setting has now. */
  function outlook(steps, at) {
    const now = placeOf(steps.bars, steps.min_confidence);
    const stay = steps.kept[at];
    return {
      bar: steps.bars[at],
      stay,
      gone: Math.max(0, steps.kept[now] - stay),
      more: Math.max(0, stay - steps.kept[now]),
      wrong: steps.wrong[at],
      share: stay ? steps.wrong[at] / stay : 0,
      accepted: steps.accepted[at],
      rejected: steps.rejected[at],
      isNow: at === now,
      // Nothing is less sure, so a lower bar would bring nobody either.
      isFloor: stay > 0 && stay === steps.kept[0],
    };
  }

  /** How many lie between a bar and the next one, in `count` columns of equal width: 0 to 1. */
  function columns(steps) {
    const between = steps.kept.map((kept, at) => kept - (steps.kept[at + 1] || 0));
    // The very sure are many more than all others, which are what the slider is about.
    const highest = Math.log1p(Math.max(1, ...between));
    return between.map((number) => Math.log1p(number) / highest);
  }

  StashFace.tuning = { placeOf, outlook, columns };
})(window.StashFace);
