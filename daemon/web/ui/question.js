// Objects that a profile forbids: nothing is burned until a person answers.
import { post } from "./api.js";
import { el, plural } from "./dom.js";
import { blankOf, fillMedia } from "./media.js";

const SHOWN = 5;

async function answer(job, body) {
  try { await post(`/api/jobs/${job.id}/resolve`, body); } catch (error) { alert(error.message); }
  document.dispatchEvent(new Event("refresh"));
}

function asIs(job) {
  if (confirm("The discs will be marked as not DICOM conformant, and some stations will not read these objects. Write them as they are?"))
    answer(job, { answer: "as-is" });
}

// Another medium: what takes every object comes first.
async function openOther(job) {
  const dialog = document.querySelector("#other");
  const form = dialog.querySelector("form");
  const takers = job.question.takers ?? [];
  form.querySelector(".error").textContent = "";
  await fillMedia(form.media, form.profile, [["auto", "smallest that is loaded"]]);
  if (takers.length > 0) {
    form.media.value = await blankOf(takers[0].media);
    form.media.onchange();
    form.profile.value = takers[0].profile;
  }
  form.querySelector(".notes").textContent = takers.length > 0
    ? `Takes all of them: ${takers.map((t) => t.profile).join(", ")}`
    : "No single profile takes all of them.";
  form.onsubmit = async (event) => {
    if (event.submitter?.value !== "use") return;
    event.preventDefault();
    try {
      await post(`/api/jobs/${job.id}/resolve`, { answer: "profile", media: form.media.value, profile: form.profile.value });
      dialog.close();
      document.dispatchEvent(new Event("refresh"));
    } catch (error) {
      form.querySelector(".error").textContent = error.message;
    }
  };
  dialog.showModal();
}

export function question(job, notes) {
  const may = (word) => job.question.answers.includes(word);
  const forbidden = notes.filter((n) => n.kind === "forbidden");
  return el("div", { class: "question", role: "group", "aria-label": "Objects that this disc may not hold" },
    el("ul", {}, ...forbidden.slice(0, SHOWN).map((n) => el("li", {}, n.number ? `Object ${n.number}: ${n.text}` : n.text)),
      forbidden.length > SHOWN ? el("li", { class: "soft" }, `and ${plural(job.forbidden - SHOWN, "more object")}`) : null),
    el("div", { class: "answers" },
      may("leave-off") ? el("button", { class: "quiet", "data-act": "leave-off", onclick: () => answer(job, { answer: "leave-off" }) }, "Leave them off") : null,
      may("profile") ? el("button", { class: "quiet", "data-act": "other", onclick: () => openOther(job) }, "Another medium\u2026") : null,
      may("as-is") ? el("button", { class: "quiet", "data-act": "as-is", onclick: () => asIs(job) }, "Write them as they are") : null));
}
