"use strict";
// The picture of a style: painted by the network, or generated for a style that has none. And the painting itself.

const SHAPES = 5;

const Tiles = {
  fill(frame, name, title) {
    const image = document.createElement("img");
    image.alt = "";
    image.width = 160;
    image.height = 160;
    image.draggable = false;
    image.addEventListener("error", () => frame.replaceChildren(Tiles.generated(name, title)), { once: true });
    image.src = `tiles/${name}.webp`; // a Payloads.name: a-z, 0-9 and '-' only
    frame.replaceChildren(image);
  },

  // Soft strokes in two hues derived from the name: the same on every phone.
  generated(name, title) {
    const random = Tiles.random(name);
    const svg = Tiles.svg("svg", { viewBox: "0 0 160 160", "aria-hidden": "true", class: "generated" });
    const hue = Math.floor(random() * 360);
    svg.append(Tiles.svg("rect", { width: 160, height: 160, fill: `hsl(${hue} 18% 24%)` }));
    for (let index = 0; index < SHAPES; index += 1) {
      const y = Math.round((index + 0.3 + random() * 0.4) * (160 / SHAPES));
      const [a, b] = [Math.round(random() * 80 - 40), Math.round(random() * 80 - 40)];
      svg.append(Tiles.svg("path", {
        d: `M-10 ${y} C40 ${y + a} 110 ${y + b} 170 ${y}`,
        stroke: `hsl(${(hue + (index % 2) * 40) % 360} ${20 + Math.round(random() * 15)}% ${34 + index * 5}%)`,
        "stroke-width": 10 + Math.round(random() * 14),
        "stroke-linecap": "round",
        fill: "none",
      }));
    }
    const letter = Tiles.svg("text", { x: 80, y: 98, "text-anchor": "middle", "font-size": 52, fill: "#f1ebdf" });
    letter.textContent = Array.from(title)[0]?.toUpperCase() ?? "";
    svg.append(letter);
    return svg;
  },

  svg(tag, attributes) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
    return element;
  },

  // A pseudo-random generator of numbers 0…1, seeded by a text.
  random(text) {
    let state = 2166136261;
    for (const char of text) state = Math.imul(state ^ char.codePointAt(0), 16777619);
    return () => {
      state = Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9 | 0;
      return ((state ^ (state >>> 13)) >>> 0) / 4294967296;
    };
  },
};

// A sentence about each painting: one file a language, fetched when it is first shown.
const Paintings = {
  texts: {},

  async about(name, language) {
    this.texts[language] ??= fetch(`paintings/${language}.json`).then((answer) => answer.json()).catch(() => ({}));
    const text = (await this.texts[language])[name];
    return typeof text === "string" ? text : "";
  },
};
