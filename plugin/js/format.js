// What: numbers, times, words and addresses as pages show them. Pure.
// Active: everywhere. Depends on: namespace.js.
;(function (StashFace) {
  "use strict";

  // From here on a name is called by that word; "unlikely" below the last.
  const WORDS = [
    [0.99, "very_sure"],
    [0.9, "sure"],
    [0.6, "likely"],
    [0.25, "possible"],
  ];

  const PERCENT = new Map();

  /** The key of the word for a probability, or null where there is none. */
  function confidenceWord(confidence) {
    if (!isNumber(confidence)) return null;
    const found = WORDS.find(([least]) => confidence >= least);
    return `confidence.${found ? found[1] : "unlikely"}`;
  }

  /** A probability in percent that never claims 0 or 100: "> 99 %", "< 1 %". */
  function percent(confidence, locale) {
    if (!isNumber(confidence)) return "";
    if (!PERCENT.has(locale)) PERCENT.set(locale, new Intl.NumberFormat(locale, { style: "percent" }));
    const write = (share) => PERCENT.get(locale).format(share);
    if (confidence > 0.99) return `> ${write(0.99)}`;
    if (confidence < 0.01) return `< ${write(0.01)}`;
    return write(confidence);
  }

  /** Seconds as 0:07, 12:34 or 1:02:03. */
  function clock(seconds) {
    const whole = Math.max(0, Math.floor(isNumber(seconds) ? seconds : 0));
    const two = (number) => String(number).padStart(2, "0");
    const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
  }

  /** The time left, for people: [key, number], or null where nobody knows. */
  function timeLeft(seconds) {
    if (!isNumber(seconds) || seconds < 0) return null;
    if (seconds < 90) return ["left.seconds", seconds > 10 ? Math.ceil(seconds / 5) * 5 : Math.ceil(seconds)];
    if (seconds < 5400) return ["left.minutes", Math.ceil(seconds / 60)];
    return ["left.hours", Math.ceil(seconds / 3600)];
  }

  /** The address if it is http or https, else null: nothing else may become a link. */
  function safeLink(address) {
    const url = parsed(address);
    return url && (url.protocol === "http:" || url.protocol === "https:") ? url.href : null;
  }

  /** A picture made by the plugin itself: a JPEG, PNG or WebP within the page, else null. */
  function safeThumbnail(address) {
    const good = typeof address === "string" && /^data:image\/(jpeg|png|webp);base64,[\w+/=]+$/.test(address);
    return good ? address : null;
  }

  /**
   * A reference picture's address if it lies at one of the stash-boxes that the user has set up
   * (`hosts`), else null: nobody else is to learn who is looked at.
   */
  function safeReference(address, hosts) {
    const url = parsed(address);
    if (!url || url.protocol !== "https:") return null;
    return (hosts || []).some((host) => sameSite(url.hostname, host)) ? url.href : null;
  }

  /** Pictures lie at `cdn.` and the like beside the box. */
  function sameSite(host, box) {
    const site = String(box).toLowerCase().split(":")[0].split(".").slice(-2).join(".");
    return site.includes(".") && (host === site || host.endsWith(`.${site}`));
  }

  function hostOf(address) {
    const url = parsed(address);
    return url ? url.host : null;
  }

  function parsed(address) {
    if (typeof address !== "string" || !/^https?:/i.test(address)) return null;
    try {
      return new URL(address);
    } catch (error) {
      return null;
    }
  }

  const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

  StashFace.format = {
    confidenceWord,
    percent,
    clock,
    timeLeft,
    safeLink,
    safeThumbnail,
    safeReference,
    hostOf,
  };
})(window.StashFace);
