// Runs the page's own steps in node: each line in is a task, each line out its answer. Bytes are base64.
import { createInterface } from "node:readline";

const [, , folder] = process.argv;
const { Strokes } = await import(`${folder}/strokes.js`);
const { Denoiser } = await import(`${folder}/denoiser.js`);
const { uncover } = await import(`${folder}/plain.js`);
const { mixed } = await import(`${folder}/mixing.js`);

const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const text = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64");

const tasks = {
  lay({ numbers, constants, fields, steady, frames }) {
    const strokes = new Strokes(numbers, constants, bytes(fields).buffer, steady);
    for (const frame of frames) strokes.lay(bytes(frame));
    return [text(strokes.strokesInput), text(strokes.bristlesInput)];
  },
  denoise({ height, width, amount, frames }) {
    const denoiser = new Denoiser(height, width, amount);
    return frames.map((frame) => {
      const pixels = bytes(frame);
      denoiser.apply(pixels);
      return text(pixels);
    });
  },
  uncover({ picture, frame, paint, enough }) {
    const pixels = bytes(picture);
    uncover(pixels, bytes(frame), paint, enough);
    return text(pixels);
  },
  mix: ({ photo, parts, strength }) => text(mixed(photo, parts, strength)),
};

createInterface({ input: process.stdin }).on("line", (line) => {
  const { task, ...given } = JSON.parse(line);
  console.log(JSON.stringify(tasks[task](given)));
});
