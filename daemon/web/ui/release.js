// A held study: what it has beside what came, and a person's answer.
import { get, post } from "./api.js";
import { el, plural, when } from "./dom.js";
import { setWho, who } from "./who.js";

function row(conflict) {
  return el("tr", {},
    el("td", {}, conflict.title),
    el("td", { dir: "auto" }, conflict.locked || "(nothing)"),
    el("td", { dir: "auto" }, conflict.other || "(nothing)"),
    el("td", {}, conflict.calling, el("div", { class: "soft" }, [when(conflict.last_at), `${plural(conflict.objects, "object")} from number ${conflict.first_object}`, conflict.answer].filter(Boolean).join(" \u00b7 "))));
}

function answers(form, study) {
  const options = [el("option", { value: "leave-out" }, "Keep the patient of the study; leave these objects out")];
  if (study.acceptable_total > 0)
    options.push(el("option", { value: "accept" }, `Same patient: take ${plural(study.acceptable_total, "object")} that only the sex tells apart`));
  form.answer.replaceChildren(...options);
}

export async function openRelease(id) {
  const dialog = document.querySelector("#release");
  const form = dialog.querySelector("form");
  let study;
  try {
    study = await get(`/api/studies/${id}`);
  } catch (error) {
    alert(error.message);
    return;
  }
  form.reset();
  form.user.value = who();
  form.querySelector(".error").textContent = "";
  dialog.querySelector(".notes").textContent = study.reason;
  dialog.querySelector("tbody").replaceChildren(...study.conflicts.map(row));
  dialog.querySelector("table").hidden = study.conflicts.length === 0;
  answers(form, study);
  form.onsubmit = async (event) => {
    if (event.submitter?.value !== "release") return;
    event.preventDefault();
    setWho(form.user.value);
    try {
      await post(`/api/studies/${id}/release`, { user: form.user.value, reason: form.reason.value, answer: form.answer.value });
      dialog.close();
      document.dispatchEvent(new Event("refresh"));
    } catch (error) {
      form.querySelector(".error").textContent = error.message;
    }
  };
  dialog.showModal();
}
