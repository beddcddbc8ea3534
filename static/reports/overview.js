// Draws each chart from the cells of its own table, in the page's colours; again when the theme changes.
const language = document.documentElement.lang || "en";
const numbers = new Intl.NumberFormat(language);
const days = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" });
const charts = [];
const probe = document.createElement("span");

/** A token's colour as it is now: `light-dark()` is resolved only in a real property. */
function color(name, share = 100) {
  probe.style.color = share === 100 ? `var(--hd-${name})` : `color-mix(in srgb, var(--hd-${name}) ${share}%, transparent)`;
  return getComputedStyle(probe).color;
}

function duration(seconds) {
  if (seconds < 60) return `${numbers.format(Math.round(seconds))} s`;
  if (seconds < 3600) return `${numbers.format(Math.round(seconds / 6) / 10)} min`;
  return `${numbers.format(Math.round(seconds / 360) / 10)} h`;
}

function words(unit) {
  return unit === "duration" ? duration : (value) => numbers.format(value);
}

function label(cell) {
  return cell.dataset.label ? days.format(new Date(`${cell.dataset.label}T00:00:00Z`)) : cell.textContent.trim();
}

function series(table, kind) {
  const heads = [...table.querySelectorAll("thead th[data-color]")];
  return heads.map((head) => {
    const cells = [...table.querySelectorAll(`tbody td:nth-child(${head.cellIndex + 1})`)];
    const data = cells.map((cell) => (cell.dataset.value === "" ? null : Number(cell.dataset.value)));
    const tint = color(head.dataset.color);
    return {
      label: head.textContent.trim(), data, borderColor: tint, backgroundColor: kind === "line" ? tint : color(head.dataset.color, 75),
      borderWidth: kind === "line" ? 2 : 0, borderDash: head.dataset.color === "muted" ? [4, 4] : [], borderRadius: 3,
      pointRadius: data.length > 40 ? 0 : 2.5, tension: 0.25, spanGaps: true, maxBarThickness: 28,
    };
  });
}

// Steps of an axis of time that people count in, in seconds.
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800];

function step(sets) {
  const most = Math.max(0, ...sets.flatMap((set) => set.data).filter(Number.isFinite));
  return STEPS.find((seconds) => seconds * 5 >= most) || Math.ceil(most / 5);
}

function scales(kind, write, sets) {
  const ticks = { color: color("muted"), font: { family: "Inter, system-ui", size: 12 } };
  const whole = kind === "line" ? { stepSize: step(sets) } : { precision: 0, maxTicksLimit: 5 };
  return {
    x: { stacked: kind === "stacked", grid: { display: false }, border: { display: false }, ticks: { ...ticks, maxRotation: 0, autoSkipPadding: 16 } },
    y: { stacked: kind === "stacked", beginAtZero: true, border: { display: false }, grid: { color: color("line") }, ticks: { ...ticks, ...whole, callback: (value) => write(value) } },
  };
}

function draw(section) {
  const table = section.querySelector("table");
  const kind = section.dataset.chart;
  const write = words(section.dataset.unit);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const sets = series(table, kind);
  return new Chart(section.querySelector("canvas"), {
    type: kind === "line" ? "line" : "bar",
    data: { labels: [...table.querySelectorAll("tbody th")].map(label), datasets: sets },
    options: {
      maintainAspectRatio: false, animation: calm ? false : { duration: 250 }, interaction: { mode: "index", intersect: false },
      scales: scales(kind, write, sets),
      plugins: {
        legend: { align: "end", labels: { color: color("ink-soft"), usePointStyle: true, pointStyle: kind === "line" ? "line" : "rectRounded", boxHeight: 8, pointStyleWidth: kind === "line" ? 24 : 10, font: { family: "Inter, system-ui", size: 12 } } },
        tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${write(item.parsed.y)}` } },
      },
    },
  });
}

function redraw() {
  for (const chart of charts.splice(0)) chart.destroy();
  for (const section of document.querySelectorAll("[data-chart]")) charts.push(draw(section));
}

function filters() {
  const form = document.querySelector("[data-report-filters]");
  const dates = form?.querySelector("[data-report-dates]");
  const period = form?.elements.namedItem("period");
  period?.addEventListener("change", () => {
    dates.classList.toggle("is-on", period.value === "custom");
    if (period.value !== "custom") form.requestSubmit();
  });
}

probe.hidden = true;
document.body.append(probe);
filters();
redraw();
new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
