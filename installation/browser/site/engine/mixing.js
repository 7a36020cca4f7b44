// The vector of a mix (weights that sum to 1) at a strength: photo + strength·(Σ weight·style − photo), in the order and
// the floats of installation/collection/collection.py.

export function mixed(photo, parts, strength) {
  const plain = Math.fround(1 - strength);
  const vector = Float32Array.from(photo, (value) => value * plain);
  for (const [style, weight] of parts) {
    const share = Math.fround(strength * weight);
    for (let place = 0; place < vector.length; place += 1) vector[place] += Math.fround(style[place] * share);
  }
  return vector;
}
