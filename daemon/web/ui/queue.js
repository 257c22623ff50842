// Jobs and their discs as they move.
import { get, post } from "./api.js";
import { el, more, plural, size, state, sync, when } from "./dom.js";
import { progressText } from "./progress.js";
import { question } from "./question.js";

let offset = 0;
const details = new Map(); // job id -> its volumes and discs

function bar(progress) {
  if (!progress || !progress.total) return el("span");
  const percent = Math.floor((100 * progress.done) / progress.total);
  return el("progress", { max: 100, value: percent, "aria-label": `${progress.stage} ${percent} %` });
}

// Of a delivered disc: who read it back, where that was not this appliance, and what that robot said of it.
function past(disc) {
  if (disc.state !== "delivered") return disc.reason;
  if (disc.verified_by !== "robot") return "";
  return disc.reason?.startsWith("verified by the robot") ? disc.reason : ["verified by the robot", disc.reason].filter(Boolean).join("; ");
}

function discRow(disc, progress) {
  const what = `Disc ${disc.n} of ${disc.of}` + (disc.copy > 1 ? `, copy ${disc.copy}` : "") + (disc.attempt > 1 ? `, attempt ${disc.attempt}` : "");
  const right = disc.state === "delivered" ? when(disc.delivered_at) : [disc.drive ? `drive ${disc.drive}` : "", progressText(progress)].filter(Boolean).join(" · ");
  return el("div", { class: "disc" }, el("span", {}, what), state(disc.state), past(disc) ? el("span", { class: "soft" }, past(disc)) : bar(progress), el("span", { class: "soft" }, right));
}

const order = (path, question) => async () => {
  if (question && !confirm(question)) return;
  try { await post(path); } catch (error) { alert(error.message); }
  document.dispatchEvent(new Event("refresh"));
};

export function showLabel(job, n = 1) {
  const dialog = document.querySelector("#label-view");
  dialog.querySelector("img").src = `/api/jobs/${job.id}/label?n=${n}&t=${Date.now()}`;
  dialog.showModal();
}

function card(job, detail, now) {
  const open = ["queued", "preparing", "active", "held"].includes(job.state);
  const stopped = ["failed", "held"].includes(job.state);
  const preparing = now.jobs?.[job.id];
  const discs = detail?.disc_list ?? [];
  const left = job.left_off + job.quarantined;
  return el("article", { class: "card", "data-job": job.id, "data-state": job.state },
    el("header", {},
      el("b", {}, `Job ${job.id}`), el("span", { dir: "auto" }, job.patient_name), state(job.state),
      job.supplement_of ? el("span", { class: "state warn" }, `supplement to job ${job.supplement_of}`) : null,
      job.priority !== "normal" ? el("span", { class: job.priority === "low" ? "state" : "state bad" }, job.priority) : null,
      job.nonconformant ? el("span", { class: "state bad" }, "not DICOM conformant") : null,
      el("span", { class: "soft" }, [`${plural(job.copies, "copy", "copies")} on ${job.media.toUpperCase()}`, job.claim || (job.nonconformant ? "" : job.profile), plural(job.objects, "object"), job.rule ? `rule “${job.rule}”` : "", detail?.volume_list?.length ? size(detail.volume_list.reduce((sum, v) => sum + v.size_bytes, 0)) : ""].filter(Boolean).join(" · ")),
      el("span", { class: "right" },
        detail?.volume_list?.length ? el("button", { class: "quiet", "data-act": "label", onclick: () => showLabel(job) }, "Label") : null,
        job.late ? el("button", { class: "quiet", "data-act": "supplement", onclick: order(`/api/jobs/${job.id}/supplement`) }, "Supplement") : null,
        job.waits ? el("button", { class: "primary", "data-act": "release", onclick: order(`/api/jobs/${job.id}/release`) }, "Release") : null,
        stopped && !job.question && !job.waits ? el("button", { class: "quiet", "data-act": "retry", onclick: order(`/api/jobs/${job.id}/retry`) }, "Try again") : null,
        open && !job.cancel_asked ? el("button", { class: "quiet", "data-act": "cancel", onclick: order(`/api/jobs/${job.id}/cancel`, `Cancel job ${job.id}?`) }, "Cancel") : null)),
    job.reason ? el("p", { class: "soft" }, job.reason) : null,
    job.late ? el("p", { class: "soft" }, `${plural(job.late, "object")} came after its discs were begun and ${job.late === 1 ? "is" : "are"} on none of them.`) : null,
    job.question ? question(job, detail?.notes ?? []) : null,
    left > 0 ? el("p", { class: "soft" }, `Incomplete: ${plural(left, "object")} not on the disc. `, ...(detail?.notes ?? []).filter((n) => ["left_off", "quarantined"].includes(n.kind)).slice(0, 3).map((n) => el("span", {}, `Object ${n.number}: ${n.text}. `))) : null,
    el("div", { class: "discs" },
      preparing ? el("div", { class: "disc" }, el("span", {}, "Preparing"), el("span", { class: "soft" }, preparing.stage), bar(preparing), el("span", { class: "soft" }, progressText(preparing))) : null,
      ...discs.slice().sort((a, b) => a.n - b.n || a.copy - b.copy || a.attempt - b.attempt).map((d) => discRow(d, now.discs?.[d.id]))));
}

export async function refreshQueue(now) {
  const list = await get("/api/jobs", { limit: 25, offset });
  const root = document.querySelector("#queue");
  await Promise.all(list.jobs.map(async (job) => {
    const known = details.get(job.id);
    if (!known || known.state !== job.state || ["preparing", "active", "held"].includes(job.state))
      details.set(job.id, await get(`/api/jobs/${job.id}`));
  }));
  for (const id of details.keys()) if (!list.jobs.some((j) => j.id === id)) details.delete(id);
  if (list.total === 0)
    sync(root, [{ key: "none", version: "", make: () => el("div", { class: "empty" }, "Nothing has been ordered yet. Press Burn beside a study.") }]);
  else
    sync(root, list.jobs.map((job) => {
      const detail = details.get(job.id);
      const moving = [now.jobs?.[job.id], ...(detail?.disc_list ?? []).map((d) => now.discs?.[d.id])];
      return { key: job.id, version: JSON.stringify([job, detail?.disc_list, moving]), make: () => card(job, detail, now) };
    }));
  more(document.querySelector("#queue-more"), offset, list.jobs.length, list.total, (to) => { offset = to; document.dispatchEvent(new Event("refresh")); });
}
