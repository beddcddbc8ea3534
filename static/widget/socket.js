/**
 * One socket that comes back by itself. States: "idle", "connecting", "ready" (welcomed), "waiting"
 * (for the next attempt). It knows hello, welcome and silence; all other frames go to `onframe`.
 */

const FIRST_DELAY_MS = 400;
const LONGEST_DELAY_MS = 10000;
const WELCOME_MS = 10000;
const STEADY_MS = 5000;

export class Socket {
  /** `hello()` gives the frame to open with; it is asked anew for each attempt, as the token changes. */
  constructor({ path, hello, onframe, onstate }) {
    const url = new URL(path, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.url = url.href;
    this.hello = hello;
    this.onframe = onframe;
    this.onstate = onstate;
    this.state = "idle";
    this.attempt = 0;
    this.line = null;
    this.timer = 0;
    window.addEventListener("online", () => this.nudge());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.nudge());
  }

  start() {
    if (this.state === "idle") this.connect();
  }

  stop() {
    this.drop();
    this.attempt = 0;
    this.become("idle");
  }

  /** Ends an attempt's waiting: there is a reason to believe that the line is back. */
  nudge() {
    if (this.state === "waiting") this.connect();
  }

  /** The line looks dead (no answer in time): take a new one. */
  bounce() {
    if (this.state === "idle") return;
    this.drop();
    this.later();
  }

  send(frame) {
    if (this.state !== "ready" || this.line.readyState !== WebSocket.OPEN) return false;
    this.line.send(JSON.stringify(frame));
    return true;
  }

  become(state) {
    if (this.state === state) return;
    this.state = state;
    this.onstate(state);
  }

  connect() {
    this.drop();
    this.become("connecting");
    const line = new WebSocket(this.url);
    this.line = line;
    this.timer = setTimeout(() => this.bounce(), WELCOME_MS);
    line.onopen = () => line.send(JSON.stringify(this.hello()));
    line.onmessage = (event) => line === this.line && this.take(event.data);
    line.onclose = () => line === this.line && this.bounce();
  }

  take(data) {
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    if (!frame || typeof frame.type !== "string") return;
    if (frame.type === "welcome" && this.state === "connecting") {
      clearTimeout(this.timer);
      // A line that falls at once after its welcome keeps its place in the backoff.
      this.timer = setTimeout(() => (this.attempt = 0), STEADY_MS);
      this.become("ready");
    }
    this.onframe(frame);
  }

  /** Exponential backoff with full jitter, so that a thousand tabs do not come back at once. */
  later() {
    const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.attempt);
    this.attempt += 1;
    this.become("waiting");
    this.timer = setTimeout(() => this.connect(), 100 + Math.random() * ceiling);
  }

  drop() {
    clearTimeout(this.timer);
    const line = this.line;
    this.line = null;
    line?.close();
  }
}
