// The list of studies and the burn dialog.
import { get, post } from "./api.js";
import { el, more, plural, size, state, sync, when } from "./dom.js";
import { fillMedia } from "./media.js";
import { openRelease } from "./release.js";

let offset = 0;
let robots = [];
export const setRobots = (list) => { robots = list; };

function act(study) {
  const can = ["complete", "published"].includes(study.state);
  if (can) return el("div", {},
    el("button", { class: "quiet", "data-act": "pin", title: study.pinned ? "Leave it to retention again" : "Keep it: retention never takes it", onclick: () => send(`/api/studies/${study.id}/${study.pinned ? "unpin" : "pin"}`) }, study.pinned ? "Unpin" : "Pin"),
    study.pinned ? null : el("button", { class: "quiet", "data-act": "delete", title: "Hide it now; its files go when the time of grace is over", onclick: () => remove(study) }, "Delete"),
    study.late ? el("button", { class: "primary", "data-act": "supplement", title: `One more disc with only what came after the disc of job ${study.late_job}`, onclick: () => send(`/api/jobs/${study.late_job}/supplement`) }, "Supplement") : null,
    el("button", { class: study.late || ["ignore", "hold"].includes(study.action) ? "quiet" : "primary", "data-act": "burn", onclick: () => openBurn(study) }, study.job ? "Burn again" : "Burn"));
  if (study.state === "receiving")
    return el("button", { class: "quiet", "data-act": "complete", title: "Do not wait for more images", onclick: () => send(`/api/studies/${study.id}/complete`) }, "No more images");
  if (study.state === "deleted")
    return el("button", { class: "primary", "data-act": "undelete", onclick: () => send(`/api/studies/${study.id}/undelete`) }, "Take back");
  if (study.state === "held")
    return el("button", { class: "quiet", "data-act": "release", onclick: () => openRelease(study.id) }, "Look\u2026");
  return null;
}

function remove(study) {
  const what = [study.patient_name, study.description, plural(study.objects, "object")].filter(Boolean).join(", ");
  if (confirm(`Delete this study?\n${what}\nUntil the time of grace is over it can be taken back, under \u201cdeleted ones\u201d.`))
    send(`/api/studies/${study.id}/delete`);
}

async function send(path) {
  try { await post(path); } catch (error) { alert(error.message); }
  refreshStudies();
}

// Which rule of discwright.conf decided, and how.
function decided(study) {
  const words = { burn: "ordered by", hold: "held by", ignore: "ignored by", none: "left to the desk by" };
  return study.rule ? el("div", { class: "soft" }, `${words[study.action]} rule “${study.rule}”`) : null;
}

function row(study) {
  const incomplete = study.quarantined > 0;
  return el("tr", {},
    el("td", {}, el("b", { dir: "auto" }, study.patient_name || "(no name)"), el("div", { class: "soft" }, [study.patient_id, study.birth_date].filter(Boolean).join(" · "))),
    el("td", {}, el("span", { dir: "auto" }, study.description || "(no description)"), el("div", { class: "soft" }, [study.study_date, (study.modalities || "").replaceAll("\\", ", "), study.accession].filter(Boolean).join(" · "))),
    el("td", {}, plural(study.objects, "object"), el("div", { class: "soft" }, size(study.size_bytes))),
    el("td", {}, state(study.state), decided(study), study.pinned ? el("div", { class: "soft" }, "pinned") : null, study.deleted_at ? el("div", { class: "soft" }, `since ${when(study.deleted_at)}`) : null, study.late ? el("div", { class: "soft late" }, `${plural(study.late, "object")} came after the disc of job ${study.late_job}`) : null, incomplete ? el("div", { class: "soft" }, `incomplete: ${plural(study.quarantined, "object")} refused`) : null, study.state === "held" ? el("div", { class: "soft" }, study.reason) : null),
    el("td", { class: "act" }, act(study)));
}

export async function refreshStudies() {
  const q = document.querySelector("#search").value.trim();
  const list = await get("/api/studies", { q, limit: 25, offset, state: document.querySelector("#deleted").checked ? "deleted" : "" });
  const body = document.querySelector("#studies tbody");
  if (list.total === 0)
    sync(body, [{ key: "none", version: q, make: () => el("tr", {}, el("td", { colspan: 5, class: "soft" }, q || document.querySelector("#deleted").checked ? "No study fits these words." : "No study has arrived yet. Point a modality at this appliance.")) }]);
  else
    sync(body, list.studies.map((s) => ({ key: s.id, version: JSON.stringify(s), make: () => row(s) })));
  more(document.querySelector("#studies-more"), offset, list.studies.length, list.total, (to) => { offset = to; refreshStudies(); });
}

function notes() {
  const form = document.querySelector("#burn form");
  const robot = robots.find((r) => r.name === form.robot.value) || robots[0];
  const lines = [];
  if (!robot) lines.push("No robot is connected: the job waits in the queue.");
  for (const note of robot?.notes ?? []) lines.push(`${note}.`);
  if (robot && !robot.connected) lines.push("This robot does not answer at the moment: the job waits in the queue.");
  document.querySelector("#burn-notes").textContent = lines.join(" ");
}

async function openBurn(study) {
  const dialog = document.querySelector("#burn");
  const form = dialog.querySelector("form");
  try {
    await fillMedia(form.media, form.profile, [["", "as configured"], ["auto", "smallest that is loaded"]]);
  } catch (error) {
    alert(error.message);
    return;
  }
  form.reset();
  form.media.onchange();
  form.querySelector(".error").textContent = "";
  document.querySelector("#burn-what").replaceChildren(el("b", { dir: "auto" }, study.patient_name), ["", study.description, study.study_date, `${plural(study.objects, "object")}, ${size(study.size_bytes)}`].filter((part, i) => part || i === 0).join(" · "));
  form.robot.replaceChildren(...robots.map((r) => el("option", { value: r.name }, r.name)));
  document.querySelector("#burn-robot").hidden = robots.length < 2;
  form.robot.onchange = notes;
  notes();
  form.onsubmit = async (event) => {
    if (event.submitter?.value !== "burn") return;
    event.preventDefault();
    event.submitter.disabled = true; // two clicks are one order
    try {
      await post("/api/jobs", { study: study.id, copies: Number(form.copies.value), media: form.media.value, profile: form.profile.value, recipient: form.recipient.value, priority: form.priority.value, robot: form.robot.value });
      dialog.close();
      document.dispatchEvent(new Event("refresh"));
    } catch (error) {
      form.querySelector(".error").textContent = error.message;
    } finally {
      event.submitter.disabled = false;
    }
  };
  dialog.showModal();
}

document.querySelector("#deleted").addEventListener("change", () => {
  offset = 0;
  refreshStudies();
});
let typing;
document.querySelector("#search").addEventListener("input", () => {
  clearTimeout(typing);
  offset = 0;
  typing = setTimeout(refreshStudies, 200);
});
