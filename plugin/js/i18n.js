// What: the plugin's texts in the language that Stash is shown in.
// Active: everywhere. Depends on: texts.js.
;(function (StashFace) {
  "use strict";

  const { texts } = StashFace;
  const cache = new Map();

  /** The language of `texts` for a locale such as "de-DE"; English where there is none. */
  function language(locale) {
    const short = String(locale || "")
      .toLowerCase()
      .split(/[-_]/)[0];
    return Object.prototype.hasOwnProperty.call(texts, short) ? short : "en";
  }

  /**
   * The text of that name. A text is a string with {places}, or one string for each form of the
   * plural, chosen by the value `n`. Numbers are written as the language does.
   */
  function format(locale, key, values) {
    const given = values || {};
    let text = texts[language(locale)][key];
    if (text === undefined) text = texts.en[key];
    if (text === undefined) return key;
    if (typeof text === "object") text = text[plural(locale).select(given.n)] || text.other;
    return text.replace(/\{(\w+)\}/g, (place, name) => {
      const value = given[name];
      if (value === undefined) return place;
      return typeof value === "number" ? number(locale).format(value) : String(value);
    });
  }

  const plural = (locale) => kept("plural", locale, (tag) => new Intl.PluralRules(tag));
  const number = (locale) => kept("number", locale, (tag) => new Intl.NumberFormat(tag));

  function kept(kind, locale, make) {
    const tag = language(locale);
    const name = `${kind} ${tag}`;
    if (!cache.has(name)) cache.set(name, make(tag));
    return cache.get(name);
  }

  // Codes that say the same, of pictures as of moments.
  const SAME = {
    one_picture: "once",
    one_moment: "once",
    only_one: "once_unsure",
    one_doubtful_moment: "once_unsure",
    fits_better: "elsewhere",
    better_there: "elsewhere",
    surer_elsewhere: "elsewhere",
    named_unknown: "unknown",
    guessed_unknown: "unknown",
    no_picture: "too_little",
    no_face_more: "too_little",
  };

  /** Why an answer was given, as results.reasonOf has it: the plugin's own sentence is English. */
  function reason(locale, { sentence, code, values }) {
    const own = texts[language(locale)];
    const known = SAME[code] || code;
    if (!own[`reason.${known}`]) return sentence;
    const { seen, other, flaws, people } = values;
    const n = values.pictures || values.moments || values.strangers;
    const list = (words) => new Intl.ListFormat(language(locale)).format(words);
    const say = (key, more) => format(locale, `reason.${key}`, { ...values, n, ...more });
    return [
      seen && say("seen"),
      say(known),
      other && known !== "equally_close" && say("other"),
      flaws && say("flaws", { flaws: list(flaws.map((flaw) => format(locale, `flaw.${flaw}`))) }),
      people && format(locale, "tuning.guess"),
    ]
      .filter(Boolean)
      .join(" ");
  }

  // One task brings all of these.
  const LACKING = ["weights", "no_database"];

  /** A failure as a sentence: with a code whose cure is known in the language of Stash, else its own. */
  function failure(t, error) {
    if (error && error.key) return t(error.key);
    const code = error && error.code;
    const key = `error.${LACKING.includes(code) ? "setup_needed" : code}`;
    if (texts[t.locale][key]) return t(key);
    return String((error && error.message) || error);
  }

  /** `t(key, values)` for a locale, with `t.locale`, `t.failure(error)` and `t.reason(reason)`. */
  function translator(locale) {
    const name = `translator ${locale}`;
    if (!cache.has(name)) {
      const t = (key, values) => format(locale, key, values);
      t.locale = language(locale);
      t.percent = (share) => StashFace.format.percent(share, t.locale);
      t.failure = (error) => failure(t, error);
      t.reason = (why) => reason(locale, why);
      cache.set(name, t);
    }
    return cache.get(name);
  }

  /** For components: follows the language that Stash is set to. */
  function useText() {
    return translator(StashFace.stash.libraries.Intl.useIntl().locale);
  }

  StashFace.i18n = { language, format, translator, useText };
})(window.StashFace);
