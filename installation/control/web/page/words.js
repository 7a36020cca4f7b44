"use strict";
// Every sentence of the page, in four languages. {name} is filled in as text.

const WORDS = {
  en: {
    eyebrow: "Living mirror",
    connecting: "Connecting …",
    down: "No connection. Your choice is kept and sent as soon as it is back.",
    live: "Live",
    attract: "The mirror is going through its styles by itself. Tap one to take over.",
    hint: "Tap a painting, and the mirror in front of you paints you in its manner.",
    offline: "This mirror is offline just now.",
    closed: "The mirror is closed just now. See you during opening hours.",
    off: "The screen is switched off just now.",
    blind: "The mirror cannot see just now. It will be back shortly.",
    unknown: "No mirror of this name answers.",
    nobody: "No mirror is online just now.",
    pick: "Which mirror are you standing at?",
    onScreen: "On screen",
    styles: "Choose a style",
    strength: "Strength",
    mirror: "Mirror",
    plain: "mirror",
    painted: "painting",
    surprise: "Surprise me",
    surpriseNumber: "Surprise no. {number}",
    souvenir: "A picture to take home",
    souvenirAsked: "Look at the mirror. The picture is deleted after some minutes.",
    mix: "Mix styles",
    mixHelp: "Choose up to four styles, then drag the point, or move it with the arrow keys.",
    about: "About the work",
    pad: "Mix",
    corners: ["Top left", "Top right", "Bottom left", "Bottom right"],
    none: "none",
    other: "Another visitor just chose “{title}”.",
    otherMix: "Another visitor just mixed styles.",
    otherStrength: "Another visitor just changed the strength.",
    silent: "The mirror has not answered. Please try again.",
    another: "Choose another mirror",
    privacy: "This page sets no cookies and tracks nobody.",
    language: "Language",
  },
  de: {
    eyebrow: "Lebender Spiegel",
    connecting: "Verbindung wird aufgebaut …",
    down: "Keine Verbindung. Ihre Wahl ist gemerkt und wird gesendet, sobald sie wieder steht.",
    live: "Verbunden",
    attract: "Der Spiegel geht von selbst durch seine Stile. Tippen Sie einen an, um zu übernehmen.",
    hint: "Tippen Sie ein Gemälde an, und der Spiegel vor Ihnen malt Sie auf seine Art.",
    offline: "Dieser Spiegel ist gerade nicht erreichbar.",
    closed: "Der Spiegel ist gerade geschlossen. Bis zu den Öffnungszeiten!",
    off: "Der Bildschirm ist gerade ausgeschaltet.",
    blind: "Der Spiegel sieht gerade nichts. Gleich geht es weiter.",
    unknown: "Kein Spiegel dieses Namens antwortet.",
    nobody: "Gerade ist kein Spiegel erreichbar.",
    pick: "Vor welchem Spiegel stehen Sie?",
    onScreen: "Auf dem Bildschirm",
    styles: "Stil wählen",
    strength: "Stärke",
    mirror: "Spiegel",
    plain: "Spiegel",
    painted: "Gemälde",
    surprise: "Überraschen Sie mich",
    surpriseNumber: "Überraschung Nr. {number}",
    souvenir: "Ein Bild zum Mitnehmen",
    souvenirAsked: "Schauen Sie zum Spiegel. Das Bild wird nach einigen Minuten gelöscht.",
    mix: "Stile mischen",
    mixHelp: "Wählen Sie bis zu vier Stile und ziehen Sie den Punkt, oder bewegen Sie ihn mit den Pfeiltasten.",
    about: "Über das Werk",
    pad: "Mischung",
    corners: ["Oben links", "Oben rechts", "Unten links", "Unten rechts"],
    none: "keiner",
    other: "Jemand anderes hat gerade „{title}“ gewählt.",
    otherMix: "Jemand anderes hat gerade Stile gemischt.",
    otherStrength: "Jemand anderes hat gerade die Stärke verändert.",
    silent: "Der Spiegel hat nicht geantwortet. Bitte noch einmal versuchen.",
    another: "Anderen Spiegel wählen",
    privacy: "Diese Seite setzt keine Cookies und verfolgt niemanden.",
    language: "Sprache",
  },
  fr: {
    eyebrow: "Miroir vivant",
    connecting: "Connexion …",
    down: "Pas de connexion. Votre choix est gardé et sera envoyé dès son retour.",
    live: "En direct",
    attract: "Le miroir parcourt ses styles tout seul. Touchez-en un pour prendre la main.",
    hint: "Touchez un tableau\u00a0: le miroir devant vous vous peint à sa manière.",
    offline: "Ce miroir est hors ligne en ce moment.",
    closed: "Le miroir est fermé en ce moment. À bientôt, aux heures d’ouverture.",
    off: "L’écran est éteint en ce moment.",
    blind: "Le miroir ne voit rien en ce moment. Il revient bientôt.",
    unknown: "Aucun miroir de ce nom ne répond.",
    nobody: "Aucun miroir n’est en ligne en ce moment.",
    pick: "Devant quel miroir êtes-vous\u00a0?",
    onScreen: "À l’écran",
    styles: "Choisir un style",
    strength: "Intensité",
    mirror: "Miroir",
    plain: "miroir",
    painted: "peinture",
    surprise: "Surprenez-moi",
    surpriseNumber: "Surprise nº\u00a0{number}",
    souvenir: "Une image à emporter",
    souvenirAsked: "Regardez le miroir. L’image est effacée après quelques minutes.",
    mix: "Mélanger les styles",
    mixHelp: "Choisissez jusqu’à quatre styles, puis faites glisser le point ou déplacez-le avec les flèches.",
    about: "À propos de l’œuvre",
    pad: "Mélange",
    corners: ["En haut à gauche", "En haut à droite", "En bas à gauche", "En bas à droite"],
    none: "aucun",
    other: "Quelqu’un d’autre vient de choisir «\u00a0{title}\u00a0».",
    otherMix: "Quelqu’un d’autre vient de mélanger des styles.",
    otherStrength: "Quelqu’un d’autre vient de changer l’intensité.",
    silent: "Le miroir n’a pas répondu. Veuillez réessayer.",
    another: "Choisir un autre miroir",
    privacy: "Cette page n’utilise ni cookies ni pistage.",
    language: "Langue",
  },
  zh: {
    eyebrow: "活的镜子",
    connecting: "正在连接……",
    down: "连接已断开。您的选择已保留，恢复后会立即发送。",
    live: "已连接",
    attract: "镜子正在自动轮换风格。轻点一种即可接管。",
    hint: "轻点一幅画，您面前的镜子就会以它的风格画出您。",
    offline: "这面镜子目前离线。",
    closed: "镜子目前已关闭，欢迎在开放时间再来。",
    off: "屏幕目前已关闭。",
    blind: "镜子暂时看不见，很快就会恢复。",
    unknown: "没有找到这面镜子。",
    nobody: "目前没有在线的镜子。",
    pick: "您站在哪面镜子前？",
    onScreen: "正在展示",
    styles: "选择风格",
    strength: "强度",
    mirror: "镜子",
    plain: "镜子",
    painted: "绘画",
    surprise: "给我一个惊喜",
    surpriseNumber: "惊喜 {number} 号",
    souvenir: "带走一幅画",
    souvenirAsked: "请看镜子。画会在几分钟后删除。",
    mix: "混合风格",
    mixHelp: "最多选择四种风格，然后拖动圆点，或用方向键移动。",
    about: "关于原作",
    pad: "混合",
    corners: ["左上", "右上", "左下", "右下"],
    none: "无",
    other: "另一位观众刚刚选择了《{title}》。",
    otherMix: "另一位观众刚刚混合了风格。",
    otherStrength: "另一位观众刚刚调整了强度。",
    silent: "镜子没有响应，请再试一次。",
    another: "选择另一面镜子",
    privacy: "本页面不使用 Cookie，也不跟踪任何人。",
    language: "语言",
  },
};

class Speech {
  constructor() {
    const asked = new URLSearchParams(location.search).get("lang");
    const wanted = [asked, Speech.recall(), ...(navigator.languages || [navigator.language || "en"])];
    this.language = wanted.map((tag) => String(tag).slice(0, 2).toLowerCase()).find((tag) => tag in WORDS) || "en";
  }

  say(key, values = {}) {
    return WORDS[this.language][key].replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
  }

  /** The title of a style: a painting's own, but the plain mirror's in the visitor's language. */
  title(name, style) {
    return name === "photo" && style.title === WORDS.en.mirror ? this.say("mirror") : style.title;
  }

  /** Whether a name says no more than what a mirror is, in any language. */
  static isKind(name) {
    return Object.values(WORDS).some((words) => words.eyebrow.toLowerCase() === name.trim().toLowerCase());
  }

  corner(index) {
    return WORDS[this.language].corners[index];
  }

  percent(fraction) {
    return new Intl.NumberFormat(this.language, { style: "percent" }).format(fraction);
  }

  use(language) {
    this.language = language;
    try {
      localStorage.setItem("language", language);
    } catch { /* storage is switched off: the choice holds for this visit */ }
  }

  static recall() {
    try {
      return localStorage.getItem("language");
    } catch {
      return null;
    }
  }
}
