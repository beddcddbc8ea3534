// The server writes instants in its own zone; readers get them in theirs, with the exact instant on hover.
const language = document.documentElement.lang;
const short = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const exact = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long" });

for (const element of document.querySelectorAll("time[datetime]")) {
  const instant = new Date(element.dateTime);
  if (Number.isNaN(instant.getTime())) continue;
  element.textContent = short.format(instant);
  element.title = exact.format(instant);
}
