// Return in which of 10,000 buckets a unit lies: the first 64 bits of SHA-256 over salt, U+001F and unit, as a share of 2^64.
// Browsers have `crypto.subtle` on https and on this machine only; Node has it from version 20 on.
export async function bucket(salt, unit) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${salt}\x1f${unit}`));
  return Number((new DataView(digest).getBigUint64(0) * 10000n) >> 64n);
}
