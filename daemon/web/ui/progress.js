// How far a task or a disc is, in words.
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
const megabytes = (bytes) => Math.floor(bytes / 1e6);

// A speed is known only while a disc is burned; "x" is how drives and discs are sold.
function burning(p) {
  if (!(p.speed_kbps > 0)) return [];
  return [
    `${megabytes(p.done)} of ${megabytes(p.total)} MB`,
    p.speed_1x_kbps > 0 ? `${(p.speed_kbps / p.speed_1x_kbps).toFixed(1)}x` : `${p.speed_kbps} kB/s`,
    p.buffer_percent >= 0 ? `buffer ${p.buffer_percent} %` : "",
    p.left_s >= 0 ? `${clock(p.left_s)} left` : "",
  ];
}

export function progressText(p) {
  if (p?.stage === "close-tray") return "push its tray in by hand";
  if (p?.stage === "closing") return "closing the disc";
  if (!p?.total) return "";
  return [`${Math.floor((100 * p.done) / p.total)} %`, ...burning(p)].filter(Boolean).join(" · ");
}
