/** Times and waits in words, in the visitor's own clock and language. */

export function greeting(t, now = new Date()) {
  const hour = now.getHours();
  if (hour >= 5 && hour < 12) return t("morning");
  return t(hour >= 12 && hour < 20 ? "afternoon" : "evening");
}

export function clock(language, date) {
  return new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" }).format(date);
}

function dayNumber(date) {
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 864e5);
}

function at(t, language, date) {
  const time = clock(language, date);
  return t(/^1:/.test(time) ? "atOne" : "atTime", { time });
}

/** "tomorrow at 9:00". Never a past time; null when `iso` is none or unreadable. */
export function opensWords(t, language, iso, now = new Date()) {
  const date = new Date(iso ?? NaN);
  if (Number.isNaN(date.getTime())) return null;
  if (date <= now) return t("soon");
  const days = dayNumber(date) - dayNumber(now);
  const when = at(t, language, date);
  if (days === 0) return t("today", { at: when });
  if (days === 1) return t("tomorrow", { at: when });
  const shape = days < 7 ? { weekday: "long" } : { weekday: "long", day: "numeric", month: "long" };
  return t("onDay", { day: new Intl.DateTimeFormat(language, shape).format(date), at: when });
}

/** A wait between `low` and `high` seconds, rounded up to minutes; null when nothing is known. */
export function waitWords(t, low, high) {
  const ends = [low, high].filter((seconds) => Number.isFinite(seconds) && seconds >= 0);
  if (!ends.length) return null;
  const [from, to] = [Math.min(...ends), Math.max(...ends)].map((seconds) => Math.max(1, Math.ceil(seconds / 60)));
  if (from >= 60) return t("overHour");
  return from === to ? t("minutes", { n: to }) : t("minuteRange", { low: from, high: to });
}

export function dayKey(iso) {
  return dayNumber(new Date(iso));
}

export function dayWords(t, language, iso, now = new Date()) {
  const date = new Date(iso);
  const ago = dayNumber(now) - dayNumber(date);
  if (ago === 0) return t("todayDay");
  if (ago === 1) return t("yesterdayDay");
  return new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" }).format(date);
}
