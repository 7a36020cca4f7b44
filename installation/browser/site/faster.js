// Looks for a faster way to run the network than one thread: more threads, or WebGPU. Each paints the same picture in
// turn with the one in use, and takes over only if its picture is the same and it is clearly faster.

import { Studio } from "./studio.js";

const ROUNDS = 8;
const CLEARLY = 0.85;
const PATIENCE_MS = 30000;
const SAME = 2; // mean difference in levels of 255
const MOST_THREADS = 4;

// The ways that this browser offers, as [kind, threads].
async function offered() {
  const ways = [];
  // With fewer cores the threads would wait for each other, and for the page.
  const cores = navigator.hardwareConcurrency ?? 1;
  if (self.crossOriginIsolated && cores >= 4) ways.push(["threads", Math.min(MOST_THREADS, cores - 2)]);
  if (navigator.gpu && "Suspending" in WebAssembly && await navigator.gpu.requestAdapter()) ways.push(["webgpu", 1]);
  return ways;
}

// The fastest studio: `studio` itself, or another in its place. `name` and `vector` are what it is tried with.
export async function fastest(studio, sizes, name, vector) {
  if (navigator.connection?.saveData) return studio;
  let best = studio;
  for (const [kind, threads] of await offered()) {
    let other = null;
    try {
      other = await Studio.open(sizes, kind, threads, PATIENCE_MS);
      if (await patiently(beats(other, best, sizes.sizes[name], name, vector))) [best, other] = [other, best];
    } catch (error) {
      console.info(`${kind}: ${error.message}`);
    }
    if (other !== studio) other?.close();
  }
  return best;
}

async function beats(other, best, { height, width }, name, vector) {
  const times = new Map([[other, []], [best, []]]);
  for (let round = 0; round < ROUNDS; round += 1) {
    const pictures = [];
    for (const [studio, taken] of times) {
      const { rgba, milliseconds } = await studio.paint(name, pattern(height, width), vector);
      pictures.push(rgba);
      if (round > 1) taken.push(milliseconds); // the first ones still prepare
    }
    if (difference(...pictures) > SAME) return false;
  }
  const median = (taken) => taken.sort((a, b) => a - b)[taken.length >> 1];
  return median(times.get(other)) < CLEARLY * median(times.get(best));
}

function pattern(height, width) {
  const image = new ImageData(width, height);
  image.data.forEach((_, place) => { image.data[place] = 128 + 90 * Math.sin(place / 370) * Math.cos(place / 91011); });
  return image;
}

function difference(one, other) {
  return one.reduce((sum, value, place) => sum + Math.abs(value - other[place]), 0) / one.length;
}

function patiently(promise) {
  return Promise.race([promise, new Promise((_, reject) => {
    setTimeout(() => reject(new Error("no answer in time")), PATIENCE_MS);
  })]);
}
