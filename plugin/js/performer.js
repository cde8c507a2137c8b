// What: how a stash-box's page becomes a new performer of Stash. Pure.
// Active: everywhere. Depends on: format.js.
;(function (StashFace) {
  "use strict";

  const GENDERS = ["MALE", "FEMALE", "TRANSGENDER_MALE", "TRANSGENDER_FEMALE", "INTERSEX", "NON_BINARY"];
  const SAME = ["disambiguation", "birthdate", "ethnicity", "country", "eye_color", "measurements",
    "fake_tits", "career_length", "tattoos", "piercings", "details", "death_date", "hair_color"];

  /** The box's GraphQL address: as the user has set it up (`known`), else as every box has it. */
  function endpointOf(host, boxes) {
    const box = boxes.find((each) => each.host === host);
    return { endpoint: box ? box.endpoint : `https://${host}/graphql`, known: Boolean(box) };
  }

  /** What `performerCreate` takes; `scraped` is Stash's scrape of the person's page, or null. */
  function createInput(person, scraped, boxes) {
    const from = scraped || {};
    const input = {
      name: from.name || person.name,
      stash_ids: person.boxes.map(({ host, id }) => ({ endpoint: endpointOf(host, boxes).endpoint, stash_id: id })),
    };
    if (!scraped && person.country) input.country = person.country;
    SAME.forEach((field) => from[field] && (input[field] = from[field]));
    const gender = String(from.gender || "").toUpperCase().replace(/[ -]/g, "_");
    if (GENDERS.includes(gender)) input.gender = gender;
    if (from.urls && from.urls.length) input.urls = [...new Set(from.urls)];
    assignNumbers(input, from);
    const aliases = aliasesOf(from.aliases, input.name);
    if (aliases.length) input.alias_list = aliases;
    const picture = pictureOf(person, from, boxes);
    if (picture) input.image = picture;
    return input;
  }

  function assignNumbers(input, from) {
    [["height_cm", "height"], ["weight", "weight"]].forEach(([to, field]) => {
      const value = Number.parseInt(from[field], 10);
      if (value > 0) input[to] = value;
    });
  }

  /** Stash refuses an alias that is the name, or that is there twice, in whatever case. */
  function aliasesOf(text, name) {
    const seen = new Set([name.toLowerCase()]);
    return String(text || "").split(",").map((alias) => alias.trim()).filter((alias) => {
      const folded = alias.toLowerCase();
      if (!alias || seen.has(folded)) return false;
      seen.add(folded);
      return true;
    });
  }

  function pictureOf(person, from, boxes) {
    const hosts = boxes.map((box) => box.host);
    const offered = [...(from.images || []), person.picture];
    return offered.map((address) => StashFace.format.safeReference(address, hosts)).find(Boolean) || null;
  }

  StashFace.performer = { endpointOf, createInput };
})(window.StashFace);
