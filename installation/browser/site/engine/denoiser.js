// The noise filter of installation/painter/denoise.py, in the same integers: averages over time where the picture rests,
// and passes moving parts unchanged. Pictures are held in 128ths of a level.

const BLOCK = 4;
const FRACTION = 7;
const KEEP_STEPS = 16;
const MOST_KEPT = 0.9;
const LARGEST_CORRECTION = 15 << FRACTION;
const [LEAST_NOISE, MOST_NOISE] = [0.6, 8];
const QUIET_SHARE = 4;
const [MOTION_FROM, MOTION_FULL] = [1.4, 2.4];

export class Denoiser {
  // `amount` 0…1 is `camera.denoise` of the installation.
  constructor(height, width, amount) {
    Object.assign(this, { width, rows: height / BLOCK, columns: width / BLOCK });
    this.keep = Math.fround(MOST_KEPT * Math.sqrt(amount) * KEEP_STEPS);
    this.noise = 2;
    this.average = null;
    this.difference = new Float32Array(this.rows * this.columns);
    this.other = new Float32Array(this.difference.length);
  }

  // Filter a frame (RGB bytes, row by row) in place.
  apply(pixels) {
    this.average ??= Int16Array.from(pixels, (level) => level << FRACTION);
    this.measure(pixels);
    this.learn();
    this.decide();
    const { average, columns, width } = this;
    for (let place = 0, row = 0; place < pixels.length; row += 1) {
      const line = (row >> 2) * columns;
      for (let across = 0; across < width * 3; across += 1, place += 1) {
        const level = pixels[place] << FRACTION;
        const away = Math.min(LARGEST_CORRECTION, Math.max(-LARGEST_CORRECTION, level - average[place]));
        average[place] = level - ((away * Math.trunc(this.difference[line + Math.floor(across / (BLOCK * 3))])) >> 4);
        pixels[place] = (average[place] + (1 << (FRACTION - 1))) >> FRACTION;
      }
    }
  }

  // Mean distance from the average in each block, in levels.
  measure(pixels) {
    const line = this.width * 3;
    for (let row = 0, block = 0; row < this.rows; row += 1) {
      for (let column = 0; column < this.columns; column += 1, block += 1) {
        let sum = 0;
        for (let across = 0; across < BLOCK * 3; across += 1) {
          let place = row * BLOCK * line + column * BLOCK * 3 + across;
          let distance = 0;
          for (let down = 0; down < BLOCK; down += 1, place += line) {
            distance += Math.abs((pixels[place] << FRACTION) - this.average[place]) >> 3;
          }
          sum += distance >> 3;
        }
        this.difference[block] = sum / (8 * BLOCK * 3);
      }
    }
  }

  // The noise level, on the quarter of the blocks that differ least: slowly up, and faster down.
  learn() {
    const level = Float32Array.from(this.difference).sort()[Math.floor(this.difference.length / QUIET_SHARE)];
    this.noise += (level - this.noise) * (level > this.noise ? 0.05 : 0.2);
    this.noise = Math.min(Math.max(this.noise, LEAST_NOISE), MOST_NOISE);
  }

  // The blocks' differences become the share of the average that each keeps, in sixteenths.
  decide() {
    const { difference } = this;
    const from = MOTION_FROM * this.noise;
    const full = 1 / ((MOTION_FULL - MOTION_FROM) * this.noise);
    for (let block = 0; block < difference.length; block += 1) {
      difference[block] = Math.min(1, Math.max(0, (difference[block] - from) * full));
    }
    this.spread(Math.max);
    this.spread((a, b) => Math.fround(a + b));
    for (let block = 0; block < difference.length; block += 1) {
      difference[block] = difference[block] * (-this.keep / 9) + this.keep + 0.5;
    }
  }

  // Combine each block with its eight neighbours; the border is repeated outwards.
  spread(combine) {
    const { rows, columns, difference, other } = this;
    for (let row = 0, block = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1, block += 1) {
        const left = column > 0 ? block - 1 : block;
        const right = column < columns - 1 ? block + 1 : block;
        other[block] = combine(combine(difference[left], difference[block]), difference[right]);
      }
    }
    for (let row = 0, block = 0; row < rows; row += 1) {
      const above = row > 0 ? -columns : 0;
      const below = row < rows - 1 ? columns : 0;
      for (let column = 0; column < columns; column += 1, block += 1) {
        difference[block] = combine(combine(other[block + above], other[block]), other[block + below]);
      }
    }
  }
}
