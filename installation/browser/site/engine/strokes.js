// Lays the canvas for one picture size: the fields, smeared along the directions of the photo. The same steps as in
// installation/painter (canvas.py, directions.py, smearing.py, bristles.py), which also wrote all numbers and fields.

export class Strokes {
  // `numbers` of this size and `constants` from sizes.json; `fields` is the ArrayBuffer of this size's table; `steady`
  // averages the directions over time, for the frames of a camera or clip.
  constructor(numbers, constants, fields, steady) {
    Object.assign(this, numbers, { constants, steady });
    const places = this.rows * this.columns;
    this.strokeField = unfixed(new Int16Array(fields, 0, places * 2), constants.fixed);
    const angles = new Uint16Array(fields, places * 4, places);
    this.swirl = new Float32Array(places * 2);
    angles.forEach((angle, place) => {
      this.swirl[place * 2] = constants.swirl * Math.cos((angle / constants.turn) * 2 * Math.PI);
      this.swirl[place * 2 + 1] = constants.swirl * Math.sin((angle / constants.turn) * 2 * Math.PI);
    });
    this.fine = { rows: this.height / 2, columns: this.width / 2 };
    this.bristleField = unfixed(new Int16Array(fields, places * 6, this.fine.rows * this.fine.columns), constants.fixed);
    this.luma = new Uint8Array(places);
    this.fresh = new Float32Array(places * 3);
    this.blurred = new Float32Array(places * 3);
    this.tensor = new Float32Array(places * 3);
    this.begin();
    this.x = new Float32Array(places);
    this.y = new Float32Array(places);
    this.room = new Float32Array(places);
    this.cosine = new Float32Array(places);
    this.sine = new Float32Array(places);
    this.between = {
      rows: between(this.height / this.scale, this.scale / 2),
      columns: between(this.width / this.scale, this.scale / 2),
    };
    this.fineX = new Float32Array(this.bristleField.length);
    this.fineY = new Float32Array(this.bristleField.length);
    this.fineRoom = new Float32Array(this.bristleField.length);
    this.twoStrokes = [new Float32Array(places * 2), new Float32Array(places * 2)];
    this.twoBristles = [new Float32Array(this.bristleField.length), new Float32Array(this.bristleField.length)];
    // The network's inputs: the int8 values plus 128.
    this.strokesInput = new Uint8Array(places * 2);
    this.bristlesInput = new Uint8Array(this.bristleField.length);
  }

  // Forget the frames before.
  begin() {
    this.started = false;
  }

  // Compute both inputs for a picture (RGB bytes, row by row).
  lay(pixels) {
    this.shrinkLuma(pixels);
    this.findDirections();
    const smeared = this.smear(this.strokeField, this.twoStrokes, this.x, this.y, this, 2, this.strokes.reach);
    const [coarse, fine] = this.strokes.gain;
    for (let place = 0; place < this.room.length; place += 1) {
      this.strokesInput[place * 2] = signed(smeared[place * 2] * this.room[place] * coarse, -128) + 128;
      this.strokesInput[place * 2 + 1] = signed(smeared[place * 2 + 1] * this.room[place] * fine, -128) + 128;
    }
    this.refineDirections();
    const hairs = this.smear(this.bristleField, this.twoBristles, this.fineX, this.fineY, this.fine, 1, this.bristles.reach);
    const [gain] = this.bristles.gain;
    for (let place = 0; place < hairs.length; place += 1) {
      this.bristlesInput[place] = signed(hairs[place] * this.fineRoom[place] * gain, -127) + 128;
    }
  }

  // Luma of each position: the mean of its pixels; the border is repeated into the margin.
  shrinkLuma(pixels) {
    const { scale, before, rows, columns, width } = this;
    const inner = { rows: this.height / scale, columns: width / scale };
    for (let row = 0; row < inner.rows; row += 1) {
      for (let column = 0; column < inner.columns; column += 1) {
        let sum = 0;
        for (let down = 0; down < scale; down += 1) {
          let place = ((row * scale + down) * width + column * scale) * 3;
          for (let right = 0; right < scale; right += 1, place += 3) {
            sum += (pixels[place] * 9798 + pixels[place + 1] * 19235 + pixels[place + 2] * 3735 + 16384) >> 15;
          }
        }
        this.luma[(row + before) * columns + column + before] = even(sum / (scale * scale));
      }
      const line = (row + before) * columns;
      this.luma.fill(this.luma[line + before], line, line + before);
      this.luma.fill(this.luma[line + before + inner.columns - 1], line + before + inner.columns, line + columns);
    }
    for (let row = 0; row < before; row += 1) this.luma.copyWithin(row * columns, before * columns, (before + 1) * columns);
    const last = before + inner.rows - 1;
    for (let row = last + 1; row < rows; row += 1) this.luma.copyWithin(row * columns, last * columns, (last + 1) * columns);
  }

  // Unit vectors along the strokes, and how much of their contrast strokes keep.
  findDirections() {
    const { luma, fresh, tensor, swirl, rows, columns, constants } = this;
    for (let row = 0; row < rows; row += 1) {
      const above = reflected(row - 1, rows) * columns;
      const here = row * columns;
      const below = reflected(row + 1, rows) * columns;
      for (let column = 0; column < columns; column += 1) {
        const left = reflected(column - 1, columns);
        const right = reflected(column + 1, columns);
        const across = (luma[above + right] - luma[above + left] + 2 * (luma[here + right] - luma[here + left])
          + luma[below + right] - luma[below + left]) / 255;
        const down = (luma[below + left] - luma[above + left] + 2 * (luma[below + column] - luma[above + column])
          + luma[below + right] - luma[above + right]) / 255;
        const place = (here + column) * 3;
        fresh[place] = across * across - down * down;
        fresh[place + 1] = 2 * across * down;
        fresh[place + 2] = across * across + down * down;
      }
    }
    blur(fresh, this.blurred, this.kernel, rows, columns);
    if (this.steady && this.started) {
      const { renewed } = constants;
      for (let place = 0; place < tensor.length; place += 1) tensor[place] += (fresh[place] - tensor[place]) * renewed;
    } else {
      tensor.set(fresh);
      this.started = true;
    }
    for (let place = 0; place < this.x.length; place += 1) {
      // Half the doubled angle is the gradient's, across the stroke; 90° further is along the stroke.
      const angle = Math.atan2(tensor[place * 3 + 1] + swirl[place * 2 + 1], tensor[place * 3] + swirl[place * 2]) / 2;
      this.x[place] = -Math.sin(angle);
      this.y[place] = Math.cos(angle);
      this.room[place] = constants.faintest
        + (1 - constants.faintest) / (1 + tensor[place * 3 + 2] / (constants.edge * constants.edge));
    }
  }

  // The direction of each bristle, and how much of its contrast it keeps, between those of four positions. Opposite
  // vectors mean the same direction, but their average is zero: average vectors with doubled angles.
  refineDirections() {
    const { before, columns, fine, x, y, room, cosine, sine } = this;
    for (let place = 0; place < x.length; place += 1) {
      cosine[place] = x[place] * x[place] - y[place] * y[place];
      sine[place] = 2 * x[place] * y[place];
    }
    for (let row = 0, place = 0; row < fine.rows; row += 1) {
      const [above, below, lower] = this.between.rows[row];
      const first = (above + before) * columns + before;
      const second = (below + before) * columns + before;
      for (let column = 0; column < fine.columns; column += 1, place += 1) {
        const [left, right, later] = this.between.columns[column];
        const places = [first + left, first + right, second + left, second + right];
        const across = mean(cosine, places, later, lower);
        const down = mean(sine, places, later, lower);
        // Cosine and sine of half the angle.
        const share = across / (Math.sqrt(across * across + down * down) || 1) / 2;
        this.fineX[place] = Math.sqrt(Math.max(0, 0.5 + share));
        this.fineY[place] = Math.sign(down) * Math.sqrt(Math.max(0, 0.5 - share));
        this.fineRoom[place] = Math.sqrt(mean(room, places, later, lower));
      }
    }
  }

  // In passes of three samples: in the middle, and `reach` before and behind it.
  smear(field, [first, second], x, y, { rows, columns }, channels, reach) {
    let source = field;
    let target = first;
    for (const step of reach) {
      smearOnce(source, target, x, y, rows, columns, channels, step);
      [source, target] = [target, source === first ? first : second];
    }
    return source;
  }
}

// For each position of a grid `ratio` times as fine: the two of `count` between which it lies, and the second's share.
function between(count, ratio) {
  return Array.from({ length: count * ratio }, (_, place) => {
    const middle = Math.min(count - 1, Math.max(0, (place + 0.5) / ratio - 0.5));
    const first = Math.floor(middle);
    return [first, Math.min(count - 1, first + 1), middle - first];
  });
}

// The mean of four values around a position: above left, above right, below left, below right.
function mean(values, [aboveLeft, aboveRight, belowLeft, belowRight], later, lower) {
  const above = values[aboveLeft] + (values[aboveRight] - values[aboveLeft]) * later;
  const below = values[belowLeft] + (values[belowRight] - values[belowLeft]) * later;
  return above + (below - above) * lower;
}

function smearOnce(source, target, x, y, rows, columns, channels, step) {
  for (let row = 0, place = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1, place += 1) {
      const own = place * channels;
      for (let channel = 0; channel < channels; channel += 1) target[own + channel] = source[own + channel] / 3;
      addSample(source, target, own, column + x[place] * step, row + y[place] * step, rows, columns, channels);
      addSample(source, target, own, column - x[place] * step, row - y[place] * step, rows, columns, channels);
    }
  }
}

// Add a third of the source at (across, down), between four positions; beyond the border it is mirrored.
function addSample(source, target, own, across, down, rows, columns, channels) {
  const left = Math.floor(across);
  const top = Math.floor(down);
  const right = across - left;
  const below = down - top;
  let above = top * columns;
  let under = above + columns;
  let near = left;
  let far = left + 1;
  if (left < 0 || top < 0 || far >= columns || top + 1 >= rows) {
    near = reflected(left, columns);
    far = reflected(left + 1, columns);
    above = reflected(top, rows) * columns;
    under = reflected(top + 1, rows) * columns;
  }
  const weights = [(1 - right) * (1 - below) / 3, right * (1 - below) / 3, (1 - right) * below / 3, right * below / 3];
  for (let channel = 0; channel < channels; channel += 1) {
    target[own + channel] += source[(above + near) * channels + channel] * weights[0]
      + source[(above + far) * channels + channel] * weights[1]
      + source[(under + near) * channels + channel] * weights[2]
      + source[(under + far) * channels + channel] * weights[3];
  }
}

const CHANNELS = 3; // cosine, sine, energy

// Blur the tensor in place, along rows first; `between` is as large.
function blur(values, between, kernel, rows, columns) {
  blurLines(values, between, kernel, rows, columns * CHANNELS, columns, CHANNELS);
  blurLines(between, values, kernel, columns, CHANNELS, rows, columns * CHANNELS);
}

// Blur `lines` lines, `apart` values from one to the next, of `count` positions that are `stride` values apart.
function blurLines(source, target, kernel, lines, apart, count, stride) {
  const middle = (kernel.length - 1) / 2;
  for (let line = 0; line < lines; line += 1) {
    for (let position = 0; position < count; position += 1) {
      let [a, b, c] = [0, 0, 0];
      for (let tap = 0; tap < kernel.length; tap += 1) {
        const place = line * apart + reflected(position + tap - middle, count) * stride;
        const weight = kernel[tap];
        a += source[place] * weight;
        b += source[place + 1] * weight;
        c += source[place + 2] * weight;
      }
      const place = line * apart + position * stride;
      target[place] = a;
      target[place + 1] = b;
      target[place + 2] = c;
    }
  }
}

function reflected(index, count) {
  if (index < 0) return -index;
  return index >= count ? 2 * count - 2 - index : index;
}

// Rounded to the nearest, halves to the even number.
function even(value) {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

function signed(value, least) {
  return Math.min(127, Math.max(least, even(value)));
}

function unfixed(values, one) {
  return Float32Array.from(values, (value) => value / one);
}
