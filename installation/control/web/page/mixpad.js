"use strict";
// A pad between two, three or four styles: the nearer the point is to a corner, the more of its style.

const KEY_STEP = 0.05;
const FINE_STEP = 0.01;
const LEAST_WEIGHT = 0.02;

// Weights of the chosen corners at a point (0…1, 0…1), in the order of `names`; together 1.
function weightsAt(names, x, y) {
  const shares = {
    1: () => [1],
    2: () => [1 - x, x],
    3: () => [(1 - x) * (1 - y), x * (1 - y), y], // two above, one below
    4: () => [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y],
  }[names.length]();
  const kept = shares.map((share) => (share < LEAST_WEIGHT ? 0 : share));
  const sum = kept.reduce((total, share) => total + share, 0);
  return kept.map((share) => Number((share / sum).toFixed(PLACES)));
}

class MixPad {
  constructor({ pad, pictures, point, recipe, corners, speech, onMix }) {
    Object.assign(this, { pad, pictures, point, recipe, corners, speech, onMix });
    this.styles = new Map();
    this.x = 0.5;
    this.y = 0.5;
    this.disabled = false;
    for (const corner of corners) corner.addEventListener("change", () => this.choose());
    pad.addEventListener("pointerdown", (event) => this.grab(event));
    pad.addEventListener("pointermove", (event) => this.drag(event));
    pad.addEventListener("keydown", (event) => this.key(event));
  }

  // The styles on offer; corners keep their styles where these still exist.
  offer(styles) {
    this.styles = styles;
    const names = [...styles.keys()].filter((name) => name !== "photo").concat(styles.has("photo") ? ["photo"] : []);
    this.corners.forEach((corner, index) => {
      const had = corner.value || (index < 2 ? names[index] : "") || "";
      const options = index < 2 ? names : ["", ...names];
      corner.replaceChildren(...options.map((name) => {
        const option = document.createElement("option");
        option.value = name;
        option.textContent = name ? this.speech.title(name, styles.get(name)) : this.speech.say("none");
        return option;
      }));
      corner.value = options.includes(had) ? had : options[0] ?? "";
    });
    this.show();
  }

  translate() {
    this.corners.forEach((corner, index) => {
      corner.setAttribute("aria-label", this.speech.corner(index));
      for (const option of corner.options) {
        const name = option.value;
        option.textContent = name ? this.speech.title(name, this.styles.get(name)) : this.speech.say("none");
      }
    });
    this.pad.setAttribute("aria-label", this.speech.say("pad"));
    this.show();
  }

  disable(disabled) {
    this.disabled = disabled;
    this.pad.setAttribute("aria-disabled", String(disabled));
    for (const corner of this.corners) corner.disabled = disabled;
  }

  // Chosen styles, each once.
  get names() {
    return [...new Set(this.corners.map((corner) => corner.value).filter((name) => this.styles.has(name)))];
  }

  get weights() {
    const names = this.names;
    if (names.length === 0) return [];
    return weightsAt(names, this.x, this.y).map((weight, index) => [names[index], weight]).filter((part) => part[1] > 0);
  }

  choose() {
    this.show();
    this.onMix(this.weights);
  }

  grab(event) {
    if (this.disabled || event.button !== 0) return;
    this.pad.setPointerCapture(event.pointerId);
    this.pad.focus({ preventScroll: true });
    this.to(event);
    event.preventDefault();
  }

  drag(event) {
    if (this.pad.hasPointerCapture(event.pointerId)) this.to(event);
  }

  to(event) {
    const box = this.pad.getBoundingClientRect();
    this.move((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  }

  key(event) {
    const step = event.shiftKey ? FINE_STEP : KEY_STEP;
    const [dx, dy] = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key] ?? [];
    if (this.disabled || (dx === undefined && event.key !== "Home")) return;
    if (event.key === "Home") this.move(0.5, 0.5);
    else this.move(this.x + dx, this.y + dy);
    event.preventDefault();
  }

  move(x, y) {
    this.x = Math.min(1, Math.max(0, x));
    this.y = Math.min(1, Math.max(0, y));
    this.show();
    this.onMix(this.weights);
  }

  show() {
    this.point.style.left = `${this.x * 100}%`;
    this.point.style.top = `${this.y * 100}%`;
    const weights = this.weights;
    const words = weights.map(([name, weight]) => `${this.speech.percent(weight)} ${this.speech.title(name, this.styles.get(name))}`);
    this.recipe.textContent = words.join(" · ");
    this.pad.setAttribute("aria-valuenow", String(Math.round(this.x * 100)));
    this.pad.setAttribute("aria-valuetext", words.join(", "));
    this.blend(weights);
  }

  // The tiles, blended by their weights.
  blend(weights) {
    const names = this.names;
    if (this.pictures.dataset.names !== names.join(" ")) {
      this.pictures.dataset.names = names.join(" ");
      this.pictures.replaceChildren(...names.map((name) => {
        const frame = document.createElement("div");
        Tiles.fill(frame, name, this.styles.get(name).title);
        return frame;
      }));
    }
    const share = new Map(weights);
    let sum = 0;
    names.forEach((name, index) => {
      const weight = share.get(name) ?? 0;
      sum += weight;
      this.pictures.children[index].style.opacity = sum > 0 ? weight / sum : 0;
    });
  }
}
