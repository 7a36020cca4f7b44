// The page's end of the painting worker.

export class Studio {
  // Start a worker; `kind` and `threads` as in engine/runtime.js. Fails where the browser cannot, or, with `patience`,
  // after so many milliseconds.
  static async open(sizes, kind = "wasm", threads = 1, patience = 0) {
    const studio = new Studio(kind);
    const alarm = patience && setTimeout(() => studio.fail("no answer in time"), patience);
    try {
      studio.used = (await studio.ask({ task: "start", kind, threads, sizes })).used;
    } catch (error) {
      studio.close();
      throw error;
    } finally {
      clearTimeout(alarm);
    }
    return studio;
  }

  constructor(kind) {
    this.kind = kind;
    this.used = []; // addresses of the runtime's files
    this.waiting = new Map();
    this.count = 0;
    this.worker = new Worker("engine/worker.js");
    this.worker.onmessage = ({ data }) => this.answer(data.id, data);
    this.worker.onerror = (event) => this.fail(event.message || "the worker does not start");
  }

  // Paint a picture of a size (ImageData, which is given away); answers { rgba, milliseconds }.
  paint(name, image, vector, { paint = 1, moving = false, begins = false } = {}) {
    const rgba = image.data;
    return this.ask({ task: "paint", name, rgba, vector, paint, moving, begins }, [rgba.buffer]);
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

  fail(error) {
    for (const id of [...this.waiting.keys()]) this.answer(id, { error });
  }

  // Close when all pictures that were asked for are painted.
  async retire() {
    await this.ask({ task: "rest" });
    this.close();
  }

  close() {
    this.worker.terminate();
  }
}
