/** For people: `E07`, and with its season `S01E07`. */
export function episodeCode(episode: number, season?: number): string {
  const code = `E${twoDigits(episode)}`;
  return season === undefined ? code : `S${twoDigits(season)}${code}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
