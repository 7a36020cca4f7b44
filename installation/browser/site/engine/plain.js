// Blends the frame into the picture of it where there is less paint than `enough`, as installation/painter/plain.py does.
// Both are RGB bytes; `paint` is 0…1.
export function uncover(picture, frame, paint, enough) {
  const share = paint / enough;
  if (share >= 1) return;
  for (let place = 0; place < picture.length; place += 1) {
    picture[place] = Math.round(picture[place] * share + frame[place] * (1 - share));
  }
}
