// What: a scene's answer as rows, its timeline, and a frame of the video as a picture.
// Active: on the scene page. Depends on: results.js.
;(function (StashFace) {
  "use strict";

  const { candidate } = StashFace.results;
  const { safeThumbnail } = StashFace.format;

  /** The number in the store of the face that is shown, or null where it is not stored. */
  const numberOf = (entry) => (Number.isInteger(entry.face) ? entry.face : null);

  /** The people of a scene: those with a name first, as the plugin orders them. */
  function personRows(answer) {
    return ((answer && answer.persons) || []).map((person, index) => ({
      key: person.unknown
        ? `unknown-${person.face === undefined ? index : person.face}`
        : String(person.performer_id),
      unknown: Boolean(person.unknown),
      ignored: Boolean(person.ignored),
      number: numberOf(person),
      thumbnail: safeThumbnail(person.face_thumbnail),
      decision: person.decision,
      reason: StashFace.results.reasonOf(person),
      best: person.unknown ? null : candidate(person),
      others: (person.candidates || []).map(candidate),
      times: (person.timestamps || []).map(Number).filter(Number.isFinite),
    }));
  }

  /**
   * The moments of a person as stretches of a bar: {left, width} in shares of the duration.
   * Moments that are nearer to each other than `apart` shares are one stretch.
   */
  function stretches(times, duration, apart = 0.02) {
    if (!(duration > 0)) return [];
    const found = [];
    for (const time of [...times].sort((a, b) => a - b)) {
      const at = Math.min(1, Math.max(0, time / duration));
      const last = found[found.length - 1];
      if (last && at - last.left - last.width <= apart) last.width = at - last.left;
      else found.push({ left: at, width: 0, time });
    }
    return found.map((each) => ({ ...each, width: Math.max(each.width, 0.006) }));
  }

  /** The video's picture as a JPEG `data:` address, or null where it has none yet. */
  function grab(video) {
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    if (!canvas.width) return null;
    canvas.getContext("2d").drawImage(video, 0, 0);
    return canvas.toDataURL("image/jpeg", 0.9);
  }

  /** The player's picture and time: {at, image}; the image is null before the first play. */
  function playerFrame() {
    const element = document.getElementById("VideoJsPlayer");
    const video = element && element.querySelector("video");
    if (!video) return null;
    const at = element.player ? element.player.currentTime() : video.currentTime;
    let image = null;
    try {
      image = grab(video);
    } catch (error) {
      // A picture of another origin may not be read; the plugin then takes the frame itself.
    }
    return { at: Number(at) || 0, image };
  }

  StashFace.scene = { numberOf, personRows, stretches, playerFrame };
})(window.StashFace);
