// What is painted: the visitor's camera, a clip, or a photo. None of it leaves the page.

const CAMERA = { audio: false, video: { facingMode: "user", width: { ideal: 640 }, height: { ideal: 480 } } };
const LONGEST = 4096; // pixels of a photo's edge; larger ones are refused by some browsers' canvases

// A camera or a clip.
export class Moving {
  static async camera(video) {
    if (!navigator.mediaDevices) throw new Error("no camera");
    const stream = await navigator.mediaDevices.getUserMedia(CAMERA);
    video.srcObject = stream;
    await video.play();
    return new Moving(video, true, () => stream.getTracks().forEach((track) => track.stop()));
  }

  static async clip(video, file) {
    const url = URL.createObjectURL(file);
    try {
      video.src = url;
      await video.play();
      if (!video.videoWidth) throw new Error("no pictures in it");
    } catch (error) {
      URL.revokeObjectURL(url);
      throw error;
    }
    return new Moving(video, false, () => URL.revokeObjectURL(url));
  }

  constructor(video, mirrored, release) {
    Object.assign(this, { video, mirrored, release, moving: true, fresh: true });
    this.watch();
  }

  get aspect() {
    return this.video.videoWidth / this.video.videoHeight;
  }

  // Resolves with a frame that has not been painted yet.
  async next() {
    if (!this.fresh) await new Promise((resolve) => { this.arrived = resolve; });
    this.fresh = false;
  }

  watch() {
    if (!this.release) return;
    const arrived = () => {
      this.fresh = true;
      this.arrived?.();
      this.watch();
    };
    if (this.video.requestVideoFrameCallback) this.video.requestVideoFrameCallback(arrived);
    else requestAnimationFrame(arrived);
  }

  draw(context) {
    cover(context, this.video, this.video.videoWidth, this.video.videoHeight, this.mirrored);
  }

  close() {
    this.release?.();
    this.release = null;
    this.video.pause();
    this.video.srcObject = null;
    this.video.removeAttribute("src");
    this.arrived?.();
  }
}

export class Photo {
  static async open(file) {
    const whole = await createImageBitmap(file);
    const scale = LONGEST / Math.max(whole.width, whole.height);
    if (scale >= 1) return new Photo(whole);
    return new Photo(await createImageBitmap(whole, {
      resizeWidth: Math.round(whole.width * scale), resizeHeight: Math.round(whole.height * scale), resizeQuality: "high",
    }));
  }

  constructor(bitmap) {
    Object.assign(this, { bitmap, moving: false });
  }

  get aspect() {
    return this.bitmap.width / this.bitmap.height;
  }

  draw(context) {
    cover(context, this.bitmap, this.bitmap.width, this.bitmap.height, false);
  }

  close() {
    this.bitmap.close();
  }
}

// The name of the size of a cost class whose shape is nearest to an aspect.
export function nearestSize({ sizes }, wanted, aspect) {
  const off = ([, { width, height }]) => Math.abs(Math.log(width / height / aspect));
  return Object.entries(sizes).filter(([, size]) => size.class === wanted).sort((a, b) => off(a) - off(b))[0][0];
}

// Fill the canvas with the middle of a picture.
function cover(context, picture, width, height, mirrored) {
  const { canvas } = context;
  const scale = Math.max(canvas.width / width, canvas.height / height);
  const [across, down] = [canvas.width / scale, canvas.height / scale];
  context.imageSmoothingQuality = "high";
  context.setTransform(mirrored ? -1 : 1, 0, 0, 1, mirrored ? canvas.width : 0, 0);
  context.drawImage(picture, (width - across) / 2, (height - down) / 2, across, down, 0, 0, canvas.width, canvas.height);
}
