// Small helpers. Text is always set as text, never as markup.
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "class") node.className = value;
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

// Replace the content of `parent`, but keep rows that did not change: what the mouse or the keyboard is on
// must not be pulled away by a refresh. Each row is { key, version, make }.
export function sync(parent, rows) {
  const known = new Map([...parent.children].map((n) => [n.dataset.key, n]));
  let place = parent.firstElementChild;
  for (const { key, version, make } of rows) {
    let node = known.get(String(key));
    known.delete(String(key));
    if (!node || node.dataset.version !== version) {
      const made = make();
      made.dataset.key = key;
      made.dataset.version = version;
      if (node) {
        const focus = node.contains(document.activeElement) ? document.activeElement.dataset.act : null;
        if (place === node) place = made;
        node.replaceWith(made);
        if (focus) made.querySelector(`[data-act="${focus}"]`)?.focus();
      }
      node = made;
    }
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
  for (const gone of known.values()) gone.remove();
}

const plural = (n, one, many = one + "s") => `${n} ${n === 1 ? one : many}`;
export { plural };

export function size(bytes) {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes >= 1e6) return `${Math.round(bytes / 1e6)} MB`;
  return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
}

export function when(seconds) {
  if (!seconds) return "";
  const date = new Date(seconds * 1000);
  const today = date.toDateString() === new Date().toDateString();
  return today ? date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : date.toLocaleString([], { dateStyle: "short", timeStyle: "short" });
}

const kinds = {
  good: ["delivered", "done", "published"],
  work: ["receiving", "preparing", "active", "loading", "burning", "verifying", "printing", "delivering", "queued", "reserved"],
  warn: ["held", "unknown", "rejecting", "cancelled", "deleted", "purging"],
  bad: ["failed", "rejected", "abandoned"],
};
const words = { complete: "ready", active: "at the robot", unknown: "needs an answer", reserved: "waiting" };
export function state(name) {
  const kind = Object.keys(kinds).find((k) => kinds[k].includes(name)) || "";
  return el("span", { class: `state ${kind}` }, words[name] || name);
}

export function more(parent, offset, shown, total, go) {
  parent.replaceChildren();
  if (total <= shown && offset === 0) return;
  parent.append(
    el("button", { class: "quiet", disabled: offset === 0, onclick: () => go(Math.max(0, offset - 25)) }, "Newer"),
    `${offset + 1} to ${offset + shown} of ${total}`,
    el("button", { class: "quiet", disabled: offset + shown >= total, onclick: () => go(offset + 25) }, "Older"),
  );
}
