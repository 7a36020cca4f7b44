"use strict";
// Paints beside the page, so that the page stays quick. A classic worker: LiteRT.js loads its runtime by importScripts.

const modules = Promise.all([import("./runtime.js"), import("./painter.js")]);
const site = new URL("../", self.location.href).href;
const painters = new Map();
let setting = null;
let last = Promise.resolve();

const tasks = {
  // Load the runtime; answers when it can paint.
  async start({ kind, threads, sizes }) {
    const [{ loadRuntime }] = await modules;
    await loadRuntime(kind);
    setting = { kind, threads, sizes };
    const used = performance.getEntriesByType("resource").map(({ name }) => name);
    return { used: used.filter((name) => name.includes("/litert_wasm")) };
  },

  // Answers when all tasks before are done.
  async rest() {
    return {};
  },

  // Paint RGBA bytes in place; `begins` with the first frame of a camera or clip.
  async paint({ name, rgba, vector, paint, moving, begins }) {
    const [, { Painter }] = await modules;
    const key = `${name} ${moving}`;
    if (!painters.has(key)) {
      painters.set(key, await Painter.open(site, name, setting.sizes, { ...setting, moving }));
    }
    if (begins) painters.get(key).begin();
    const start = performance.now();
    await painters.get(key).paint(rgba, vector, paint);
    return { rgba, milliseconds: performance.now() - start };
  },
};

self.onmessage = ({ data }) => {
  last = last.then(async () => {
    try {
      const answer = await tasks[data.task](data);
      self.postMessage({ id: data.id, ...answer }, answer.rgba ? [answer.rgba.buffer] : []);
    } catch (error) {
      self.postMessage({ id: data.id, error: String(error?.message ?? error) });
    }
  });
};
