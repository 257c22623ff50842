// Robots: drives, bins, supplies, faults, and discs that need a person's answer.
import { get, post } from "./api.js";
import { bays } from "./bays.js";
import { el, plural, sync } from "./dom.js";
import { openRefill } from "./refill.js";
import { stepAlerts } from "./steps.js";

const order = (path, body) => async () => {
  try { await post(path, body); } catch (error) { alert(error.message); }
  document.dispatchEvent(new Event("refresh"));
};

// The machine's own words for a bin stand beside ours.
const named = (b) => (b.where ? `${b.name} (${b.where})` : b.name);

function bin(robot, b) {
  if (b.discs < 0 && b.role !== "input") return null; // nobody counts what came out
  if (b.discs < 0 && robot.caps?.includes("person")) return el("div", { class: "part" }, el("b", {}, b.media.toUpperCase()), b.stock ? `pile “${b.stock}”, ` : "", "laid in by hand");
  const low = b.role === "input" && b.discs >= 0 && b.discs <= Math.max(2, b.capacity * 0.1);
  const many = b.discs < 0 ? "not counted" : `${plural(b.discs, "disc")} of ${b.capacity}`; // an arm that cannot count is told
  return el("div", { class: `part ${low ? "low" : ""}` }, el("b", {}, named(b)), `${many}${b.role === "input" ? ` · ${b.media.toUpperCase()}${b.stock ? ` “${b.stock}”` : ""}` : ""}`,
    b.role === "input" ? el("div", {}, el("button", { class: "quiet", "data-act": `refill-${b.name}`, onclick: () => openRefill(robot, b) }, "Refilled")) : null);
}

function card(robot, machine, robots) {
  return el("article", { class: "card", "data-robot": robot.name },
    el("header", {}, el("b", {}, robot.name), robot.simulated ? el("span", { class: "state warn" }, "simulated") : null, robot.connected ? null : el("span", { class: "state bad" }, "does not answer"), el("span", { class: "soft", "data-activity": true }, robot.activity || "")),
    el("div", { class: "robot-grid" },
      ...(robot.drives ?? []).map((d) => el("div", { class: "part" }, el("b", {}, d.where ? `Drive ${d.n} (${d.where})` : `Drive ${d.n}`), d.state, d.disc ? ` · disc ${d.disc}` : "")),
      ...(robot.bins ?? []).map((b) => bin(robot, b)),
      ...(robot.supplies ?? []).map((s) => el("div", { class: `part ${s.percent <= 10 ? "low" : ""}` }, el("b", {}, s.name), `${s.percent} %`)),
      ...(robot.forecast ?? []).filter((f) => f.minutes >= 0).map((f) => el("div", { class: "part low" }, el("b", {}, f.supply), `${f.left} left, ${f.wanted} wanted: used up in about ${f.minutes} min`))),
    bays(robot, machine, robots),
    robot.notes?.length ? el("p", { class: "soft notes" }, `${robot.notes.join(". ")}.`) : null);
}

function question(disc, drives) {
  const say = (at, text) => el("button", { class: "quiet", onclick: order(`/api/discs/${disc.id}/answer`, { at }) }, text);
  return el("div", { class: "alert" }, el("span", {}, el("b", {}, `Where is disc ${disc.n} of ${disc.of} of job ${disc.job}?`), ` ${disc.robot} stopped while it was moving. Nothing more moves until you have looked.`),
    el("span", { class: "right" }, ...drives.map((d) => say(`drive ${d.n}`, `In drive ${d.n}`)), say("output", "In the output bin"), say("reject", "In the reject bin"), say("gone", "Nowhere / taken out")));
}

function fault(robot, f) {
  return el("div", { class: "alert bad" }, el("span", {}, el("b", {}, `${robot.name}: ${f.sentence}.`), f.doing ? ` ${f.doing}.` : "", f.who ? el("span", { class: "soft" }, ` (${f.who === "it" ? "IT" : f.who})`) : null),
    /^(drive_missing|tray_out)/.test(f.key) ? null : el("span", { class: "right" }, el("button", { class: "quiet", onclick: order("/api/robots/acknowledge", { robot: robot.name, key: f.key }) }, "Done, go on")));
}

export async function refreshRobots(now) {
  const robots = now.robots ?? [], machine = now.machine ?? [];
  sync(document.querySelector("#robots"), robots.length
    ? robots.map((r) => ({ key: r.name, version: JSON.stringify([r, r.bays && machine]), make: () => card(r, machine, robots) }))
    : [{ key: "none", version: "", make: () => el("div", { class: "empty" }, "No robot is configured.") }]);
  const unknown = (await get("/api/discs", { state: "unknown", limit: 10 })).discs;
  const alerts = await stepAlerts(robots);
  for (const d of unknown)
    alerts.push({ key: `disc-${d.id}`, version: "1", make: () => question(d, robots.find((r) => r.name === d.robot)?.drives ?? []) });
  for (const r of robots)
    for (const f of r.faults ?? []) alerts.push({ key: `fault-${r.name}-${f.key}`, version: JSON.stringify(f), make: () => fault(r, f) });
  return alerts;
}
