// What the address says after `#`. It never reaches a server, and it leaves the address at once: it can hold a code.

/**
 * Reads `#e=…&c=…` and clears it.
 * @returns {URLSearchParams}
 */
export function takeFragment() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  history.replaceState(null, "", location.pathname + location.search);
  return fragment;
}
