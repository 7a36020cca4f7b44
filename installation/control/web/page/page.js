"use strict";
// The page: receives states, sends commands. Everything from the network is shown with textContent.

const FIND_MS = 4000; // until "no mirror answers" is said
const NEWS_MS = 6000;
const SEND_EVERY_MS = 80;
const HAND_MS = 1500; // after a touch the slider stays where the hand left it
const MIX_SECONDS = 0.3;
const SCENE_MS = 150;
const SETTLE_MS = 2 * PACE_MS; // a mix that moves is told once in PACE_MS
const OWN_MIX_MS = 4000;

const $ = (id) => document.getElementById(id);

class Page {
  constructor(config) {
    this.base = typeof config?.base === "string" ? config.base : BASE;
    this.speech = new Speech();
    this.id = Page.wanted();
    this.born = Date.now();
    this.mirrors = new Map();
    this.mirror = { availability: null, info: null, style: null, strength: null, mix: null, surprise: null, display: null, phase: null,
      camera: "ok" };
    this.settledMix = null;
    this.touched = { strength: 0, mix: 0 };
    this.timers = new Map();
    this.drawing = false;
    this.pending = new PendingCommands((kind, payload) => this.link?.publish(this.topic(`${kind}/set`), payload) ?? false,
      (kind) => this.unanswered(kind));
    this.pad = new MixPad({ pad: $("pad"), pictures: $("pad-pictures"), point: $("point"), recipe: $("recipe"),
      corners: [0, 1, 2, 3].map((index) => $(`corner-${index}`)), speech: this.speech,
      onMix: (weights) => this.chooseMix(weights) });
    this.listen();
    this.translate();
    const path = typeof config?.path === "string" && /^[\w/-]{0,64}$/.test(config.path) ? config.path : "mqtt";
    const url = new URL(path, location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    url.search = url.hash = "";
    this.link = new Link(url.href, this.topics(), {
      onState: (state) => this.connection(state),
      onMessage: (topic, text) => this.heard(topic, text),
    });
    setTimeout(() => this.draw(), FIND_MS + 100);
  }

  // The installation's id: ?id=… or #…, as in the QR code.
  static wanted() {
    const query = new URLSearchParams(location.search).get("id");
    return Payloads.name(query ?? location.hash.slice(1));
  }

  topic(rest) {
    return `${this.base}/${this.id}/${rest}`;
  }

  topics() {
    return this.id
      ? ["availability", "info", "health", "+/state"].map((rest) => this.topic(rest))
      : ["availability", "info"].map((rest) => `${this.base}/+/${rest}`);
  }

  listen() {
    addEventListener("hashchange", () => location.reload());
    $("another").href = location.pathname;
    $("another").hidden = !this.id;
    for (const button of $("languages").children) {
      button.addEventListener("click", () => {
        this.speech.use(button.value);
        this.translate();
      });
    }
    $("surprise").addEventListener("click", () => this.chooseSurprise());
    $("souvenir").addEventListener("click", () => this.askForSouvenir());
    $("about-picture").addEventListener("error", () => { $("about-picture").hidden = true; });
    const slider = $("strength");
    slider.addEventListener("input", () => {
      this.touched.strength = Date.now();
      const value = Number(slider.value) / 100;
      this.showStrength(value);
      this.soon("strength", () => this.choose("strength", String(value), (state) => Math.abs(state - value) < CLOSE));
    });
  }

  // At most one message of a kind in SEND_EVERY_MS, and always the last one.
  soon(kind, send) {
    const timer = this.timers.get(kind);
    if (timer) {
      timer.next = send;
      return;
    }
    send();
    const waiting = { next: null };
    this.timers.set(kind, waiting);
    setTimeout(() => {
      this.timers.delete(kind);
      if (waiting.next) this.soon(kind, waiting.next);
    }, SEND_EVERY_MS);
  }

  // --- in ---------------------------------------------------------------------------------------------------------

  connection(state) {
    if (state === "up") this.pending.repeat();
    this.draw();
  }

  heard(topic, text) {
    if (!topic.startsWith(`${this.base}/`)) return;
    const [id, ...rest] = topic.slice(this.base.length + 1).split("/");
    if (!Payloads.name(id)) return;
    if (this.id) {
      if (id === this.id) this.learn(rest.join("/"), text);
    } else {
      this.meet(id, rest.join("/"), text);
    }
    this.draw();
  }

  meet(id, what, text) {
    if (!this.mirrors.has(id) && this.mirrors.size >= MOST_STYLES * 5) return;
    const known = this.mirrors.get(id) ?? { online: false, name: "" };
    if (what === "availability") known.online = text === ONLINE;
    if (what === "info") known.name = Payloads.info(text)?.name ?? known.name;
    this.mirrors.set(id, known);
  }

  learn(what, text) {
    const mirror = this.mirror;
    const learners = {
      availability: () => {
        const before = mirror.availability;
        mirror.availability = Payloads.oneOf(text, [ONLINE, OFFLINE]) ?? before;
        // Send the command again: the broker may have lost it.
        if (before === OFFLINE && mirror.availability === ONLINE) this.pending.repeat();
      },
      info: () => this.learnInfo(Payloads.info(text)),
      health: () => { mirror.camera = Payloads.health(text)?.camera ?? mirror.camera; },
      "style/state": () => this.learnStyle(Payloads.name(text)),
      "strength/state": () => this.learnStrength(Payloads.fraction(text)),
      "mix/state": () => this.learnMix(Payloads.mix(text)),
      "surprise/state": () => {
        mirror.surprise = Payloads.surprise(text) ?? mirror.surprise;
        this.pending.settle("surprise", mirror.surprise);
      },
      "display/state": () => { mirror.display = Payloads.oneOf(text, [ON, OFF]) ?? mirror.display; },
      "phase/state": () => {
        mirror.phase = Payloads.oneOf(text, PHASES) ?? mirror.phase;
      },
    };
    if (Object.hasOwn(learners, what)) learners[what]();
  }

  learnInfo(info) {
    if (!info) return;
    const before = this.mirror.info && JSON.stringify([...this.mirror.info.styles.values()]);
    this.mirror.info = info;
    $("souvenir").hidden = !info.souvenir;
    if (before !== JSON.stringify([...info.styles.values()])) {
      this.buildTiles();
      this.pad.offer(info.styles);
    }
  }

  learnStyle(name) {
    if (!name) return;
    const before = this.mirror.style;
    this.mirror.style = name;
    const mine = this.pending.settle("style", name);
    const mixing = this.pending.has("mix", "surprise") || Date.now() - this.touched.mix < HAND_MS;
    if (before !== null && before !== name && !mine && !this.pending.has("style") && !mixing) {
      this.tellOther("other", { title: this.title(name) });
    }
  }

  learnStrength(value) {
    if (value === null) return;
    const before = this.mirror.strength;
    this.mirror.strength = value;
    const mine = this.pending.settle("strength", value) || this.pending.has("strength");
    const hand = Date.now() - this.touched.strength < HAND_MS;
    if (before !== null && Math.abs(before - value) > 0.02 && !mine && !hand) this.tellOther("otherStrength");
  }

  // A morph passes through mixes: only a mix that stays is shown as one.
  learnMix(mix) {
    if (!mix) return;
    this.mirror.mix = mix;
    this.pending.settle("mix", mix);
    clearTimeout(this.mixTimer);
    if (this.settledMix === null) this.settleMix();
    else this.mixTimer = setTimeout(() => this.settleMix(), SETTLE_MS);
  }

  settleMix() {
    const before = this.settledMix;
    this.settledMix = this.mirror.mix.filter(([, weight]) => weight >= LEAST_WEIGHT);
    const changed = JSON.stringify(before) !== JSON.stringify(this.settledMix);
    const own = this.pending.has("mix", "style", "surprise") || Date.now() - this.touched.mix < OWN_MIX_MS;
    if (before !== null && changed && this.settledMix.length > 1 && !own) this.tellOther("otherMix");
    this.draw();
  }

  // Somebody else's change: another visitor's, or the attract loop's? The states of one scene arrive one by one.
  tellOther(key, values) {
    setTimeout(() => {
      if (this.condition() === "live" && this.mirror.phase === "visitor") this.tell(key, values);
    }, SCENE_MS);
  }

  // --- out --------------------------------------------------------------------------------------------------------

  choose(kind, payload, shown) {
    this.pending.make(kind, payload, shown);
    this.draw();
  }

  chooseStyle(name) {
    if (this.refuses()) return;
    this.clearNews();
    this.choose("style", name, (state) => state === name);
    if (this.mirror.style === name && !this.mixture()) this.pending.kept.delete("style"); // shown already: asked, no need to wait
    this.draw();
  }

  chooseMix(weights) {
    if (weights.length === 0 || this.closedBecause()) return;
    this.touched.mix = Date.now();
    const payload = JSON.stringify({ styles: Object.fromEntries(weights), seconds: MIX_SECONDS });
    const near = (state) => weights.every(([name, weight]) =>
      Math.abs((state.find((part) => part[0] === name)?.[1] ?? 0) - weight) < 0.02);
    this.soon("mix", () => this.choose("mix", payload, near));
  }

  // The seed is drawn here: a command that is sent twice must mean the same.
  chooseSurprise() {
    if (this.refuses()) return;
    this.clearNews();
    this.touched.mix = Date.now();
    const seed = String(crypto.getRandomValues(new Uint32Array(1))[0] % SEEDS);
    this.choose("surprise", seed, (state) => state === seed);
  }

  // A wish, not a value: sent once, not kept.
  askForSouvenir() {
    if (this.refuses()) return;
    this.tell(this.link.publish(this.topic("request/souvenir"), "{}") ? "souvenirAsked" : "down");
  }

  unanswered(kind) {
    if (this.link.state !== "up" || this.mirror.availability !== ONLINE) return;
    this.pending.kept.delete(kind);
    this.tell("silent");
    this.draw();
  }

  // --- on screen --------------------------------------------------------------------------------------------------

  title(name) {
    const style = this.mirror.info?.styles.get(name);
    return style ? this.speech.title(name, style) : name;
  }

  // The text that says why nothing can be chosen, or null.
  closedBecause() {
    const { availability, phase, display } = this.mirror;
    if (this.link.state !== "up") return null; // commands are kept
    if (availability === OFFLINE) return "offline";
    if (phase === "closed") return "closed";
    if (phase === "off" || display === OFF) return "off";
    return null;
  }

  refuses() {
    const why = this.closedBecause();
    if (why) this.tell(why);
    return why;
  }

  condition() {
    if (this.link?.state !== "up") return this.link?.state === "down" ? "down" : "connecting";
    if (!this.id) return this.online().length === 0 && Date.now() - this.born > FIND_MS ? "nobody" : "live";
    if (this.mirror.availability === null) return Date.now() - this.born > FIND_MS ? "unknown" : "connecting";
    if (this.closedBecause()) return this.closedBecause();
    if (this.mirror.camera !== "ok") return "blind";
    return this.mirror.phase === "attract" ? "attract" : "live";
  }

  online() {
    return [...this.mirrors].filter(([, mirror]) => mirror.online).sort(([a], [b]) => (a < b ? -1 : 1));
  }

  // The weights of the mix on screen, or null.
  mixture() {
    const mix = this.settledMix;
    return mix && mix.length > 1 && mix[0][0] === this.mirror.style ? new Map(mix) : null;
  }

  draw() {
    if (this.drawing) return;
    this.drawing = true;
    setTimeout(() => { // not requestAnimationFrame: a page in the background must be right when it comes back
      this.drawing = false;
      this.drawStatus();
      if (this.id) this.drawControl();
      else this.drawPicker();
    }, 0);
  }

  drawStatus() {
    const condition = this.condition();
    const status = $("status");
    if (condition !== "live" && status.dataset.condition === "live") this.clearNews();
    status.dataset.condition = condition;
    setText(status, this.speech.say(condition));
    $("hint").hidden = condition !== "live";
    // Do not repeat the heading for a mirror without a name of its own.
    const name = this.mirror.info?.name;
    $("kind").hidden = !name || Speech.isKind(name);
    setText($("name"), $("kind").hidden ? this.speech.say("eyebrow") : name);
  }

  drawPicker() {
    const online = this.online();
    $("picker").hidden = online.length === 0;
    $("control").hidden = true;
    const drawn = JSON.stringify(online);
    if ($("mirrors").dataset.drawn === drawn) return;
    $("mirrors").dataset.drawn = drawn;
    $("mirrors").replaceChildren(...online.map(([id, mirror]) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = `#${id}`;
      link.append(make("span", "work", mirror.name || id), make("span", "artist", id));
      item.append(link);
      return item;
    }));
  }

  drawControl() {
    const { info, style } = this.mirror;
    $("picker").hidden = true;
    $("control").hidden = !info;
    if (!info) return;
    const closed = this.closedBecause() !== null;
    document.body.classList.toggle("closed", closed);
    const mixture = this.mixture();
    const shown = closed ? null : style;
    const asked = this.pending.get("style")?.payload ?? null;
    for (const tile of $("styles").children) {
      const name = tile.dataset.name;
      const weight = mixture?.get(name) ?? 0;
      tile.setAttribute("aria-pressed", String(shown !== null && (mixture ? weight > 0 : name === shown)));
      tile.setAttribute("aria-disabled", String(closed));
      tile.classList.toggle("asked", name === asked);
      setText(tile.querySelector(".mark"), mixture && weight > 0 ? this.speech.percent(Math.round(weight * 100) / 100) : "✓");
    }
    this.drawNow(closed, mixture);
    $("surprise").setAttribute("aria-disabled", String(closed));
    this.drawAbout(closed || mixture ? null : style);
    $("strength").disabled = closed;
    this.pad.disable(closed);
    const hand = Date.now() - this.touched.strength < HAND_MS || this.pending.has("strength");
    if (!hand && this.mirror.strength !== null) {
      $("strength").value = String(Math.round(this.mirror.strength * 100));
      this.showStrength(this.mirror.strength);
    }
  }

  drawNow(closed, mixture) {
    const { info, style } = this.mirror;
    const work = info.styles.get(style);
    $("now").hidden = closed || style === null;
    if (style === null) return;
    const title = mixture
      ? [...mixture].map(([name, weight]) => `${this.speech.percent(Math.round(weight * 100) / 100)} ${this.title(name)}`).join("\n")
      : this.title(style);
    $("now-style").classList.toggle("mixed", mixture !== null);
    setText($("now-style"), title);
    const { surprise } = this.mirror;
    const named = surprise !== null && surprise !== NONE ? this.speech.say("surpriseNumber", { number: surprise }) : "";
    setText($("now-artist"), mixture || !work ? named : [work.artist, work.year].filter(Boolean).join(", "));
    if ($("now-picture").dataset.name !== style) {
      $("now-picture").dataset.name = style;
      Tiles.fill($("now-picture"), style, this.title(style));
    }
  }

  // The picture is lazy: it is fetched when the visitor opens the section.
  async drawAbout(name) {
    const drawn = `${name} ${this.speech.language}`;
    if (this.about === drawn) return;
    this.about = drawn;
    const text = name ? await Paintings.about(name, this.speech.language) : "";
    if (this.about !== drawn) return;
    $("about").hidden = !text;
    setText($("about-text"), text);
    const picture = $("about-picture");
    picture.hidden = !text;
    if (text) picture.src = `paintings/${name}.webp`;
  }

  buildTiles() {
    const focused = document.activeElement?.dataset?.name;
    $("styles").replaceChildren(...[...this.mirror.info.styles.values()].map((style) => {
      const tile = make("button", "tile");
      tile.type = "button";
      tile.dataset.name = style.name;
      tile.setAttribute("aria-pressed", "false");
      const picture = make("span", "picture");
      Tiles.fill(picture, style.name, style.title);
      const mark = make("span", "mark", "✓");
      mark.setAttribute("aria-hidden", "true");
      tile.append(picture, mark, make("span", "work", this.title(style.name)),
        make("span", "artist", [style.artist, style.year].filter(Boolean).join(", ")));
      tile.addEventListener("click", () => this.chooseStyle(style.name));
      return tile;
    }));
    if (focused) [...$("styles").children].find((tile) => tile.dataset.name === focused)?.focus();
  }

  showStrength(value) {
    const text = this.speech.percent(value);
    setText($("strength-value"), text);
    $("strength").setAttribute("aria-valuetext", text);
    $("strength").style.setProperty("--filled", `${Math.round(value * 100)}%`);
  }

  translate() {
    const button = [...$("languages").children].find((one) => one.value === this.speech.language);
    document.documentElement.lang = button.lang;
    document.title = this.speech.say("eyebrow");
    for (const one of $("languages").children) one.setAttribute("aria-pressed", String(one === button));
    for (const element of document.querySelectorAll("[data-word]")) setText(element, this.speech.say(element.dataset.word));
    for (const element of document.querySelectorAll("[data-label]")) {
      element.setAttribute("aria-label", this.speech.say(element.dataset.label));
    }
    this.clearNews();
    this.showStrength(Number($("strength").value) / 100);
    for (const tile of $("styles").children) setText(tile.querySelector(".work"), this.title(tile.dataset.name));
    this.pad.translate();
    this.draw();
  }

  tell(key, values) {
    clearTimeout(this.newsTimer);
    setText($("news"), this.speech.say(key, values));
    this.newsTimer = setTimeout(() => this.clearNews(), NEWS_MS);
  }

  clearNews() {
    clearTimeout(this.newsTimer);
    setText($("news"), "");
  }
}

function make(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

// Write only changes: screen readers read a live region aloud at every write.
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

fetch("config.json", { cache: "no-cache" })
  .then((answer) => answer.json())
  .catch(() => null)
  .then((config) => new Page(config));
