// Which drive of this machine is which drive of a robot: a person says it, with the tray as a pointing finger.
import { post } from "./api.js";
import { el } from "./dom.js";

const say = async (path, body) => {
  try { await post(path, body); } catch (error) { alert(error.message); }
  document.dispatchEvent(new Event("refresh"));
};

// Nobody but a person can see whether an arm stands before a tray. A drive that no robot has may stand in any of them.
async function openTray(robot, drive, robots) {
  const owner = robots.find((r) => r.name === drive.robot);
  const free = (owner ? [owner] : robots).some((r) => r.bays && !r.caps?.includes("person"));
  if (free && !confirm("A robot's arm must not be above or in front of the tray. Have you looked, and is the way of the tray free?")) return;
  await say("/api/robots/tray", { robot: robot.name, address: drive.address, free });
}

function row(robot, drive, robots) {
  const mine = drive.robot === robot.name ? robot.bays.find((b) => b.n === drive.drive) : null;
  const open = drive.robot ? [] : robot.bays.filter((b) => b.why);
  return el("li", { "data-drive": drive.address },
    el("span", {}, el("b", {}, [drive.vendor, drive.model].filter(Boolean).join(" ") || drive.device), ` ${drive.serial || "without a serial"}`,
      el("span", { class: "soft" }, ` ${[drive.device, drive.path && `plugged in at ${drive.path}`].filter(Boolean).join(", ")}`)),
    el("span", { class: `state ${drive.robot ? "good" : ""}` }, drive.robot ? `drive ${drive.drive} of ${drive.robot}` : "of no robot"),
    el("span", { class: "right" }, drive.tray ? el("span", { class: "soft", role: "status" }, `${drive.tray}.`) : null,
      el("button", { class: "quiet", "data-act": `tray-${drive.address}`, onclick: () => openTray(robot, drive, robots) }, "Open its tray"),
      ...open.map((b) => el("button", { class: "primary", "data-act": `is-${b.n}-${drive.address}`, onclick: () => say("/api/robots/drive", { robot: robot.name, drive: b.n, address: drive.address }) }, `This is drive ${b.n}`)),
      mine?.assigned ? el("button", { class: "quiet", "data-act": `back-${drive.address}`, onclick: () => say("/api/robots/drive", { robot: robot.name, drive: mine.n, address: "" }) }, "Take it back") : null));
}

// A robot that has its drives inside of it has no bays.
export function bays(robot, machine, robots) {
  if (!robot.bays) return null;
  const asked = robot.bays.filter((b) => b.why);
  const list = machine.length ? el("ul", {}, ...machine.map((d) => row(robot, d, robots))) : el("p", { class: "soft" }, "No optical drive is plugged into this machine.");
  if (!asked.length) return el("details", { class: "bays" }, el("summary", {}, "Drives of this machine"), list);
  return el("section", { class: "bays asked", "aria-label": "Which drive is which?" }, ...asked.map((b) => el("b", {}, `${b.why}.`)),
    el("p", { class: "soft" }, "Open a tray to see which drive a line is; then say where that drive stands."), list);
}
