/** The phone shakes in the pocket. A page that nobody has touched yet may not: the browser would say so as an error. */
export function buzz(pattern: number[]): void {
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(pattern);
}
