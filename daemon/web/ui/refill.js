// A bin was filled: how many, of which kind, and of which pile.
import { post } from "./api.js";
import { fillKinds } from "./media.js";

export async function openRefill(robot, bin) {
  const dialog = document.querySelector("#refill");
  const form = dialog.querySelector("form");
  const error = form.querySelector(".error");
  try {
    await fillKinds(form.media);
  } catch (failure) {
    alert(failure.message);
    return;
  }
  dialog.querySelector("h2").textContent = `What is in ${bin.name}${bin.where ? ` (${bin.where})` : ""} now?`;
  error.textContent = "";
  form.discs.max = bin.capacity;
  form.discs.value = bin.capacity;
  form.media.value = bin.media;
  form.media.disabled = robot.caps?.includes("fixed_bins") ?? false; // the settings say it
  form.media.title = form.media.disabled ? "What this bin holds is said in the robot's settings (bins)" : "";
  form.stock.value = bin.stock ?? "";
  form.onsubmit = async (event) => {
    if (event.submitter?.value !== "refill") return;
    event.preventDefault();
    try {
      await post("/api/robots/refill", { robot: robot.name, bin: bin.name, discs: Number(form.discs.value), media: `${form.media.value}:${form.stock.value.trim()}` });
      dialog.close();
      document.dispatchEvent(new Event("refresh"));
    } catch (failure) {
      error.textContent = failure.message;
    }
  };
  dialog.showModal();
}
