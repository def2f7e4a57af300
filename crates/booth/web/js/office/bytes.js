// Bytes as unpadded base64url, and as files.

/** @param {Uint8Array} bytes */
export function toBase64url(bytes) {
  let text = "";
  for (let start = 0; start < bytes.length; start += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {string} text */
export function fromBase64url(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (symbol) => symbol.charCodeAt(0));
}

/** A name for a secret under which it can be found again, and not learned. */
export async function nameOf(secret) {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`urne seat ${secret}`));
  return toBase64url(new Uint8Array(hash));
}

/** Hands a file to the person at the page. */
export function saveFile(name, bytes, type = "application/octet-stream") {
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
