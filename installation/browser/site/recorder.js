// Records what the canvas shows, in memory, for ten seconds.

export const SECONDS = 10;
const TYPES = ["video/mp4;codecs=avc1.42E01E", "video/webm;codecs=vp9", "video/webm;codecs=vp8"];
const BITS_PER_SECOND = 4_000_000;

// What this browser can record, or null.
export function recordable() {
  if (!window.MediaRecorder || !HTMLCanvasElement.prototype.captureStream) return null;
  return TYPES.find((type) => MediaRecorder.isTypeSupported(type)) ?? null;
}

// Resolves to the film. `tick` gets the seconds that are left; ends early when `ended()` is true.
export function record(canvas, type, tick, ended) {
  const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType: type, videoBitsPerSecond: BITS_PER_SECOND });
  const parts = [];
  return new Promise((resolve, reject) => {
    let left = SECONDS;
    const clock = setInterval(() => {
      left -= 1;
      tick(left);
      if ((left <= 0 || ended()) && recorder.state !== "inactive") recorder.stop();
    }, 1000);
    const end = (finish) => {
      clearInterval(clock);
      recorder.stream.getTracks().forEach((track) => track.stop());
      finish();
    };
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.onstop = () => end(() => resolve(new Blob(parts, { type: type.split(";")[0] })));
    recorder.onerror = ({ error }) => end(() => reject(error));
    tick(left);
    recorder.start(1000);
  });
}
