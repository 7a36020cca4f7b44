// The page's end of the painting worker.

export class Studio {
  // Start a worker; `kind` and `threads` as in engine/runtime.js. Fails where the browser cannot.
  static async open(sizes, kind = "wasm", threads = 1) {
    const studio = new Studio();
    try {
      await studio.ask({ task: "start", kind, threads, sizes });
    } catch (error) {
      studio.close();
      throw error;
    }
    return studio;
  }

  constructor() {
    this.waiting = new Map();
    this.count = 0;
    this.worker = new Worker("engine/worker.js");
    this.worker.onmessage = ({ data }) => this.answer(data.id, data);
    this.worker.onerror = (event) => {
      for (const id of [...this.waiting.keys()]) this.answer(id, { error: event.message || "the worker does not start" });
    };
  }

  // Paint a picture of a size (ImageData, which is given away); answers { rgba, milliseconds }.
  paint(name, image, vector, { moving = false, begins = false } = {}) {
    const rgba = image.data;
    return this.ask({ task: "paint", name, rgba, vector, moving, begins }, [rgba.buffer]);
  }

  ask(task, given = []) {
    this.count += 1;
    const id = this.count;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ ...task, id }, given);
    });
  }

  answer(id, { error, ...value }) {
    const { resolve, reject } = this.waiting.get(id) ?? {};
    this.waiting.delete(id);
    if (error) reject?.(new Error(error));
    else resolve?.(value);
  }

  close() {
    this.worker.terminate();
  }
}
