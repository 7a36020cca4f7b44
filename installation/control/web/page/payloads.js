"use strict";
// Messages are untrusted: everything is checked, shortened and turned into plain values here, or becomes null.

const Payloads = {
  text(bytes) {
    if (bytes.length > LARGEST_PAYLOAD) return null;
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      return null;
    }
  },

  name(text) {
    return typeof text === "string" && NAME.test(text) ? text : null;
  },

  oneOf(text, allowed) {
    return allowed.includes(text) ? text : null;
  },

  fraction(text) {
    const value = NUMBER.test(text) ? Number(text) : NaN;
    return value >= 0 && value <= 1 ? value : null;
  },

  // The number of a surprise; NONE is no surprise.
  surprise(text) {
    return text === NONE || (/^[0-9]{1,6}$/.test(text) && Number(text) < SEEDS) ? text : null;
  },

  // {"styles": {"great-wave": 0.6, …}} → [["great-wave", 0.6], …], heaviest first, together 1.
  mix(text) {
    const styles = Payloads.object(Payloads.object(Payloads.parse(text))?.styles);
    if (!styles) return null;
    const parts = Object.entries(styles).slice(0, MOST_STYLES)
      .filter(([name, weight]) => NAME.test(name) && typeof weight === "number" && weight > 0 && weight <= LARGEST_WEIGHT);
    const sum = parts.reduce((total, [, weight]) => total + weight, 0);
    return sum > 0 ? parts.map(([name, weight]) => [name, weight / sum]).sort((a, b) => b[1] - a[1]) : null;
  },

  info(text) {
    const info = Payloads.object(Payloads.parse(text));
    if (!info || !Array.isArray(info.styles)) return null;
    const styles = new Map();
    for (const style of info.styles.slice(0, MOST_STYLES)) {
      const name = Payloads.name(style?.name);
      if (name) {
        styles.set(name, {
          name,
          title: Payloads.line(style.title) || name,
          artist: Payloads.line(style.artist),
          year: Payloads.line(style.year),
        });
      }
    }
    return { name: Payloads.line(info.name), styles, souvenir: info.souvenir === true };
  },

  // Only the parts that the page shows.
  health(text) {
    const health = Payloads.object(Payloads.parse(text));
    return health ? { camera: typeof health.camera === "string" ? health.camera : "ok" } : null;
  },

  parse(text) {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  },

  object(value) {
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : null;
  },

  // One line of at most 120 characters, without control characters or those that turn the direction of text around.
  line(value) {
    if (typeof value !== "string" && typeof value !== "number") return "";
    return String(value).replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ").trim().slice(0, 120);
  },
};
