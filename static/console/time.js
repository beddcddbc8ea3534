// Human time that stays true: SLA chips, "3 min ago", waiting seconds. Exact instants stand in titles.
import { language, t } from "./strings.js";

const QUARTER = 0.25;
const exact = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long" });
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
const dayAndClock = new Intl.DateTimeFormat(language, { weekday: "short", hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
const units = {};

function unit(value, name) {
  units[name] ??= new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "short" });
  return units[name].format(value);
}

/** Seconds as "41 sec", "12 min", "3 hr 20 min", "2 days": at most two units. */
export function duration(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return unit(s, "second");
  if (s < 3600) return unit(Math.floor(s / 60), "minute");
  if (s < 86400) {
    const minutes = Math.floor((s % 3600) / 60);
    return minutes ? `${unit(Math.floor(s / 3600), "hour")} ${unit(minutes, "minute")}` : unit(Math.floor(s / 3600), "hour");
  }
  return unit(Math.floor(s / 86400), "day");
}

/** An instant as a person says it: "tomorrow 09:30", "Tue 09:30", "4 Dec". */
export function moment(instant, now = new Date()) {
  const midnight = (when) => new Date(when.getFullYear(), when.getMonth(), when.getDate()).getTime();
  const days = Math.round((midnight(instant) - midnight(now)) / 86400000);
  if (Math.abs(days) <= 1) return `${relative.format(days, "day")} ${clock.format(instant)}`;
  return days > 1 && days < 7 ? dayAndClock.format(instant) : date.format(instant);
}

function ago(instant, now) {
  const seconds = (now - instant) / 1000;
  if (seconds < 60) return t("justNow");
  if (seconds < 3600) return relative.format(-Math.floor(seconds / 60), "minute");
  if (seconds < 86400) return relative.format(-Math.floor(seconds / 3600), "hour");
  return date.format(instant);
}

function setText(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

// The server says what share of the time is left; from there the ring empties towards due.
const totals = new WeakMap();

function tickSla(chip, now) {
  const ring = chip.querySelector(".sla-rest");
  const state = chip.dataset.state;
  const share = Number(chip.dataset.fraction);
  const runs = chip.dataset.due && ["running", "warning", "breached"].includes(state);
  if (!runs) {
    if (state !== "paused") ring.style.strokeDasharray = "100 100";
    return;
  }
  const due = new Date(chip.dataset.due);
  const left = (due - now) / 1000;
  if (Number.isNaN(left)) return; // one bad chip must not stop the others
  if (!totals.has(chip)) {
    totals.set(chip, share > 0 && left > 0 ? left / share : 0);
    chip.title = exact.format(due);
  }
  const total = totals.get(chip);
  const rest = total > 0 ? Math.max(0, Math.min(1, left / total)) : 0;
  ring.style.strokeDasharray = `${(rest * 100).toFixed(1)} 100`;
  const next = left <= 0 ? "breached" : rest <= QUARTER ? "warning" : "running";
  if (next !== state) chip.dataset.state = next;
  const words = left <= 0
    ? t("late", { time: duration(-left) })
    : left < 86400 ? t("left", { time: duration(left) }) : t("due", { time: moment(due, now) });
  setText(chip.querySelector(".sla-words"), words);
}

function tickSince(element, now) {
  const seconds = Math.max(0, Math.floor((now - new Date(element.dataset.since)) / 1000));
  setText(element, duration(seconds));
  if (element.dataset.limit) element.classList.toggle("is-late", seconds >= Number(element.dataset.limit));
}

function tickAgo(element, now) {
  const instant = new Date(element.dateTime);
  if (Number.isNaN(instant.getTime())) return;
  setText(element, ago(instant, now));
  if (!element.dataset.exact) {
    element.title = exact.format(instant);
    element.dataset.exact = "1";
  }
}

export function tick() {
  const now = new Date();
  for (const chip of document.querySelectorAll(".sla")) tickSla(chip, now);
  for (const element of document.querySelectorAll("[data-since]")) tickSince(element, now);
  for (const element of document.querySelectorAll("time[data-ago]")) tickAgo(element, now);
}

export function start() {
  tick();
  setInterval(() => { if (!document.hidden) tick(); }, 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); });
  document.body.addEventListener("htmx:afterSwap", tick);
}
