/** Pauses every film of the page, but for one: sound comes from one place at a time. */
export function quietFilms(except?: HTMLVideoElement): void {
  for (const film of document.querySelectorAll('video')) if (film !== except) film.pause();
}
