/** A season as a listing has it, with these episodes. */
export function seasonWith(...numbers: readonly number[]) {
  return { episodes: Object.fromEntries(numbers.map((number) => [`S01E0${number}`, listedEpisode(number)])) };
}

export function listedEpisode(number: number) {
  return { videoURL: `/tv/a/${number}.mp4`, episodeNumber: number };
}
