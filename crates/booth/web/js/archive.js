// A record that a visitor has downloaded: a folder, a tar file, or a zip file. Its files by their path inside the record.

const BLOCK = 512;
/** No record has more files than a page can look at. */
const MOST_FILES = 200_000;
/** No file of a record is longer: a bundle of 256 of the largest entries. */
const LONGEST_FILE = 256 * 65_537;

const text = new TextDecoder();

/**
 * The files of a record, by path.
 * @param {FileList | File[]} chosen a folder's files, or one archive
 * @returns {Promise<Map<string, Blob>>}
 */
export async function readRecord(chosen) {
  const files = [...chosen];
  if (files.length > MOST_FILES) throw new Error("too many files");
  const [only] = files;
  const named = files.length === 1 && !only.webkitRelativePath;
  const found = named ? await readArchive(only) : fromFolder(files);
  return belowCheckpoint(found);
}

function fromFolder(files) {
  return new Map(files.map((file) => [file.webkitRelativePath || file.name, file]));
}

async function readArchive(file) {
  const start = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  const isZip = start[0] === 0x50 && start[1] === 0x4b;
  return isZip ? readZip(file) : readTar(file);
}

/** An archive holds one folder: paths begin where the shallowest `checkpoint` lies. */
function belowCheckpoint(files) {
  const checkpoints = [...files.keys()].filter((path) => /(^|\/)checkpoint$/.test(path));
  checkpoints.sort((a, b) => a.length - b.length);
  if (checkpoints.length === 0) throw new Error("there is no checkpoint in it");
  const prefix = checkpoints[0].slice(0, -"checkpoint".length);
  const inside = [...files].filter(([path]) => path.startsWith(prefix));
  return new Map(inside.map(([path, blob]) => [path.slice(prefix.length), blob]));
}

/** A tar file of plain files with short names, as this server and the usual tools write them. */
async function readTar(file) {
  const files = new Map();
  for (let at = 0; at + BLOCK <= file.size; ) {
    const header = new Uint8Array(await file.slice(at, at + BLOCK).arrayBuffer());
    if (header[0] === 0) break;
    const size = octal(header.subarray(124, 136));
    const prefix = cString(header.subarray(345, 500));
    const name = cString(header.subarray(0, 100));
    const path = prefix === "" ? name : `${prefix}/${name}`;
    const isFile = header[156] === 0 || header[156] === 0x30;
    if (isFile) files.set(path.replace(/^\.\//, ""), file.slice(at + BLOCK, at + BLOCK + size));
    if (files.size > MOST_FILES) throw new Error("too many files");
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

function cString(bytes) {
  const end = bytes.indexOf(0);
  return text.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function octal(bytes) {
  const number = Number.parseInt(cString(bytes).trim() || "0", 8);
  if (!(number >= 0 && number <= LONGEST_FILE)) throw new Error("this is no archive of a record");
  return number;
}

/** A zip file, stored or deflated, without encryption and below four gigabytes. */
async function readZip(file) {
  const tail = Math.max(0, file.size - 65_557);
  const end = new DataView(await file.slice(tail).arrayBuffer());
  let at = end.byteLength - 22;
  while (at >= 0 && end.getUint32(at, true) !== 0x06054b50) at -= 1;
  if (at < 0) throw new Error("this zip file is cut off");
  const count = end.getUint16(at + 10, true);
  const [length, start] = [end.getUint32(at + 12, true), end.getUint32(at + 16, true)];
  const directory = new DataView(await file.slice(start, start + length).arrayBuffer());
  const files = new Map();
  for (let entry = 0, place = 0; entry < count; entry += 1) {
    if (directory.getUint32(place, true) !== 0x02014b50) throw new Error("this zip file is damaged");
    const [packed, size] = [directory.getUint32(place + 20, true), directory.getUint32(place + 24, true)];
    const lengths = [28, 30, 32].map((offset) => directory.getUint16(place + offset, true));
    const name = text.decode(new Uint8Array(directory.buffer, place + 46, lengths[0]));
    const local = directory.getUint32(place + 42, true);
    const method = directory.getUint16(place + 10, true);
    if (!name.endsWith("/")) files.set(name, await unzip(file, { local, packed, size, method }));
    place += 46 + lengths[0] + lengths[1] + lengths[2];
  }
  return files;
}

async function unzip(file, { local, packed, size, method }) {
  if (size > LONGEST_FILE) throw new Error("this is no archive of a record");
  const header = new DataView(await file.slice(local, local + 30).arrayBuffer());
  const start = local + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  const inside = file.slice(start, start + packed);
  if (method === 0) return inside;
  if (method !== 8) throw new Error("this zip file is packed in an unusual way");
  const unpacked = inside.stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return limited(unpacked, size);
}

/** What a stream holds, if it is as long as it should be: an archive can claim anything. */
async function limited(stream, size) {
  const parts = [];
  let length = 0;
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > size) throw new Error("this zip file is damaged");
    parts.push(value);
  }
  return new Blob(parts);
}
