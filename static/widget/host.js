/**
 * The line to the host page's loader. The first "init" from our parent pins its origin; from then on
 * only that origin is heard and told. Opened as a page of its own, the panel has no host.
 */
export class Host {
  constructor(handlers) {
    this.handlers = handlers;
    this.origin = null;
    this.waiting = [];
    this.framed = window.parent !== window;
    if (this.framed) window.addEventListener("message", (event) => this.hear(event));
  }

  hear(event) {
    const data = event.data;
    if (event.source !== window.parent || !data || data.helpdesk !== 1) return;
    if (this.origin === null) {
      // Where the browser tells who frames us, the greeting must come from that very origin.
      const above = location.ancestorOrigins?.[0];
      if (data.type !== "init" || event.origin === "null" || (above && above !== event.origin)) return;
      this.origin = event.origin;
      for (const frame of this.waiting.splice(0)) this.post(frame);
    }
    if (event.origin !== this.origin || !Object.hasOwn(this.handlers, data.type)) return;
    this.handlers[data.type](data);
  }

  tell(type, data = {}) {
    if (!this.framed) return;
    const frame = { helpdesk: 1, type, ...data };
    if (this.origin === null) this.waiting.push(frame);
    else this.post(frame);
  }

  post(frame) {
    window.parent.postMessage(frame, this.origin);
  }
}
