// One hand on the keyboard: single keys outside of fields (they can be switched off), Ctrl-K for everything.
import { setMode } from "./composer.js";
import { openDialog } from "./menu.js";
import { t } from "./strings.js";

const SWITCH = "hd-keys";
let commands = [];
let chosen = 0;

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function keysOn() {
  try {
    return localStorage.getItem(SWITCH) !== "off";
  } catch {
    return true;
  }
}

function move(step) {
  const rows = [...document.querySelectorAll(".row-item")];
  if (!rows.length) return;
  const from = rows.findIndex((row) => row.contains(document.activeElement) || row.querySelector("[aria-current]"));
  const focused = rows.findIndex((row) => row.contains(document.activeElement));
  const at = focused >= 0 ? focused : from;
  const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step))];
  next.querySelector(".row-link").focus();
}

function acceptFirst() {
  const button = document.querySelector("#tray [data-accept]:not(:disabled)");
  button?.click();
  return Boolean(button);
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  r: () => setMode("reply"),
  n: () => setMode("note"),
  "/": () => document.getElementById("console-search")?.focus(),
  "?": () => openDialog("keys-help"),
};

function verb(key) {
  const button = key && [...document.querySelectorAll(".verb[data-hotkey]")].find((b) => b.dataset.hotkey === key);
  button?.click();
  return Boolean(button);
}

function isField(target) {
  return target.closest("input, textarea, select, [contenteditable], dialog");
}

function pressed(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.key === "Escape" && event.target.matches?.("#composer-body, #console-search")) event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isField(event.target)) return;
  if (event.key === "Enter" && !event.target.closest("a, button, summary")) {
    if (acceptFirst()) event.preventDefault();
    return;
  }
  if (!keysOn()) return;
  if (KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key]();
  } else if (verb(event.key)) {
    event.preventDefault();
  }
}

// --- palette ---------------------------------------------------------------------------------------

function collect() {
  const of = (selector, words) => [...document.querySelectorAll(selector)].map((element) => ({
    words: words(element),
    key: element.dataset.hotkey || "",
    run: () => element.click(),
  }));
  const name = (element) => element.textContent.replace(/\s+/g, " ").trim();
  return [
    ...of(".verb", (e) => name(e.querySelector(".verb-word"))),
    ...of(".composer-tabs [role=tab]:not(:disabled)", name),
    ...of(".view", (e) => t("goTo", { place: name(e.querySelector(".view-label")) })),
    ...of(".rail-list .rail-item", (e) => t("goTo", { place: name(e.querySelector(".rail-label")) })),
    ...of("[data-status-set]", name),
    ...of("[data-theme-set]", name),
    ...of("[data-keys-help]", (e) => e.childNodes[1]?.textContent.trim() || name(e)),
  ];
}

function draw() {
  const typed = document.getElementById("palette-input").value.trim();
  const list = document.getElementById("palette-list");
  const shown = commands.filter((command) => plain(command.words).includes(plain(typed)));
  if (typed) shown.push({ words: t("searchFor", { words: typed }), key: "", run: () => location.assign(`/console/?search=${encodeURIComponent(typed)}`) });
  chosen = Math.max(0, Math.min(chosen, shown.length - 1));
  list.replaceChildren(...shown.map((command, i) => {
    const item = Object.assign(document.createElement("li"), { id: `palette-${i}`, textContent: command.words });
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", String(i === chosen));
    if (command.key) item.append(Object.assign(document.createElement("span"), { className: "hd-kbd", textContent: command.key }));
    item.addEventListener("click", () => run(command));
    return item;
  }));
  if (!shown.length) list.append(Object.assign(document.createElement("li"), { className: "muted", textContent: t("nothing") }));
  document.getElementById("palette-input").setAttribute("aria-activedescendant", shown.length ? `palette-${chosen}` : "");
  list.children[chosen]?.scrollIntoView({ block: "nearest" });
  return shown;
}

function run(command) {
  document.getElementById("palette").close();
  command.run();
}

function openPalette() {
  commands = collect();
  chosen = 0;
  const input = document.getElementById("palette-input");
  input.value = "";
  openDialog("palette");
  input.focus();
  draw();
}

function paletteKeys(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    chosen += step;
    draw();
  } else if (event.key === "Enter") {
    event.preventDefault();
    const command = draw()[chosen];
    if (command) run(command);
  }
}

export function start() {
  document.addEventListener("keydown", pressed);
  document.getElementById("palette-input")?.addEventListener("keydown", paletteKeys);
  document.getElementById("palette-input")?.addEventListener("input", () => { chosen = 0; draw(); });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette]")) openPalette();
    if (event.target.closest("[data-keys-help]")) openDialog("keys-help");
  });
  const box = document.getElementById("keys-switch");
  if (box) {
    box.checked = keysOn();
    box.addEventListener("change", () => {
      try {
        localStorage.setItem(SWITCH, box.checked ? "on" : "off");
      } catch { /* storage forbidden: stays on */ }
    });
  }
}
