// LiteRT.js: runs the network's file for one size. Its own files lie beside this one.

import * as litert from "./litert.js";

// Load the runtime; `kind` is "wasm" (one thread), "threads" or "webgpu". Fails where the browser cannot.
export async function loadRuntime(kind) {
  // Else its threads would begin with this worker's own script.
  if (kind === "threads") self.Module = { mainScriptUrlOrBlob: new URL("litert_wasm_threaded_internal.js", import.meta.url).href };
  await litert.loadLiteRt(new URL("./", import.meta.url).href, { threads: kind === "threads", jspi: kind === "webgpu" });
  if (kind === "webgpu" && !litert.getWebGpuDevice()) throw new Error("no WebGPU device");
}

export class Network {
  // `file` is the URL of the network for one size; `threads` counts for "threads" only.
  static async open(file, kind, threads) {
    const accelerator = kind === "webgpu" ? "webgpu" : "wasm";
    const model = await litert.loadAndCompile(file, { accelerator, cpuOptions: { numThreads: kind === "threads" ? threads : 1 } });
    return new Network(model);
  }

  constructor(model) {
    this.model = model;
    this.shapes = model.getInputDetails().map((input) => [...input.shape]);
  }

  // Paint a frame (RGB bytes) with a vector and a canvas; answers RGB bytes.
  async run(frame, vector, strokes, bristles) {
    const inputs = [frame, vector, strokes, bristles].map((values, place) => new litert.Tensor(values, this.shapes[place]));
    let outputs = [];
    try {
      outputs = await this.model.run(inputs);
      return await outputs[0].data();
    } finally {
      for (const tensor of [...inputs, ...outputs]) if (!tensor.deleted) tensor.delete();
    }
  }
}
