// What a disc may be: blanks and profiles, asked once of the tables the daemon goes by.
import { get } from "./api.js";
import { el } from "./dom.js";

let known;
export const choices = () => (known ??= get("/api/choices").catch((error) => { known = undefined; throw error; }));

const option = (value, text) => el("option", { value }, text);

// A medium, and the profiles that are for it. `first` is what stands above the list: [value, text] each.
export async function fillMedia(media, profile, first) {
  const { media: blanks, profiles } = await choices();
  media.replaceChildren(...first.map(([value, text]) => option(value, text)), ...blanks.map((b) => option(b.name, b.title)));
  const narrow = () => {
    const kind = blanks.find((b) => b.name === media.value)?.kind;
    const before = profile.value;
    const fitting = profiles.filter((p) => !kind || p.media === kind);
    profile.replaceChildren(option("", "the usual one"), ...fitting.map((p) => option(p.name, p.name)));
    profile.value = fitting.some((p) => p.name === before) ? before : "";
  };
  media.onchange = narrow;
  narrow();
}

// Every kind of blank, for a bin.
export async function fillKinds(select) {
  const { media } = await choices();
  select.replaceChildren(...media.map((b) => option(b.name, b.title)));
}

// The smallest blank of a kind ("bd" of STD-GEN-BD): what to offer for a profile.
export async function blankOf(kind) {
  return (await choices()).media.find((b) => b.kind === kind)?.name ?? "auto";
}
