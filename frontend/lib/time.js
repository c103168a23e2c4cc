// Seconds as a clock, the same way as the server's |clock filter.

/** 11:26, or 1:02:03 from one hour on. */
export function clock(seconds) {
  const total = Math.max(0, Math.floor(seconds || 0));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(total / 3600), Math.floor((total % 3600) / 60)];
  return hours ? `${hours}:${two(minutes)}:${two(total % 60)}` : `${two(minutes)}:${two(total % 60)}`;
}
