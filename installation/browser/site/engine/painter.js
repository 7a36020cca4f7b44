// Paints pictures of one size: frame → noise filter → canvas → network, as installation/painter/live.py does.

import { Denoiser } from "./denoiser.js";
import { uncover } from "./plain.js";
import { Network } from "./runtime.js";
import { Strokes } from "./strokes.js";

const DENOISE = 0.6; // camera.denoise

export class Painter {
  // `site` is the URL of the folder that holds sizes.json; `name` is a size in it, such as 336x192. `moving` for the
  // frames of a camera or a clip, one after another.
  static async open(site, name, { constants, sizes }, { kind = "wasm", threads = 1, moving = false } = {}) {
    const [network, fields] = await Promise.all([
      Network.open(new URL(`sizes/${name}.tflite`, site).href, kind, threads),
      fetch(new URL(`sizes/${name}.bin`, site)).then((answer) => answer.arrayBuffer()),
    ]);
    return new Painter(network, sizes[name], new Strokes(sizes[name], constants, fields, moving), constants.enough, moving);
  }

  constructor(network, { height, width }, strokes, enough, moving) {
    Object.assign(this, { network, strokes, enough, height, width });
    this.pixels = new Uint8Array(height * width * 3);
    this.moving = moving;
    this.begin();
  }

  // Forget the frames before.
  begin() {
    this.denoiser = this.moving ? new Denoiser(this.height, this.width, DENOISE) : null;
    this.strokes.begin();
  }

  // Paint RGBA bytes in place, in the style of a vector; `paint` (0…1) says how much of it is not the plain mirror.
  async paint(rgba, vector, paint = 1) {
    const { pixels } = this;
    for (let from = 0, to = 0; to < pixels.length; from += 4, to += 3) {
      pixels[to] = rgba[from];
      pixels[to + 1] = rgba[from + 1];
      pixels[to + 2] = rgba[from + 2];
    }
    this.denoiser?.apply(pixels);
    this.strokes.lay(pixels);
    const painted = await this.network.run(pixels, vector, this.strokes.strokesInput, this.strokes.bristlesInput);
    uncover(painted, pixels, paint, this.enough);
    for (let from = 0, to = 0; from < painted.length; from += 3, to += 4) {
      rgba[to] = painted[from];
      rgba[to + 1] = painted[from + 1];
      rgba[to + 2] = painted[from + 2];
      rgba[to + 3] = 255;
    }
  }
}
