/*
 * The helpdesk bubble for a host page:
 *   <script async src="https://DESK/widget/loader.js" data-key="KEY" data-language="es"></script>
 *
 * Before the visitor acts: one status request, no storage, no iframe. All of it lives in a closed
 * shadow root; the only name given to the host page is window.HelpdeskWidget.
 * Frames to and from the panel: {helpdesk: 1, type, ...}, always to and from the desk's exact origin.
 */
"use strict";

// A block, so that nothing of this leaks into the host page; a second copy of the script does nothing.
if (!window.HelpdeskWidget) {
  const script =
    document.currentScript || document.querySelector('script[data-key][src*="/widget/loader.js"]');
  const key = script.dataset.key;
  const base = new URL(".", script.src);
  const desk = base.origin;
  // Kept by the host tab only once a chat runs, so that the next page finds it again.
  const MEMORY = "helpdesk-widget";

  const WORDS = {
    en: { open: "Open help and chat", close: "Close help and chat", title: "Help and chat", unread: "new messages: " },
    es: { open: "Abrir ayuda y chat", close: "Cerrar ayuda y chat", title: "Ayuda y chat", unread: "mensajes nuevos: " },
  };

  const CSS = `
:host{all:initial;position:fixed;inset-block-end:0;inset-inline-end:0;z-index:2147483000}
*{box-sizing:border-box}
[hidden]{display:none!important}
button{position:fixed;inset-block-end:20px;inset-inline-end:20px;inline-size:56px;block-size:56px;padding:0;border:0;
border-radius:50%;cursor:pointer;color:var(--ink);background:var(--brand);display:grid;place-items:center;
box-shadow:0 2px 6px rgb(0 0 0/.2),0 8px 24px rgb(0 0 0/.2);transition:transform .16s ease}
button:hover{transform:translateY(-2px)}
button:focus-visible{outline:3px solid var(--brand);outline-offset:3px;box-shadow:0 0 0 3px #fff,0 0 0 8px #111}
svg{inline-size:26px;block-size:26px;fill:none;stroke:currentColor;stroke-width:1.9;stroke-linecap:round;stroke-linejoin:round}
b{position:absolute;inset-block-start:-4px;inset-inline-end:-4px;min-inline-size:22px;block-size:22px;padding:0 6px;
border-radius:11px;background:#c4231c;color:#fff;border:2px solid #fff;font:700 12px/18px system-ui,sans-serif;text-align:center}
iframe{position:fixed;inset-block-end:90px;inset-inline-end:20px;inline-size:380px;block-size:min(600px,calc(100dvh - 110px));
border:0;border-radius:16px;background:#fff;color-scheme:normal;box-shadow:0 0 0 1px rgb(0 0 0/.06),0 16px 56px rgb(0 0 0/.26);
animation:in .18s ease}
@keyframes in{from{opacity:0;transform:translateY(10px)}}
@media (prefers-color-scheme:dark){iframe{background:#14171c;box-shadow:0 0 0 1px rgb(255 255 255/.12),0 16px 56px rgb(0 0 0/.6)}}
@media (max-width:479.9px),(max-height:459.9px){
iframe{inset:0;inline-size:100%;block-size:100dvh;border-radius:0;box-shadow:none}
button[aria-expanded=true]{display:none}}
@media (prefers-reduced-motion:reduce){*{animation:none!important;transition:none!important}}
@media (forced-colors:active){button{border:2px solid ButtonText}}
@media print{:host{display:none}}`;

  const host = document.createElement("helpdesk-widget");
  const root = host.attachShadow({ mode: "closed" });
  const button = document.createElement("button");
  const badge = document.createElement("b");
  let frame = null;
  let ready = false;
  let open = false;
  let unread = 0;
  let identity = null;
  let keyboard = false;
  let started = false;
  let wanted = false;
  let language = pick(script.dataset.language || document.documentElement.lang || navigator.language);

  function pick(tag) {
    return /^es\b/i.test(tag || "") ? "es" : "en";
  }

  /** The address without query and fragment: those may hold what is nobody's business. */
  function page() {
    return location.origin + location.pathname;
  }

  function remember(value) {
    try {
      if (value) sessionStorage.setItem(MEMORY, value);
      else sessionStorage.removeItem(MEMORY);
    } catch {
      /* Storage refused: the chat is then found again by opening the panel. */
    }
  }

  function recall() {
    try {
      return sessionStorage.getItem(MEMORY);
    } catch {
      return null;
    }
  }

  function icon(paths) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    for (const d of paths) {
      const path = document.createElementNS(svg.namespaceURI, "path");
      path.setAttribute("d", d);
      svg.append(path);
    }
    return svg;
  }

  const chatIcon = icon(["M4 5.5h16v11H11l-4.5 4v-4H4z", "M8.5 9.5h7", "M8.5 12.7h4"]);
  const closeIcon = icon(["M6 9.5l6 6 6-6"]);

  /** Ink that reads on `color` ("#rrggbb") at 4.5:1 or better; WCAG 2.2 relative luminance. */
  function inkOn(color) {
    const lin = [1, 3, 5].map((i) => {
      const c = parseInt(color.slice(i, i + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    const lum = 0.2126 * lin[0] + 0.7152 * lin[1] + 0.0722 * lin[2];
    return 1.05 / (lum + 0.05) >= 4.5 ? "#fff" : "#000";
  }

  function paint(color) {
    const brand = /^#[0-9a-f]{6}$/i.test(color || "") ? color : "#1d5f8a";
    host.style.setProperty("--brand", brand);
    host.style.setProperty("--ink", inkOn(brand));
  }

  function label() {
    const words = WORDS[language];
    const name = open ? words.close : words.open;
    button.setAttribute("aria-label", unread && !open ? `${name} (${words.unread}${unread})` : name);
    button.setAttribute("aria-expanded", String(open));
    button.lang = language;
    badge.hidden = open || !unread;
    badge.textContent = unread > 99 ? "99+" : String(unread);
    button.replaceChildren(open ? closeIcon : chatIcon, badge);
    if (frame) frame.title = words.title;
  }

  function tell(type, data) {
    if (frame && ready) frame.contentWindow.postMessage({ helpdesk: 1, type, ...data }, desk);
  }

  function greet() {
    ready = true;
    tell("init", { page: page(), language, open, keyboard });
    if (identity) tell("identify", { jwt: identity });
  }

  function build() {
    if (frame) return;
    frame = document.createElement("iframe");
    frame.id = "panel";
    frame.hidden = true;
    frame.referrerPolicy = "origin";
    frame.addEventListener("load", greet);
    const src = new URL("panel/", base);
    src.searchParams.set("key", key);
    src.searchParams.set("lang", language);
    frame.src = src.href;
    button.setAttribute("aria-controls", "panel");
    root.append(frame);
  }

  function show(byKeyboard) {
    if (open) return;
    build();
    open = true;
    keyboard = byKeyboard === true;
    frame.hidden = false;
    if (recall()) remember("open");
    fit();
    label();
    tell("open", { page: page(), keyboard });
    frame.focus();
  }

  function hide() {
    if (!open) return;
    open = false;
    frame.hidden = true;
    if (recall()) remember("live");
    label();
    tell("close");
    button.focus();
  }

  /** A phone's keyboard shrinks the visual viewport only: the full-screen panel follows it. */
  function fit() {
    const view = window.visualViewport;
    if (!frame || !view) return;
    const full = open && getComputedStyle(button).display === "none" && view.scale === 1;
    frame.style.blockSize = full ? `${view.height}px` : "";
    frame.style.insetBlockStart = full ? `${view.offsetTop}px` : "";
  }

  function setLanguage(tag) {
    language = pick(tag);
    label();
    tell("language", { language });
  }

  function onMessage(event) {
    if (!frame || event.source !== frame.contentWindow || event.origin !== desk) return;
    const data = event.data;
    if (!data || data.helpdesk !== 1) return;
    if (data.type === "close") hide();
    else if (data.type === "unread") {
      unread = Math.max(0, Number(data.count) || 0);
      label();
    } else if (data.type === "live") remember(data.on ? (open ? "open" : "live") : null);
    else if (data.type === "language") {
      language = pick(data.language);
      label();
    }
  }

  function attach() {
    // Beside body, not in it: single-page frameworks replace what is inside body.
    if (!host.isConnected) {
      ready = false;
      document.documentElement.append(host);
    }
  }

  function style() {
    // A constructed sheet is allowed by a host policy that forbids inline styles.
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(CSS);
      root.adoptedStyleSheets = [sheet];
    } catch {
      const tag = document.createElement("style");
      if (script.nonce) tag.nonce = script.nonce;
      tag.textContent = CSS;
      root.append(tag);
    }
  }

  function start(status) {
    style();
    paint(status && status.brand && status.brand.color);
    button.type = "button";
    root.append(button);
    label();
    button.addEventListener("click", (event) => (open ? hide() : show(event.detail === 0)));
    root.addEventListener("keydown", (event) => event.key === "Escape" && hide());
    window.addEventListener("message", onMessage);
    window.addEventListener("popstate", () => tell("page", { page: page() }));
    if (window.navigation) {
      window.navigation.addEventListener("navigatesuccess", () => tell("page", { page: page() }));
    }
    if (window.visualViewport) {
      for (const name of ["resize", "scroll"]) window.visualViewport.addEventListener(name, fit);
    }
    attach();
    const watch = new MutationObserver(attach);
    watch.observe(document, { childList: true });
    watch.observe(document.documentElement, { childList: true });
    started = true;
    const before = recall();
    if (before) build();
    if (wanted) show();
    if (before === "open" && !open && matchMedia("(min-width:480px)").matches) {
      open = true;
      frame.hidden = false;
      label();
    }
  }

  window.HelpdeskWidget = Object.freeze({
    open() {
      wanted = true;
      if (started) show();
    },
    close: hide,
    identify(jwt) {
      identity = typeof jwt === "string" ? jwt : null;
      tell("identify", { jwt: identity });
    },
    setLanguage,
  });

  function load() {
    const url = new URL("status/", base);
    url.searchParams.set("key", key);
    fetch(url, { credentials: "omit", referrerPolicy: "origin" })
      .then((answer) => {
        // A key that the desk does not know, or not for this site: no bubble. A desk in trouble: still one.
        if ([400, 403, 404].includes(answer.status)) return undefined;
        return answer.ok ? answer.json() : null;
      })
      .catch(() => null)
      .then((status) => status !== undefined && start(status));
  }

  if (!key) console.warn("helpdesk: the script tag lacks data-key");
  else if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", load);
  else load();
}
