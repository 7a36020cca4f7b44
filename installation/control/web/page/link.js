"use strict";
// The connection to the broker, and the commands on their way.
//
// Each connection is a clean session: a visitor leaves nothing behind in the hub. A tap still counts when the broker
// restarts, because a command is kept here until the mirror's state shows it, and sent again after every reconnect and
// whenever the mirror comes back. Sending a command twice does no harm: it sets a value, it does not step.

const FIRST_RETRY_MS = 400;
const LAST_RETRY_MS = 8000;
const COMMAND_MS = 60000; // a command older than this belongs to somebody who has left
const ANSWER_MS = 6000;
const SLEPT_MS = 20000;

class Link {
  constructor(url, topics, { onState, onMessage }) {
    this.url = url;
    this.topics = topics;
    this.onState = onState;
    this.onMessage = onMessage;
    this.state = "connecting";
    this.failures = 0;
    this.client = null;
    this.retry = null;
    this.hidden = Date.now();
    this.open();
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => this.seen(!document.hidden));
  }

  open() {
    clearTimeout(this.retry);
    const id = `page-${Array.from(crypto.getRandomValues(new Uint8Array(9)), (b) => b.toString(36)).join("")}`;
    const client = new Paho.Client(this.url, id.slice(0, 23));
    this.client = client;
    client.onConnectionLost = () => this.lost(client);
    client.onMessageArrived = (message) => {
      // An error thrown in here would make the client close the connection.
      try {
        const text = Payloads.text(message.payloadBytes);
        if (text !== null) this.onMessage(message.destinationName, text);
      } catch (error) {
        console.error(error);
      }
    };
    client.connect({
      mqttVersion: 4,
      cleanSession: true,
      keepAliveInterval: 15,
      timeout: 5,
      onSuccess: () => this.opened(client),
      onFailure: () => this.lost(client),
    });
  }

  opened(client) {
    if (client !== this.client) return;
    this.failures = 0;
    for (const topic of this.topics) client.subscribe(topic, { qos: 0 });
    this.become("up");
  }

  lost(client) {
    if (client !== this.client) return;
    this.client = null;
    this.failures += 1;
    this.become("down");
    const ceiling = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.failures - 1, 10));
    this.retry = setTimeout(() => this.open(), ceiling * (0.5 + Math.random() / 2));
  }

  // The phone is in use or on the network again: reconnect at once.
  hurry() {
    if (this.client === null) this.open();
  }

  // After sleep the connection may be dead without the phone knowing it yet.
  seen(visible) {
    if (!visible) {
      this.hidden = Date.now();
      return;
    }
    const old = this.client;
    if (old !== null && Date.now() - this.hidden > SLEPT_MS) {
      this.client = null;
      this.become("connecting");
      try {
        old.disconnect();
      } catch { /* it was not connected */ }
    }
    this.hurry();
  }

  become(state) {
    if (this.state === state) return;
    this.state = state;
    this.onState(state);
  }

  // True when the message is sent; false when there is no connection.
  publish(topic, payload) {
    if (this.state !== "up") return false;
    const message = new Paho.Message(payload);
    message.destinationName = topic;
    message.qos = 1;
    message.retained = false;
    try {
      this.client.send(message);
      return true;
    } catch {
      return false; // it broke this very moment; lost() follows
    }
  }
}

class PendingCommands {
  constructor(send, onSilence) {
    this.send = send; // (kind, payload) → whether it is on its way
    this.onSilence = onSilence;
    this.kept = new Map();
    setInterval(() => this.age(), 500);
  }

  // `shown` tells whether a state equals the command.
  make(kind, payload, shown) {
    const now = Date.now();
    // Style, mix and surprise exclude each other: only the latest counts.
    const choices = ["style", "mix", "surprise"];
    if (choices.includes(kind)) for (const other of choices) this.kept.delete(other);
    this.kept.set(kind, { payload, shown, made: now, sent: this.send(kind, payload) ? now : null });
  }

  repeat() {
    const now = Date.now();
    for (const [kind, command] of this.kept) {
      if (this.send(kind, command.payload)) command.sent = now;
    }
  }

  settle(kind, state) {
    const command = this.kept.get(kind);
    if (!command || !command.shown(state)) return false;
    this.kept.delete(kind);
    return true;
  }

  has(...kinds) {
    return kinds.some((kind) => this.kept.has(kind));
  }

  get(kind) {
    return this.kept.get(kind);
  }

  age() {
    const now = Date.now();
    for (const [kind, command] of this.kept) {
      const unanswered = command.sent !== null && now - command.sent > ANSWER_MS;
      if (now - command.made > COMMAND_MS) this.kept.delete(kind);
      else if (unanswered) this.onSilence(kind);
    }
  }
}
