// What a person is asked to do with a disc, and for whom it is: the only place where the two stand together.
import { get, post } from "./api.js";
import { el } from "./dom.js";
import { showLabel } from "./queue.js";

const words = { insert: "The disc is in", hand_over: "Labelled and put there", to_printer: "It lies in the printer", from_printer: "Taken out and put there", throw_away: "Cut and thrown away", check_gripper: "Yes, it is empty", check_drive: "Yes, the tray is in", check_printer: "Yes, the tray is in" };
const known = new Map(); // job id -> the job, while a step asks for it

const answer = (robot, step, word) => async () => {
  try { await post("/api/robots/step", { robot, n: step.n, disc: step.disc, answer: word }); } catch (error) { alert(error.message); }
  document.dispatchEvent(new Event("refresh"));
};

const discNumber = (job, id) => job.disc_list?.find((d) => d.id === id)?.n ?? 1;

function discOf(job, id) {
  const disc = job?.disc_list?.find((d) => d.id === id);
  return disc ? [`disc ${disc.n} of ${disc.of}`, disc.copy > 1 || job.copies > 1 ? `copy ${disc.copy}` : "", disc.attempt > 1 ? `attempt ${disc.attempt}` : ""].filter(Boolean).join(", ") : "";
}

// What stands on a disc that nobody prints on.
function byHand(job, step) {
  const disc = job.disc_list?.find((d) => d.id === step.disc);
  return el("div", { class: "byhand", "aria-label": "Write this on the disc" },
    el("b", { dir: "auto" }, job.patient_name || "(no name)"),
    el("span", {}, [job.patient_id, job.birth_date].filter(Boolean).join(" · ")),
    el("span", {}, [job.description, disc ? `Disc ${disc.n} of ${disc.of}` : "", new Date().toLocaleDateString()].filter(Boolean).join(" · ")));
}

function card(robot, step, job) {
  const bad = step.task === "throw_away"; // no name stands beside a disc that nobody may be given
  const whose = job ? el("span", {}, `Job ${job.id}, `, bad ? null : el("span", { dir: "auto" }, `${job.patient_name}, `), discOf(job, step.disc)) : null;
  return el("div", { class: `alert step${bad ? " bad" : ""}`, "data-step": step.task, role: "group", "aria-label": "What to do now" },
    el("span", {}, el("b", {}, `${step.sentence}${step.sentence.endsWith("?") ? "" : "."}`), whose, step.wrong ? el("strong", { class: "wrong" }, `${step.wrong}.`) : null),
    step.task === "hand_over" && job ? byHand(job, step) : null,
    el("span", { class: "right" },
      step.task === "hand_over" && job ? el("button", { class: "quiet", "data-act": "step-label", onclick: () => showLabel(job, discNumber(job, step.disc)) }, "Show the label") : null,
      step.task === "insert" ? el("span", { class: "soft" }, "A drive that sees the disc goes on by itself.") : null,
      el("button", { class: "quiet", "data-act": "step-failed", onclick: answer(robot, step, "failed") }, step.task.startsWith("check_") ? "No" : "Something went wrong"),
      el("button", { class: "primary", "data-act": "step-done", onclick: answer(robot, step, "done") }, words[step.task])));
}

export async function stepAlerts(robots) {
  const asking = robots.filter((r) => r.step);
  document.title = asking.length ? `\u25CF ${asking[0].step.sentence}` : "Discwright";
  for (const id of known.keys()) if (!asking.some((r) => r.step.job === id)) known.delete(id);
  await Promise.all(asking.map(async ({ step }) => {
    const told = known.get(step.job)?.disc_list?.some((d) => d.id === step.disc); // a disc made again is a new one
    if (step.job && !told) known.set(step.job, await get(`/api/jobs/${step.job}`));
  }));
  return asking.map(({ name, step }) => ({ key: `step-${name}`, version: JSON.stringify(step), make: () => card(name, step, known.get(step.job)) }));
}
