// The page: opens a source, has its pictures painted, shows them. words.js, tiles.js and mixpad.js are the visitor page's.

import { mixed } from "./engine/mixing.js";
import { fastest } from "./faster.js";
import { keepSite } from "./offline.js";
import { recordable, record } from "./recorder.js";
import { Moving, Photo, nearestSize } from "./sources.js";
import { Studio } from "./studio.js";

const NEWS_MS = 6000;
const STATS_MS = 500;
const LIVE_CLASS = 256;
const STILL_CLASS = 448;

// As page.css knows them.
const CONDITIONS = { loading: "connecting", liveHere: "live", photoShown: "live" };

const $ = (id) => document.getElementById(id);

class Page {
  constructor(sizes, styles) {
    this.sizes = sizes;
    this.styles = new Map(styles.map((style) => [style.name, style]));
    this.speech = new Speech();
    this.mix = [[styles[0].name, 1]];
    this.strength = 1;
    this.source = null;
    this.moments = [];
    this.grabber = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    this.screen = $("picture").getContext("2d");
    this.pad = new MixPad({ pad: $("pad"), pictures: $("pad-pictures"), point: $("point"), recipe: $("recipe"),
      corners: [0, 1, 2, 3].map((index) => $(`corner-${index}`)), speech: this.speech,
      onMix: (weights) => this.choose(weights) });
    this.listen();
    this.buildTiles();
    this.pad.offer(this.styles);
    this.translate();
    this.say("loading");
    $("main").hidden = false;
    this.start();
  }

  async start() {
    this.enable(false);
    try {
      this.studio = await Studio.open(this.sizes);
    } catch (error) {
      console.warn(error);
      this.say("broken");
      return;
    }
    this.enable(true);
    this.say("ready");
    this.keep();
    this.hurry();
  }

  async keep() {
    try {
      $("offline").hidden = !await keepSite(this.studio.used);
    } catch (error) {
      console.info(`offline: ${error.message}`); // a browser that keeps nothing, or has no room: the page works all the same
    }
  }

  // Change to a faster way of painting, if the browser has one.
  async hurry() {
    $("engine").textContent = this.studio.kind;
    const slower = this.studio;
    this.studio = await fastest(slower, this.sizes, nearestSize(this.sizes, LIVE_CLASS, 1), this.vector());
    $("engine").textContent = this.studio.kind;
    if (this.studio !== slower) await slower.retire();
  }

  listen() {
    $("camera").addEventListener("click", () => this.open(() => Moving.camera($("video")), "noCamera"));
    $("file").addEventListener("change", () => {
      const [file] = $("file").files;
      $("file").value = ""; // the same file may be chosen again
      if (file) this.open(() => (file.type.startsWith("video/") ? Moving.clip($("video"), file) : Photo.open(file)), "badFile");
    });
    $("stop").addEventListener("click", () => this.close());
    $("strength").addEventListener("input", () => {
      this.strength = Number($("strength").value) / 100;
      this.showStrength();
      this.repaint();
    });
    $("fullscreen").hidden = !document.fullscreenEnabled;
    $("fullscreen").addEventListener("click", () => $("frame").requestFullscreen());
    $("save").addEventListener("click", () => this.save());
    $("record").addEventListener("click", () => this.record());
    $("stats").hidden = !new URLSearchParams(location.search).has("stats");
    setInterval(() => this.count(), STATS_MS);
    for (const button of $("languages").children) {
      button.addEventListener("click", () => {
        this.speech.use(button.value);
        this.translate();
      });
    }
  }

  enable(enabled) {
    $("camera").disabled = !enabled;
    $("file").disabled = !enabled;
    $("file").parentElement.classList.toggle("disabled", !enabled);
  }

  // --- what is painted ----------------------------------------------------------------------------------------------

  async open(opening, complaint) {
    this.close();
    this.enable(false);
    try {
      this.source = await opening();
    } catch (error) {
      console.warn(error);
      this.tell(complaint);
    }
    this.enable(true);
    if (!this.source) return;
    $("stop").hidden = false;
    $("stage").hidden = false;
    this.say(this.source.moving ? "liveHere" : "photoShown");
    $("record").hidden = !this.source.moving || !recordable();
    if (this.source.moving) this.live(this.source);
    else this.repaint();
  }

  close() {
    this.source?.close();
    this.source = null;
    $("stop").hidden = true;
    $("record").hidden = true;
    if (this.studio) this.say("ready");
  }

  // Paint one frame after another, for as long as this source is open.
  async live(source) {
    let begins = true;
    await source.next();
    while (this.source === source) {
      const name = nearestSize(this.sizes, LIVE_CLASS, source.aspect);
      if (!await this.paint(source, name, { moving: true, begins })) return;
      begins = false;
      this.moments.push(performance.now());
      await source.next();
    }
  }

  // A photo is painted anew whenever the choice changes; one painting at a time, and the last choice wins.
  async repaint() {
    const { source } = this;
    if (!source || source.moving) return;
    this.again = true;
    if (this.busy) return;
    this.busy = true;
    while (this.again && this.source && !this.source.moving) {
      this.again = false;
      await this.paint(this.source, nearestSize(this.sizes, STILL_CLASS, this.source.aspect));
    }
    this.busy = false;
  }

  // Paint what the source shows now, on the screen; false when that failed or the source was closed meanwhile.
  async paint(source, name, options = {}) {
    try {
      const painted = await this.painted(source, name, options);
      if (this.source !== source) return false;
      const { canvas } = this.screen;
      if (canvas.width !== painted.width || canvas.height !== painted.height) {
        [canvas.width, canvas.height] = [painted.width, painted.height];
      }
      this.screen.putImageData(painted, 0, 0);
      return true;
    } catch (error) {
      if (this.source !== source) return false;
      console.warn(error);
      this.close();
      this.say("failed");
      return false;
    }
  }

  async painted(source, name, options) {
    const { height, width } = this.sizes.sizes[name];
    const { canvas } = this.grabber;
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    source.draw(this.grabber);
    const image = this.grabber.getImageData(0, 0, width, height);
    const { rgba } = await this.studio.paint(name, image, this.vector(), { ...options, paint: this.amountOfPaint() });
    return new ImageData(rgba, width, height);
  }

  vector() {
    const parts = this.mix.map(([name, weight]) => [this.styles.get(name).vector, weight]);
    return mixed(this.styles.get("photo").vector, parts, this.strength);
  }

  // How much of the picture is not the plain mirror.
  amountOfPaint() {
    return this.strength * this.mix.reduce((sum, [name, weight]) => sum + (name === "photo" ? 0 : weight), 0);
  }

  // The moment of the tap, painted anew in the larger size of photos.
  async save() {
    const { source } = this;
    if (!source) return;
    const canvas = document.createElement("canvas");
    try {
      const painted = await this.painted(source, nearestSize(this.sizes, STILL_CLASS, source.aspect), {});
      [canvas.width, canvas.height] = [painted.width, painted.height];
      canvas.getContext("2d").putImageData(painted, 0, 0);
    } catch (error) {
      console.warn(error);
      this.tell("failed");
      return;
    }
    canvas.toBlob((blob) => this.download(blob, "png"), "image/png");
  }

  async record() {
    const { source } = this;
    const type = recordable();
    $("record").disabled = true;
    try {
      const tick = (seconds) => { $("record").textContent = this.speech.say("recording", { seconds }); };
      const film = await record($("picture"), type, tick, () => this.source !== source);
      this.download(film, film.type.endsWith("mp4") ? "mp4" : "webm");
    } catch (error) {
      console.warn(error);
      this.tell("noFilm");
    }
    $("record").disabled = false;
    $("record").textContent = this.speech.say("record");
  }

  download(blob, ending) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `living-mirror-${this.mix.map(([name]) => name).join("-")}.${ending}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), NEWS_MS);
  }

  // --- what is chosen -----------------------------------------------------------------------------------------------

  choose(weights) {
    if (weights.length === 0) return;
    this.mix = weights;
    this.draw();
    this.repaint();
  }

  // --- on screen ----------------------------------------------------------------------------------------------------

  buildTiles() {
    $("styles").replaceChildren(...[...this.styles.values()].map((style) => {
      const tile = make("button", "tile");
      tile.type = "button";
      tile.dataset.name = style.name;
      const picture = make("span", "picture");
      Tiles.fill(picture, style.name, style.title);
      const mark = make("span", "mark");
      mark.setAttribute("aria-hidden", "true");
      tile.append(picture, mark, make("span", "work", this.speech.title(style.name, style)),
        make("span", "artist", [style.artist, style.year].filter(Boolean).join(", ")));
      tile.addEventListener("click", () => this.choose([[style.name, 1]]));
      return tile;
    }));
  }

  draw() {
    const weights = new Map(this.mix);
    const share = (weight) => this.speech.percent(Math.round(weight * 100) / 100);
    for (const tile of $("styles").children) {
      const { name } = tile.dataset;
      const weight = weights.get(name) ?? 0;
      tile.querySelector(".work").textContent = this.speech.title(name, this.styles.get(name));
      tile.setAttribute("aria-pressed", String(weight > 0));
      tile.querySelector(".mark").textContent = weight > 0 && weight < 1 ? share(weight) : "✓";
    }
    const title = (style) => this.speech.title(style.name, style);
    const styles = this.mix.map(([name, weight]) => [this.styles.get(name), weight]);
    const [[only]] = styles;
    $("work").textContent = styles.length === 1
      ? title(only)
      : styles.map(([style, weight]) => `${share(weight)} ${title(style)}`).join(" · ");
    $("artist").textContent = styles.length === 1 ? [only.artist, only.year].filter(Boolean).join(", ") : "";
  }

  showStrength() {
    const text = this.speech.percent(this.strength);
    $("strength-value").textContent = text;
    $("strength").setAttribute("aria-valuetext", text);
    $("strength").style.setProperty("--filled", `${Math.round(this.strength * 100)}%`);
  }

  // Pictures a second, over the last two seconds.
  count() {
    const now = performance.now();
    this.moments = this.moments.filter((moment) => now - moment < 2000);
    $("fps").textContent = (this.moments.length / 2).toFixed(1);
  }

  translate() {
    const button = [...$("languages").children].find((one) => one.value === this.speech.language);
    document.documentElement.lang = button.lang;
    document.title = this.speech.say("eyebrow");
    for (const one of $("languages").children) one.setAttribute("aria-pressed", String(one === button));
    for (const element of document.querySelectorAll("[data-word]")) element.textContent = this.speech.say(element.dataset.word);
    for (const element of document.querySelectorAll("[data-label]")) {
      element.setAttribute("aria-label", this.speech.say(element.dataset.label));
    }
    if (this.said) this.say(this.said);
    this.showStrength();
    this.pad.translate();
    this.draw();
  }

  // What the page does now.
  say(key) {
    this.said = key;
    $("status").dataset.condition = CONDITIONS[key] ?? key;
    $("status").textContent = this.speech.say(key);
  }

  // What just happened.
  tell(key, values) {
    clearTimeout(this.newsTimer);
    $("news").textContent = this.speech.say(key, values);
    this.newsTimer = setTimeout(() => { $("news").textContent = ""; }, NEWS_MS);
  }
}

function make(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

const [sizes, styles] = await Promise.all(["sizes.json", "collection.json"].map((name) =>
  fetch(name).then((answer) => answer.json())));
new Page(sizes, styles);
