// Copies what the pages need from node_modules into static/vendor/ (git-ignored) and builds one icon sprite.
// No bundler: the browser loads our own ES modules as they stand. Run by `npm run build`; safe to repeat.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "..", "node_modules");
const vendor = join(here, "vendor");

// source in node_modules → name in static/vendor
const FILES = {
  "@tabler/core/dist/css/tabler.min.css": "tabler.css",
  "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "fonts/inter-latin.woff2",
  "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": "fonts/inter-latin-ext.woff2",
  // Chart.js draws every kind of chart that reports use (line, bar, heat by cell colour) in one maintained, MIT package;
  // smaller libraries such as uPlot draw time series only.
  "chart.js/dist/chart.umd.min.js": "chart.js",
  "@tabler/icons/LICENSE": "licenses/tabler.txt",
  "@fontsource-variable/inter/LICENSE": "licenses/inter.txt",
  "chart.js/LICENSE.md": "licenses/chart.txt",
};

// A page uses one with {% include "shared/_icon.html" with name="inbox" %}.
const ICONS = `
  alert-circle alert-triangle archive arrow-down arrow-left arrow-right arrow-up-right arrows-exchange at ban bell bold book
  bookmark brand-hipchat briefcase building bulb calendar chart-bar chart-dots check checks checklist chevron-down chevron-left
  chevron-right chevron-up circle circle-check circle-dashed clipboard clock clock-pause copy corner-up-left database
  device-desktop device-mobile dots dots-vertical download edit external-link eye eye-off file filter flag folder globe
  git-merge headset help-circle history home hourglass id inbox info-circle key keyboard language layout-sidebar-right
  link list lock logout mail mail-off map-pin menu-2 message message-circle messages minus mood-empty mood-happy mood-sad
  mood-smile moon note paperclip pencil phone photo player-pause player-play plug plus point printer quote refresh robot
  rotate-2 search send settings share shield-check shield-off sort-descending stack-2 stairs-up star sun tag tags template
  thumb-down thumb-up ticket trash typography upload user user-check user-circle user-plus users webhook wifi-off world x
  arrow-back-up activity clock-hour-4 inbox-off message-off mood-neutral speakerphone sparkles user-off adjustments
`.trim().split(/\s+/).sort();

function fail(message) {
  process.stderr.write(`build: ${message}\n`);
  process.exit(1);
}

function read(relative) {
  const path = join(modules, relative);
  if (!existsSync(path)) fail(`${relative} is missing: run "npm ci" first.`);
  return readFileSync(path);
}

function write(relative, content) {
  const path = join(vendor, relative);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function copy(source, target) {
  const bytes = read(source);
  if (!/\.(css|js)$/.test(target)) return write(target, bytes);
  // Source maps are not shipped; hashed static storage refuses a reference to a file that is not there.
  const text = bytes.toString("utf8").replace(/\/\*# sourceMappingURL=.*?\*\/|\/\/# sourceMappingURL=.*$/gm, "");
  return write(target, text);
}

function symbol(name) {
  const svg = read(`@tabler/icons/icons/outline/${name}.svg`).toString("utf8");
  const shapes = svg
    .replace(/^[\s\S]*?<svg[\s\S]*?>/, "")
    .replace(/<\/svg>\s*$/, "")
    .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "")
    .replace(/\s*\n\s*/g, "");
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" ` +
    `stroke-linecap="round" stroke-linejoin="round">${shapes}</symbol>`;
}

rmSync(vendor, { recursive: true, force: true });
for (const [source, target] of Object.entries(FILES)) copy(source, target);
write("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">\n${ICONS.map(symbol).join("\n")}\n</svg>\n`);
process.stdout.write(`build: ${Object.keys(FILES).length} files and ${ICONS.length} icons in static/vendor\n`);
