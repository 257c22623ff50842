// How drives and media did.
import { get } from "./api.js";
import { el, plural, sync } from "./dom.js";

const percent = (row) => (row.good + row.bad ? `${Math.floor((100 * row.good) / (row.good + row.bad))} %` : "");

function row(what, name, of, note) {
  return el("tr", {}, el("td", {}, what), el("td", {}, name), el("td", {}, plural(of.good + of.bad, "disc")),
    el("td", {}, percent(of)), el("td", {}, note));
}

// A drive or its media grow old before discs go bad.
function reading(d) {
  if (!d.read_ms) return "";
  return `read at ${(d.read_bytes / 1000 / d.read_ms).toFixed(1)} MB/s, ${plural(d.read_retries, "retry", "retries")}, ${d.read_slow} slow`;
}

function drive(d) {
  const health = d.out ? `out of service (${d.out})` : d.bad_in_a_row ? `${d.bad_in_a_row} bad in a row` : "";
  const note = [health, reading(d)].filter(Boolean).join(" · ");
  return { key: `drive-${d.serial}`, version: JSON.stringify(d), make: () => row(`${d.robot} drive ${d.drive}`, d.serial, d, note) };
}

function lot(l) {
  return { key: `lot-${l.code}`, version: JSON.stringify(l), make: () => row(`${l.media.toUpperCase()} lot`, l.code, l, "") };
}

// Read only while somebody looks at it.
export async function refreshDrives() {
  const section = document.querySelector("#drives");
  if (!section.open) return;
  const list = await get("/api/drives");
  sync(section.querySelector("tbody"), [...list.drives.map(drive), ...list.lots.map(lot)]);
}
document.querySelector("#drives").addEventListener("toggle", refreshDrives);
