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

  /** `t(key, values)` for a locale, with `t.locale` and `t.failure(error)`. */
  function translator(locale) {
    const name = `translator ${locale}`;
    if (!cache.has(name)) {
      const t = (key, values) => format(locale, key, values);
      t.locale = language(locale);
      t.percent = (share) => StashFace.format.percent(share, t.locale);
      t.failure = (error) => (error && error.key ? t(error.key) : String((error && error.message) || error));
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
