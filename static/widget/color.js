/** The brand's colour, made readable: WCAG 2.2 relative luminance and contrast. */

function channels(hex) {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

function luminance(rgb) {
  const [r, g, b] = rgb.map((value) => {
    const c = value / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** `rgb` moved towards `pole` until it stands 4.5:1 against `ground`. */
function readable(rgb, ground, pole) {
  for (let step = 0; step <= 20; step += 1) {
    const mixed = rgb.map((value, i) => Math.round(value + ((pole[i] - value) * step) / 20));
    if (contrast(mixed, ground) >= 4.5) return mixed;
  }
  return pole;
}

const css = (rgb) => `rgb(${rgb.join(" ")})`;
const WHITE = [255, 255, 255];
const BLACK = [0, 0, 0];

/** Sets --brand, --on-brand and the accents for light and dark ground on `element`. */
export function paintBrand(element, color) {
  const rgb = channels(/^#[0-9a-f]{6}$/i.test(color || "") ? color : "#1d5f8a");
  const set = (name, value) => element.style.setProperty(name, css(value));
  set("--brand", rgb);
  set("--on-brand", contrast(rgb, WHITE) >= 4.5 ? WHITE : BLACK);
  // The grounds are the greyest surfaces of widget.css, so that every other one does better.
  set("--accent-light", readable(rgb, [238, 240, 243], BLACK));
  set("--accent-dark", readable(rgb, [42, 48, 57], WHITE));
}
