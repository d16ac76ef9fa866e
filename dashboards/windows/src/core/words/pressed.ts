/** The key that was pressed, whether or not Caps Lock is on. */
export const pressed = (press: KeyboardEvent): string => (press.key.length === 1 ? press.key.toLowerCase() : press.key);
