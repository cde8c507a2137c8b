// What: the plugin's answers as rows for a page: order, who can be added, what is preselected. Pure.
// Active: everywhere. Depends on: format.js.
;(function (StashFace) {
  "use strict";

  const { safeLink, safeThumbnail } = StashFace.format;

  /** A match, of whatever mode, as the pages know a person. */
  function candidate(match) {
    const ids = Object.entries(match.stash_ids || {}).filter(([, id]) => id);
    return {
      id: String(match.performer_id),
      name: String(match.name || match.performer_id),
      country: match.country ? String(match.country) : "",
      confidence: match.confidence,
      distance: match.distance,
      distances: match.distances || {},
      margin: match.margin,
      picture: match.image_url || null,
      link: safeLink(match.stashdb_url),
      boxes: ids.map(([host, id]) => ({ host, id: String(id) })),
      localId: match.local_performer_id ? String(match.local_performer_id) : null,
      tagged: Boolean(match.already_tagged),
    };
  }

  /** Why an answer was given: a sentence, and what is needed to say it in another language. */
  function reasonOf(answer) {
    return {
      sentence: String(answer.reason || ""),
      code: answer.reason_code,
      values: answer.reason_values || {},
    };
  }

  /** The faces of an image: the best candidate apart from the others; no best for an unknown face. */
  function imageRows(answer) {
    return ((answer && answer.faces) || []).map((face, index) => {
      const people = (face.matches || []).map(candidate);
      const named = face.decision !== "unknown";
      return {
        key: `face-${index}`,
        face: index,
        bbox: face.bbox,
        thumbnail: safeThumbnail(face.face_thumbnail),
        decision: face.decision,
        reason: reasonOf(face),
        best: named ? people[0] || null : null,
        others: named ? people.slice(1) : people,
        quality: face.quality,
        evidence: null,
      };
    });
  }

  /** The people of a gallery, most seen first, and how often. */
  function galleryRows(answer) {
    const total = (answer && answer.total_images) || 0;
    return ((answer && answer.performers) || []).map((person) => ({
      key: String(person.performer_id),
      face: null,
      thumbnail: safeThumbnail(person.face_thumbnail),
      decision: person.decision,
      reason: reasonOf(person),
      best: candidate(person),
      others: [],
      seen: { count: person.image_count, total, ids: (person.image_ids || []).map(String) },
    }));
  }

  /** The groups of a gallery whom nobody knows, most seen first. */
  function unknownRows(answer) {
    const total = (answer && answer.total_images) || 0;
    return ((answer && answer.unknown) || []).map((group, index) => ({
      key: `unknown-${index}`,
      thumbnail: safeThumbnail(group.face_thumbnail),
      reason: reasonOf(group),
      others: (group.candidates || []).map(candidate),
      seen: { count: group.image_count, total, ids: (group.image_ids || []).map(String) },
    }));
  }

  /** Whether *Accept all* takes the row: a sure name, not refused, not added yet. */
  function isAcceptable(row, create) {
    if (row.decision !== "match" || !row.best) return false;
    return row.best.localId ? !row.best.tagged : Boolean(create) && row.best.boxes.length > 0;
  }

  /** Which boxes are drawn: those of rows that are not hidden. */
  function boxesOf(rows, hidden) {
    return rows.filter((row) => row.bbox && !hidden.has(row.key));
  }

  /**
   * Where a box lies on a picture that is shown with `object-fit: contain`: pixels within the
   * element. `natural` and `shown` are {width, height}.
   */
  function placed(bbox, natural, shown) {
    if (!natural.width || !natural.height) return null;
    const scale = Math.min(shown.width / natural.width, shown.height / natural.height);
    const [width, height] = [natural.width * scale, natural.height * scale];
    const [left, top] = [(shown.width - width) / 2, (shown.height - height) / 2];
    return {
      left: left + bbox.x * width,
      top: top + bbox.y * height,
      width: bbox.w * width,
      height: bbox.h * height,
    };
  }

  StashFace.results = {
    candidate,
    reasonOf,
    imageRows,
    galleryRows,
    unknownRows,
    isAcceptable,
    boxesOf,
    placed,
  };
})(window.StashFace);
