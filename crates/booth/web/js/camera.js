// This device's camera as a reader of QR codes, where the browser has one.
import { announce, button, make } from "./dom.js";
import { say } from "./words.js";

const PAUSE_MS = 200;

/** Whether this browser reads QR codes itself. */
const canRead = () => "BarcodeDetector" in window && Boolean(navigator.mediaDevices?.getUserMedia);

/**
 * A button that starts the camera; `found` gets the text of the first code seen.
 * @param {(text: string) => void} found
 * @returns {HTMLElement | false} nothing where there is no such reader
 */
export function camera(found) {
  if (!canRead()) return false;
  const video = make("video", { class: "camera", playsinline: "", muted: true, hidden: true, "aria-label": say("check.camera.view") });
  let stream;
  const stop = () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = undefined;
    video.hidden = true;
    stopping.hidden = true;
    starting.hidden = false;
  };
  const start = async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      announce(say("check.camera.none"));
      starting.replaceWith(make("p", { class: "help" }, say("check.camera.none")));
      return;
    }
    Object.assign(video, { srcObject: stream, hidden: false });
    stopping.hidden = false;
    starting.hidden = true;
    await video.play();
    const reader = new window.BarcodeDetector({ formats: ["qr_code"] });
    while (stream && video.isConnected) {
      const [code] = await reader.detect(video).catch(() => []);
      if (code) {
        stop();
        return found(code.rawValue);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    stop();
  };
  const starting = button("check.camera", start);
  const stopping = button("check.camera.stop", stop, { hidden: true });
  return make("div", { class: "reader" }, starting, video, stopping);
}
