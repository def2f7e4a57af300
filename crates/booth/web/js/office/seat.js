// What holders of a seat say to the server.
import { Refused } from "./desk.js";

const PREFIX = "/api/v1";

/** The server's answer, or a refusal with the code of its problem. */
async function send(method, path, { token, body, type } = {}) {
  let response;
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (type) headers["Content-Type"] = type;
  try {
    response = await fetch(PREFIX + path, { method, headers, body, cache: "no-store" });
  } catch (error) {
    throw new Refused({ code: "offline", detail: String(error) });
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  const code = response.status === 401 ? "seat-unknown" : "server";
  throw new Refused({ code, detail: problem.message ?? `${response.status}` });
}

/** The seat whose token this is: the text, as the façade reads it, and what it says. */
export async function readSeat(token) {
  const text = await (await send("GET", "/seat", { token })).text();
  return { text, ...JSON.parse(text) };
}

/** Sends the public halves of the keys. */
export async function sendKeys(token, keys) {
  await send("PUT", "/seat/keys", { token, body: keys, type: "application/json" });
}

/** The list of voters the organizer has left on the server: its text, and how many it names. */
export async function readList(token) {
  const text = await (await send("GET", "/seat/voters", { token })).text();
  return { text, voters: JSON.parse(text).voters.length };
}

/** Where an election stands, as the server says. */
export async function readStatus(election) {
  return (await send("GET", `/elections/${election}`)).json();
}

/** Sends an entry; the same bytes again get the same answer. */
export async function append(election, entry) {
  const type = "application/octet-stream";
  return (await send("POST", `/elections/${election}/entries`, { body: entry, type })).json();
}

/** The other registrar's parcel; nothing where there is none yet. */
export async function fetchParcel(token, election, issuer, name) {
  const folder = `/elections/${election}/parcels`;
  const { parcels } = await (await send("GET", folder, { token })).json();
  if (!parcels.some((parcel) => parcel.issuer === issuer && parcel.name === name)) return undefined;
  const response = await send("GET", `${folder}/${issuer}/${name}`, { token });
  return new Uint8Array(await response.arrayBuffer());
}

/** Leaves a parcel for the other registrar. */
export async function leaveParcel(token, election, issuer, name, parcel) {
  const path = `/elections/${election}/parcels/${issuer}/${name}`;
  await send("PUT", path, { token, body: parcel, type: "application/octet-stream" });
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until the published board holds the entry at this index. */
export async function published(election, index) {
  for (let attempt = 0; attempt < 150; attempt += 1) {
    if ((await readStatus(election)).published > index) return;
    await pause(400);
  }
  throw new Refused({ code: "not-published", detail: `entry ${index}` });
}
